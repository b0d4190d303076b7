use uuid::Uuid;

use super::*;
use crate::domain::{
    Configuration, Consent, Method, Person,
    customer::tests::kari,
    logistics::tests::option,
    terms::tests::{terms, terms_with_shipping},
};

/// When every session of a test is opened.
pub(crate) fn noon() -> DateTime<Utc> {
    "2026-06-15T12:00:00Z".parse().unwrap()
}

fn later() -> DateTime<Utc> {
    noon() + TimeDelta::minutes(5)
}

/// An open session.
pub(crate) fn session(terms: Terms) -> Session {
    let msn: Msn = "123456".parse().unwrap();
    Session {
        id: SessionId(Uuid::from_u128(1)),
        token: Token::new(&msn, [1; Token::BYTES]),
        key: Key { msn, reference: "order-12345678".parse().unwrap() },
        state: State::Created,
        terms,
        payer: Payer::default(),
        starts: 0,
        created_at: noon(),
        expires_at: noon() + LIFE,
        ended_at: None,
    }
}

pub(crate) fn details() -> Details {
    Details { person: kari(), billing: None, custom_consent: false }
}

pub(crate) fn choice(id: &str) -> Choice {
    Choice { method: Method::Wallet, option_id: id.into(), pickup_point: None }
}

fn changed(step: Result<Step, Refusal>) -> Session {
    match step.unwrap() {
        Step::Changed(session) => *session,
        Step::Same => panic!("nothing was done"),
    }
}

fn detailed(terms: Terms) -> Session {
    session(terms).detailed(details(), noon()).unwrap()
}

fn initiated() -> Session {
    changed(detailed(terms_with_shipping()).started(choice("post"), later()))
}

fn in_state(state: State) -> Session {
    match state {
        State::Created => session(terms()),
        State::Initiated => initiated(),
        State::Expired => changed(session(terms()).expired(later())),
        State::Successful => changed(Ok(initiated().following(Some(Standing::Approved), later()))),
        State::Terminated => changed(Ok(initiated().following(Some(Standing::Ended), later()))),
    }
}

#[test]
fn a_session_lives_an_hour_and_is_readable_for_a_week_after_its_end() {
    let session = session(terms());
    let last = noon() + LIFE - TimeDelta::microseconds(1);
    assert_eq!((session.state_at(last), session.state_at(noon() + LIFE)), (State::Created, State::Expired));
    assert!(session.is_readable(noon() + LIFE + READABLE - TimeDelta::microseconds(1)));
    assert!(!session.is_readable(noon() + LIFE + READABLE));
    let ended = in_state(State::Successful);
    assert!(!ended.is_readable(later() + READABLE) && ended.is_readable(later()));
    assert!(initiated().is_readable(noon() + TimeDelta::days(100)), "its payment goes on");
}

#[test]
fn only_an_open_session_changes() {
    for state in State::ALL {
        let session = in_state(state);
        let open = state == State::Created;
        assert_eq!(session.updated(Change::default(), later()).is_ok(), open, "{state:?}");
        assert_eq!(session.detailed(details(), later()).is_ok(), open, "{state:?}");
        assert_eq!(session.offering(Vec::new(), later()).is_ok(), open, "{state:?}");
        let expired = session.expired(later());
        let cancelled = session.cancelled(later());
        match state {
            State::Created => {
                assert_eq!(changed(expired).state, State::Expired);
                assert_eq!(changed(cancelled).state, State::Terminated);
            }
            State::Expired => {
                assert_eq!((expired, cancelled), (Ok(Step::Same), Err(Refusal::NotOpen)));
            }
            State::Initiated | State::Successful | State::Terminated => {
                assert_eq!((expired, cancelled), (Err(Refusal::NotOpen), Err(Refusal::NotOpen)), "{state:?}");
            }
        }
    }
    let over = noon() + LIFE;
    assert_eq!(session(terms()).updated(Change::default(), over), Err(Refusal::NotOpen));
    assert_eq!(changed(session(terms()).expired(over + LIFE)).ended_at, Some(over), "it ended in time");
    let left = changed(session(terms()).cancelled(later()));
    assert_eq!(left.cancelled(later()), Ok(Step::Same));
}

#[test]
fn a_change_replaces_what_it_names_and_forgets_what_was_offered() {
    let offered = detailed(terms_with_shipping()).offering(vec![option("post", 1)], noon()).unwrap();
    let amount = Change { amount: Some(Money::new(offered.terms.amount.currency, 1)), ..Change::default() };
    let dearer = offered.updated(amount, later()).unwrap();
    assert_eq!((dearer.terms.amount.minor, dearer.terms.logistics.is_some()), (1, true));
    assert!(dearer.payer.offered.is_some());
    let logistics = Change { logistics: Some(Logistics::default()), ..Change::default() };
    let elsewhere = offered.updated(logistics, later()).unwrap();
    assert_eq!((elsewhere.payer.offered, elsewhere.terms.amount), (None, offered.terms.amount));
}

