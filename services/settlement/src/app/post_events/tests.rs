use chrono::TimeDelta;
use kvitt_primitives::Currency;
use kvitt_proto::payment::v1::PaymentEventName;

use super::*;
use crate::{
    domain::Frequency,
    fixture::{
        DK_MSN, FI_MSN, Fixture, LOGIN_MSN, MSN, TEST_MSN, VM_MSN, amount,
        books::{event, id},
    },
};

/// Type, amount and the balances after it.
async fn rows(fixture: &Fixture, msn: &str) -> Vec<(i16, i64, Option<i64>, Option<i64>)> {
    let posted = fixture.posted(msn).await;
    posted.into_iter().map(|one| (one.entry_type, one.amount_minor, one.funds, one.fees)).collect()
}

#[tokio::test]
async fn m1_m2_a_capture_is_one_entry_in_funds_and_its_fee_one_in_fees_under_the_same_event() {
    let fixture = Fixture::start().await;
    let event_id = fixture.capture(MSN, "purchase-12", 10_000).await;
    let posted = fixture.posted(MSN).await;
    assert_eq!(rows(&fixture, MSN).await, [(1, 10_000, Some(10_000), None), (3, 400, None, Some(-400))]);
    for (number, one) in (1..).zip(&posted) {
        assert_eq!(
            (one.number, &one.psp_reference, one.reference.as_str()),
            (number, &event_id, "purchase-12")
        );
        assert_eq!((one.occurred_at, one.ledger_date), (fixture.now(), fixture.today(MSN)));
    }
}

#[tokio::test]
async fn m3_a_refund_is_taken_from_funds_and_gives_no_fee_back() {
    let fixture = Fixture::start().await;
    fixture.capture(MSN, "purchase-12", 10_000).await;
    fixture.refund(MSN, "purchase-12", 4_000).await;
    assert_eq!(rows(&fixture, MSN).await[2..], [(2, 4_000, Some(6_000), None)]);
    assert_eq!(fixture.ledger(MSN).await.fees.after_minor, -400);
}

#[tokio::test]
async fn what_was_agreed_decides_the_fee_from_its_date_on_and_a_capture_without_a_fee_is_alone() {
    let fixture = Fixture::start().await;
    let free = Agreement::default();
    fixture.agree(MSN, &free).await;
    fixture.capture(MSN, "order-00001", 10_000).await;
    assert_eq!(rows(&fixture, MSN).await, [(1, 10_000, Some(10_000), None)]);
    fixture.agree(MSN, &Agreement { fixed_minor: 100, minimum_minor: 250, ..free }).await;
    fixture.capture(MSN, "order-00002", 10_000).await;
    assert_eq!(rows(&fixture, MSN).await[2..], [(3, 250, None, Some(-250))]);
}

#[tokio::test]
async fn units_without_a_ledger_and_events_that_move_nothing_are_passed_over() {
    let fixture = Fixture::start().await;
    let now = fixture.now();
    let captured = |msn: &str| fixture.captured(msn, "order-00001", 1_000, now);
    let named = |name| event(MSN, "order-00001", name, crate::fixture::nok(1_000), now);
    let mut failed = captured(MSN);
    failed.event.as_mut().expect("an event").success = false;
    fixture
        .follow(&[
            captured(TEST_MSN),
            captured(LOGIN_MSN),
            captured("999999"),
            failed,
            named(PaymentEventName::Created),
            named(PaymentEventName::Authorized),
            named(PaymentEventName::Cancelled),
            named(PaymentEventName::Expired),
        ])
        .await;
    assert_eq!(fixture.scalar::<i64>("SELECT count(*) FROM ledgers").await, 0);
}

