use chrono::{DateTime, Utc};
use kvitt_primitives::{Currency, PayerId};
use uuid::Uuid;

use super::*;

const TODAY: &str = "2030-06-15";

fn today() -> NaiveDate {
    TODAY.parse().unwrap()
}

fn card(number: u128, currency: Currency) -> CardChoice {
    CardChoice { card_id: CardId::from_uuid(Uuid::from_u128(number)), currency, commercial: false }
}

fn company_card(number: u128, currency: Currency) -> CardChoice {
    CardChoice { commercial: true, ..card(number, currency) }
}

fn payer() -> Payer {
    Payer {
        payer_id: PayerId::from_uuid(Uuid::from_u128(1)),
        phone_number: "4740000001".parse().unwrap(),
        name: "Kari Nordmann".to_owned(),
        birth_date: "1990-01-31".parse().unwrap(),
        status: Status::Active,
        unidentified: false,
        payment_limit_minor: 0,
    }
}

fn terms(standing: Standing) -> Terms {
    Terms {
        standing,
        amount: Money::new(Currency::Dkk, 100),
        method: Method::Wallet,
        expires_at: "2030-06-15T12:10:00Z".parse::<DateTime<Utc>>().unwrap(),
        only_for: None,
        minimum_age: 0,
        scopes: None,
        shipping: None,
        blocks_commercial_cards: false,
        passthrough: None,
        #[cfg(feature = "sandbox")]
        redirect_token: "abc.def".to_owned(),
    }
}

fn waiting() -> Terms {
    terms(Standing::Waiting)
}

#[test]
fn the_first_card_that_fits_is_taken() {
    let cards = [card(1, Currency::Nok), company_card(2, Currency::Dkk), card(3, Currency::Dkk)];
    assert_eq!(waiting().choose_card(&cards, None), Ok(cards[1]));
    let personal = Terms { blocks_commercial_cards: true, ..waiting() };
    assert_eq!(personal.choose_card(&cards, None), Ok(cards[2]));
}

#[test]
fn what_does_not_fit_is_refused_for_what_is_wrong_with_it() {
    use Refusal::{InvalidSource, NoCards, NotThePayersCard};
    let (nok, dkk) = (card(1, Currency::Nok), card(2, Currency::Dkk));
    let (company, euro) = (company_card(3, Currency::Dkk), company_card(4, Currency::Eur));
    let id = |card: CardChoice| Some(card.card_id);
    let table = [
        (&[nok, dkk] as &[_], id(dkk), Ok(dkk)),
        (&[nok, dkk], id(nok), Err(NoCards)),
        (&[nok, dkk], id(company), Err(NotThePayersCard)),
        (&[nok, dkk, company], id(company), Err(InvalidSource)),
        (&[company, dkk], None, Ok(dkk)),
        (&[nok, company], None, Err(InvalidSource)),
        (&[nok, euro], None, Err(NoCards)),
        (&[nok], None, Err(NoCards)),
        (&[], None, Err(NoCards)),
    ];
    let personal = Terms { blocks_commercial_cards: true, ..waiting() };
    for (cards, asked, expected) in table {
        assert_eq!(personal.choose_card(cards, asked), expected, "{cards:?} {asked:?}");
    }
}

#[test]
fn a_payer_who_may_not_pay_is_refused_by_rank_and_those_who_must_not_be_told_apart_alike() {
    use Refusal::{IdentificationRequired, NotAllowed};
    let born = |date: &str| Payer { birth_date: date.parse().unwrap(), ..payer() };
    let unidentified = Payer { unidentified: true, ..payer() };
    let table = [
        (payer(), Ok(())),
        (born("2015-06-15"), Ok(())),
        (born("2015-06-16"), Err(NotAllowed)),
        (Payer { status: Status::Blocked, ..payer() }, Err(NotAllowed)),
        (Payer { status: Status::Deleted, ..payer() }, Err(NotAllowed)),
        (unidentified.clone(), Err(IdentificationRequired)),
        (Payer { status: Status::Blocked, ..unidentified }, Err(NotAllowed)),
        (Payer { unidentified: true, ..born("2020-01-01") }, Err(NotAllowed)),
    ];
    for (payer, expected) in table {
        assert_eq!(may_pay(&payer, today()), expected, "{payer:?}");
        assert_eq!(waiting().admit(&payer, today()), expected, "{payer:?}");
    }
}