#[test]
fn another_address_is_offered_nothing_until_it_has_been_asked_for() {
    let offered = detailed(terms_with_shipping()).offering(vec![option("post", 1)], noon()).unwrap();
    assert!(offered.detailed(details(), later()).unwrap().payer.offered.is_some());
    let moved = Details { person: Person { city: "Bergen".into(), ..kari() }, ..details() };
    assert_eq!(offered.detailed(moved, later()).unwrap().payer.offered, None);
}

#[test]
fn the_payment_is_of_the_amount_and_the_shipping() {
    let session = detailed(terms_with_shipping());
    for (id, total) in [("post", 13_000), ("home", 15_000), ("", 15_000)] {
        let started = changed(session.started(choice(id), later()));
        let start = started.payer.start.as_ref().unwrap();
        assert_eq!((start.total.minor, started.state, started.starts), (total, State::Initiated, 1), "{id}");
        assert_eq!(started.started(choice(id), later()), Ok(Step::Same));
        assert_eq!(started.started(choice("other"), later()), Err(Refusal::NotOpen));
    }
    let plain = changed(detailed(terms()).started(choice("anything"), later()));
    assert_eq!(plain.payer.start.unwrap().total.minor, 10_000);
}

#[test]
fn a_payment_does_not_begin_before_all_is_said() {
    let consent = |required| Configuration {
        consent: Some(Consent { text: "I agree".into(), required }),
        ..Configuration::default()
    };
    let bare = |elements| Configuration { elements, ..Configuration::default() };
    let asking = |configuration| Terms { configuration, ..terms() };
    let dynamic = Terms {
        logistics: Some(Logistics { callback_url: "https://shop.example".into(), fixed: Vec::new() }),
        ..terms()
    };
    let agreed = Details { custom_consent: true, ..details() };
    let agreeing = session(asking(consent(true))).detailed(agreed, noon()).unwrap();
    let listed = detailed(dynamic.clone()).offering(vec![option("a", 1)], noon()).unwrap();
    let table = [
        (session(terms()), "", false),
        (session(asking(bare(Elements::PaymentAndContactInfo))), "", false),
        (session(asking(bare(Elements::PaymentOnly))), "", true),
        (detailed(asking(consent(true))), "", false),
        (detailed(asking(consent(false))), "", true),
        (agreeing, "", true),
        (detailed(terms_with_shipping()), "none", false),
        (detailed(dynamic), "a", false),
        (listed.clone(), "a", true),
        (listed, "", false),
    ];
    for (number, (session, id, complete)) in table.into_iter().enumerate() {
        let started = session.started(choice(id), later());
        assert_eq!(started.is_ok(), complete, "case {number}");
        assert!(complete || matches!(started, Err(Refusal::Incomplete(_))), "case {number}");
    }
}

#[test]
fn a_session_goes_where_its_payment_goes() {
    let session = initiated();
    let over = noon() + LIFE;
    let table = [
        (Some(Standing::Approved), later(), Some(State::Successful)),
        (Some(Standing::Ended), later(), Some(State::Terminated)),
        (Some(Standing::Waiting), later(), None),
        (Some(Standing::Waiting), over, None),
        (Some(Standing::Approved), over, Some(State::Successful)),
        (None, later(), None),
        (None, over, Some(State::Expired)),
    ];
    for (payment, now, state) in table {
        match (session.following(payment, now), state) {
            (Step::Changed(next), Some(state)) => assert_eq!((next.state, next.ended_at), (state, Some(now))),
            (Step::Same, None) => {}
            (step, _) => panic!("{payment:?}: {step:?}"),
        }
    }
    for state in [State::Created, State::Expired, State::Successful, State::Terminated] {
        assert_eq!(in_state(state).following(Some(Standing::Approved), over), Step::Same, "{state:?}");
    }
}

#[test]
fn a_payment_that_was_refused_leaves_the_session_open() {
    let reopened = changed(Ok(initiated().reopened()));
    assert_eq!((reopened.state, reopened.payer.start.is_none(), reopened.starts), (State::Created, true, 1));
    let again = changed(reopened.started(choice("home"), later()));
    assert_eq!(again.starts, 2, "another attempt has another name");
    assert_eq!(in_state(State::Successful).reopened(), Step::Same);
}

#[test]
fn an_address_is_needed_before_options_are_listed() {
    assert!(matches!(session(terms()).addressee(noon()), Err(Refusal::Incomplete(_))));
    assert_eq!(detailed(terms()).addressee(noon()), Ok(&details()));
    assert_eq!(initiated().addressee(later()), Err(Refusal::NotOpen));
}