#[tokio::test]
async fn what_is_broken_stops_nothing() {
    let fixture = Fixture::start().await;
    let now = fixture.now();
    let broken = |change: fn(&mut kvitt_proto::payment::v1::PaymentEvent)| {
        let mut event = fixture.captured(MSN, "order-00001", 1_000, now);
        change(event.event.as_mut().expect("an event"));
        event
    };
    let [good, behind] = ["order-00002", "order-00003"].map(|name| fixture.captured(MSN, name, 1_000, now));
    fixture
        .follow(&[
            good,
            kvitt_proto::payment::v1::FeedEvent::default(),
            broken(|event| event.msn = "nowhere".to_owned()),
            broken(|event| event.amount = None),
            broken(|event| event.amount = crate::fixture::nok(0)),
            broken(|event| event.amount = amount(Currency::Dkk, 1_000)),
            broken(|event| event.amount = crate::fixture::nok(i64::MAX)),
            broken(|event| event.psp_reference = "x".to_owned()),
            broken(|event| event.reference = "order-\0".to_owned()),
            broken(|event| event.occurred_at = None),
            broken(|event| event.name = 99),
            behind,
        ])
        .await;
    let posted = fixture.posted(MSN).await;
    let names: Vec<_> = posted.iter().map(|one| one.reference.as_str()).collect();
    assert_eq!(names, ["order-00002", "order-00002", "order-00003", "order-00003"]);
    assert!(fixture.findings().await.is_empty());
}

#[tokio::test]
async fn each_market_posts_in_its_own_currency_on_its_own_date() {
    let fixture = Fixture::start().await;
    // 23:30 in Copenhagen, and the next day in Helsinki.
    let late = "2090-03-06T22:30:00Z".parse().expect("an instant");
    fixture.follow(&[DK_MSN, FI_MSN].map(|msn| fixture.captured(msn, "order-00001", 1_000, late))).await;
    let (dk, fi) = (fixture.ledger(DK_MSN).await, fixture.ledger(FI_MSN).await);
    assert_eq!((dk.currency, dk.opened_on.to_string()), (Currency::Dkk, "2090-03-06".to_owned()));
    assert_eq!((fi.currency, fi.opened_on.to_string()), (Currency::Eur, "2090-03-07".to_owned()));
}

#[tokio::test]
async fn what_comes_late_is_dated_on_the_first_open_date() {
    let fixture = Fixture::start().await;
    let monday = fixture.now();
    fixture.capture(MSN, "order-00001", 10_000).await;
    fixture.pass_days(1).await;
    let late = fixture.captured(MSN, "order-00002", 10_000, monday);
    fixture.follow(std::slice::from_ref(&late)).await;
    let posted = fixture.posted(MSN).await;
    let late: Vec<_> = posted.iter().filter(|one| one.psp_reference == id(&late)).collect();
    assert_eq!(late.len(), 2);
    for one in late {
        assert_eq!((one.occurred_at, one.ledger_date), (monday, fixture.today(MSN)));
    }
    assert!(fixture.findings().await.is_empty());
}

#[tokio::test]
async fn a_date_that_is_over_when_something_happens_is_closed_before_it_is_posted() {
    let fixture = Fixture::start().await;
    let at = |text: &str| text.parse::<DateTime<Utc>>().expect("an instant");
    // Monday evening, Tuesday right after midnight, and Thursday: in one batch, and nobody has closed anything.
    let events = [
        fixture.captured(MSN, "order-00001", 10_000, at("2090-03-06T22:59:59.999999Z")),
        fixture.captured(MSN, "order-00002", 20_000, at("2090-03-06T23:00:00Z")),
        fixture.captured(MSN, "order-00003", 30_000, at("2090-03-09T11:00:00Z")),
    ];
    fixture.follow(&events).await;
    let dates: Vec<_> =
        fixture.payouts(MSN).await.iter().map(|one| (one.to.to_string(), one.amount_minor)).collect();
    assert_eq!(dates, [("2090-03-06".to_owned(), 9_600), ("2090-03-07".to_owned(), 19_200)]);
    let ledger = fixture.ledger(MSN).await;
    assert_eq!(
        (ledger.first_open().to_string(), ledger.funds.after_minor),
        ("2090-03-09".to_owned(), 30_000)
    );
    assert!(fixture.findings().await.is_empty());
}