#[test]
fn a_payment_may_be_for_one_payer_or_for_grown_ups_only() {
    let own = Terms { only_for: Some(payer().phone_number), ..waiting() };
    assert_eq!(own.admit(&payer(), today()), Ok(()));
    let of_another = Terms { only_for: Some("4740000002".parse().unwrap()), ..waiting() };
    assert_eq!(of_another.admit(&payer(), today()), Err(Refusal::NotAllowed));
    // 40 years old on the thirty-first of January.
    assert_eq!(Terms { minimum_age: 40, ..waiting() }.admit(&payer(), today()), Ok(()));
    assert_eq!(Terms { minimum_age: 41, ..waiting() }.admit(&payer(), today()), Err(Refusal::NotAllowed));
}

#[test]
fn what_is_asked_for_must_be_agreed_to() {
    let scopes = Scopes::among("name email");
    let asking = Terms { scopes: Some(scopes.clone()), ..waiting() };
    assert_eq!(asking.consent(Consenting::Agrees), Ok(Some(scopes)));
    assert_eq!(asking.consent(Consenting::Silent), Err(Refusal::ConsentMissing));
    assert_eq!(waiting().consent(Consenting::Agrees), Ok(None));
    assert_eq!(waiting().consent(Consenting::Silent), Ok(None));
}

#[test]
fn each_payment_is_paid_in_its_own_way_and_within_the_payers_limit() {
    let methods = [Method::Wallet, Method::Card, Method::CardPassthrough];
    for (wanted, taken) in methods.iter().flat_map(|wanted| methods.map(|taken| (*wanted, taken))) {
        let answer = Terms { method: wanted, ..waiting() }.take(taken);
        assert_eq!(answer.is_ok(), wanted == taken, "{wanted:?} {taken:?}");
    }
    let limited = Payer { payment_limit_minor: 100, ..payer() };
    assert_eq!(waiting().within_limit(&limited, 100), Ok(()));
    assert_eq!(waiting().within_limit(&limited, 101), Err(Refusal::LimitExceeded));
    assert_eq!(waiting().within_limit(&payer(), i64::MAX), Ok(()));
}

#[test]
fn the_state_of_the_payment_outranks_everything_about_payers_and_cards() {
    for (standing, refusal) in
        [(Standing::Approved, Refusal::AlreadyReserved), (Standing::Ended, Refusal::CannotApprove)]
    {
        let limited = Payer { payment_limit_minor: 1, status: Status::Blocked, ..payer() };
        let ended = Terms { scopes: Some(Scopes::among("name")), ..terms(standing) };
        assert_eq!(ended.must_wait(), Err(refusal));
        assert_eq!(ended.choose_card(&[card(1, Currency::Nok)], None), Err(refusal));
        assert_eq!(ended.admit(&limited, today()), Err(refusal));
        assert_eq!(ended.take(Method::Card), Err(refusal));
        assert_eq!(ended.within_limit(&limited, 2), Err(refusal));
        assert_eq!(ended.consent(Consenting::Silent), Err(refusal));
        assert_eq!(ended.refusal(Refusal::NotAllowed), refusal);
    }
}

#[cfg(feature = "sandbox")]
#[test]
fn only_the_whole_token_of_the_redirect_url_is_admitted() {
    assert_eq!(waiting().admit_token("abc.def"), Ok(()));
    for token in ["", "abc", "abc.def#top", "1", "bc.def"] {
        assert_eq!(waiting().admit_token(token), Err(Refusal::NotAllowed), "{token}");
    }
    let without = Terms { redirect_token: String::new(), ..waiting() };
    assert_eq!(without.admit_token(""), Err(Refusal::NotAllowed));
}