#[tokio::test]
async fn a_date_lasts_until_the_cut_off_that_was_agreed() {
    let fixture = Fixture::start().await;
    fixture.agree(MSN, &Agreement { cut_off_minutes: 240, ..Agreement::default() }).await;
    let at = |text: &str| text.parse::<DateTime<Utc>>().expect("an instant");
    let events = [
        fixture.captured(MSN, "order-00001", 10_000, at("2090-03-07T02:59:59Z")),
        fixture.captured(MSN, "order-00002", 20_000, at("2090-03-07T03:00:00Z")),
    ];
    fixture.follow(&events).await;
    let dates: Vec<_> = fixture.posted(MSN).await.iter().map(|one| one.ledger_date.to_string()).collect();
    assert_eq!(dates, ["2090-03-06", "2090-03-06", "2090-03-07"]);
}

#[tokio::test]
async fn who_pays_a_vm_number_is_kept_once_and_masked() {
    let fixture = Fixture::start().await;
    let first = fixture.created("vm-1", ("Kari Nordmann", "4791238586", "For socks"));
    let again = fixture.created("vm-1", ("Ola Nordmann", "4799999999", ""));
    let unnamed = fixture.created("vm-2", ("", "", ""));
    fixture.follow(&[first, unnamed]).await;
    fixture.follow(&[again]).await;
    let kept = "SELECT string_agg(concat_ws('|', msn, reference, name, masked_phone_no, message), ';' ORDER BY reference)
        FROM payers";
    let expected = format!("{VM_MSN}|vm-1|Kari Nordmann|+47 xxxx 8586|For socks;{VM_MSN}|vm-2|||");
    assert_eq!(fixture.scalar::<String>(kept).await, expected);
    fixture.capture(VM_MSN, "vm-1", 5_000).await;
    assert!(fixture.ledger(VM_MSN).await.vm_number);
}

#[tokio::test]
async fn while_merchant_is_away_nothing_new_is_posted_and_what_is_known_goes_on() {
    let fixture = Fixture::start().await;
    fixture.capture(MSN, "order-00001", 1_000).await;
    let asked = fixture.peers.script().asked;
    fixture.peers.script().away = true;
    fixture.capture(MSN, "order-00002", 1_000).await;
    assert_eq!(fixture.posted(MSN).await.len(), 4);
    assert_eq!(fixture.peers.script().asked, asked);
    let postings = vec![posting(DK_MSN, fixture.now())];
    fixture.app.prepare_posting(postings, Named::default()).await.expect_err("merchant is away");
    // The date is over, and how it ends depends on what merchant knows.
    let tomorrow = fixture.now() + TimeDelta::days(1);
    let postings = vec![posting(MSN, tomorrow)];
    fixture.app.prepare_posting(postings, Named::default()).await.expect_err("merchant is away");
    assert!(!fixture.peers.script().client_seen);
}

#[tokio::test]
async fn without_terms_a_date_whose_end_needs_them_waits_and_an_idle_one_does_not() {
    let fixture = Fixture::start().await;
    fixture.capture(MSN, "order-00001", 1_000).await;
    let (ledger, none) = (fixture.ledger(MSN).await, Agreements::default());
    let mut closings = Closings::default();
    let (mut busy, mut idle) = (ledger.clone(), ledger);
    closings.close(&mut busy, fixture.now() + TimeDelta::days(9), &none, None);
    assert_eq!(busy.first_open(), fixture.today(MSN));
    (idle.funds.after_minor, idle.fees.after_minor) = (-500, 0);
    closings.close(&mut idle, fixture.now() + TimeDelta::days(9), &none, None);
    assert_eq!(idle.first_open() - busy.first_open(), TimeDelta::days(9));
    let terms = fixture.app.terms(&busy.msn).await.expect("an answer").expect("terms");
    assert_eq!(terms.frequency, Frequency::Daily);
}

fn posting(msn: &str, occurred_at: DateTime<Utc>) -> Posting {
    Posting {
        msn: crate::fixture::msn(msn),
        movement: Movement::Captured,
        amount: Money::new(Currency::Nok, 1_000),
        reference: "order-00009".to_owned(),
        event_id: Uuid::new_v4(),
        occurred_at,
    }
}
