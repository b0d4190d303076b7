//! What happens by itself, at an hour that stands still until a test moves it.

use std::time::Duration;

use chrono::TimeDelta;
use kvitt_proto::{
    checkout::v1::{self as wire, checkout_service_server::CheckoutService as _},
    payment::v1::PaymentState,
};
use kvitt_testing::eventually;
use serde_json::json;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::{due::Work, tell};
use crate::{
    app::{get_session::get_session, start_payment::start_payment, submit_details::submit_details},
    domain::{Choice, Details, Key, LIFE, Method, READABLE, State},
    fixture::{Answer, Fixture, MSN, by_client, kari, key},
};

const REFERENCE: &str = "order-12345678";

/// Begins a payment by app.
async fn initiate(fixture: &Fixture, reference: &str) {
    fixture.open(fixture.request(reference)).await;
    let details = Details { person: kari(), billing: None, custom_consent: false };
    submit_details(&fixture.app, &key(reference), details).await.unwrap();
    let choice = Choice { method: Method::Wallet, option_id: String::new(), pickup_point: None };
    start_payment(&fixture.app, &key(reference), choice).await.unwrap();
}

async fn callback(fixture: &Fixture, key: &Key) -> String {
    fixture.column(key, "SELECT callback FROM sessions WHERE msn = $1 AND reference = $2").await
}

async fn expire(fixture: &Fixture, reference: &str) {
    let expire = wire::ExpireSessionRequest { msn: MSN.to_owned(), reference: reference.to_owned() };
    fixture.grpc().expire_session(by_client(expire)).await.unwrap();
}

/// Tells merchants until the guard is dropped.
fn telling(fixture: &Fixture) -> tokio_util::sync::DropGuard {
    let shutdown = CancellationToken::new();
    tokio::spawn(tell::run(fixture.app.clone(), shutdown.clone()));
    shutdown.drop_guard()
}

#[tokio::test]
async fn a_payment_is_looked_at_until_it_has_ended() {
    let fixture = Fixture::start().await;
    initiate(&fixture, REFERENCE).await;
    let work = Work::new(fixture.app.clone());
    assert!(!work.pass().await.worked, "its turn has not come");
    fixture.wait(TimeDelta::seconds(1));
    assert!(work.pass().await.worked);
    assert!(!work.pass().await.worked);
    fixture.peers.move_payment(REFERENCE, PaymentState::Aborted);
    fixture.wait(TimeDelta::seconds(15));
    assert!(work.pass().await.worked);
    let state: String =
        fixture.column(&key(REFERENCE), "SELECT state FROM sessions WHERE msn = $1 AND reference = $2").await;
    assert_eq!((state.as_str(), callback(&fixture, &key(REFERENCE)).await.as_str()), ("terminated", "due"));
}

#[tokio::test]
async fn a_payment_that_cannot_be_read_is_looked_at_again() {
    let fixture = Fixture::start().await;
    initiate(&fixture, REFERENCE).await;
    let work = Work::new(fixture.app.clone());
    fixture.peers.script().away = true;
    fixture.wait(TimeDelta::seconds(1));
    assert!(work.pass().await.failed);
    fixture.peers.script().away = false;
    fixture.peers.move_payment(REFERENCE, PaymentState::Authorized);
    fixture.wait(TimeDelta::seconds(15));
    assert!(!work.pass().await.failed);
    let read = get_session(&fixture.app, &key(REFERENCE)).await.unwrap();
    assert_eq!(read.session.state, State::Successful);
}

#[tokio::test]
async fn payments_that_are_slow_to_read_hold_up_no_sessions_end() {
    let fixture = Fixture::start().await;
    initiate(&fixture, "order-paid-1").await;
    fixture.open(fixture.request("order-open-1")).await;
    fixture.wait(LIFE);
    // Longer than until the next look.
    fixture.peers.script().read_takes = Some((fixture.app.clock.clone(), TimeDelta::seconds(20)));
    let pass = timeout(Duration::from_secs(10), Work::new(fixture.app.clone()).pass()).await;
    assert!(pass.is_ok_and(|pass| pass.worked && !pass.failed), "every payment is looked at once");
    assert_eq!(callback(&fixture, &key("order-open-1")).await, "due");
}

#[tokio::test]
async fn whoever_moves_the_clock_is_stopped_at_every_end_and_waits_for_it() {
    let fixture = Fixture::start().await;
    fixture.open(fixture.request("order-open-1")).await;
    initiate(&fixture, "order-paid-1").await;
    let work = Work::new(fixture.app.clone());
    let over = fixture.now() + LIFE;
    let settled = work.clone().settle().await;
    assert_eq!((settled.worked, settled.failed, settled.next_due_at), (false, false, Some(over)));
    fixture.peers.move_payment("order-paid-1", PaymentState::Authorized);
    assert!(work.clone().settle().await.worked, "the payment ended at this very instant");
    fixture.wait(LIFE);
    let settled = work.clone().settle().await;
    let forgotten = over - LIFE + READABLE;
    assert_eq!((settled.worked, settled.next_due_at), (true, Some(forgotten)));
    for reference in ["order-open-1", "order-paid-1"] {
        assert_eq!(callback(&fixture, &key(reference)).await, "due", "merchants are not waited for");
    }
    fixture.wait(READABLE);
    assert!(work.clone().settle().await.worked);
    assert_eq!(work.settle().await.next_due_at, None);
}

#[tokio::test]
async fn a_merchant_is_told_what_it_would_read() {
    let fixture = Fixture::start().await;
    initiate(&fixture, REFERENCE).await;
    fixture.peers.move_payment(REFERENCE, PaymentState::Authorized);
    let read = get_session(&fixture.app, &key(REFERENCE)).await.unwrap();
    let session_id = read.session.id.to_string();
    let _telling = telling(&fixture);
    eventually!(callback(&fixture, &key(REFERENCE)).await == "delivered");
    let told = fixture.shop.received();
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].line, "POST /callback");
    assert!(told[0].head.contains("\r\nauthorization: the-shops-token\r\n"), "{}", told[0].head);
    assert!(told[0].head.contains("\r\ncontent-type: application/json"), "{}", told[0].head);
    let nok = |value: i64| json!({"value": value, "currency": "NOK"});
    let person = json!({"firstName": "Kari", "lastName": "Nordmann", "email": "kari@example.com",
        "phoneNumber": "4791234567", "streetAddress": "Storgata 1", "postalCode": "0155", "city": "Oslo",
        "country": "NO"});
    let expected = json!({
        "sessionId": session_id, "merchantSerialNumber": MSN, "reference": REFERENCE,
        "sessionState": "PaymentSuccessful", "paymentMethod": "Wallet",
        "paymentDetails": {"type": "Wallet", "amount": nok(10_000), "state": "AUTHORIZED", "aggregate": {
            "authorizedAmount": nok(10_000), "capturedAmount": nok(0), "cancelledAmount": nok(0),
            "refundedAmount": nok(0)}},
        "shippingDetails": person, "billingDetails": person,
    });
    assert_eq!(told[0].body, expected);
}

#[tokio::test]
async fn a_merchant_who_does_not_listen_is_told_three_times() {
    let fixture = Fixture::start().await;
    fixture.open(fixture.request(REFERENCE)).await;
    fixture.shop.answer([
        Answer::Json(500, "{}".into()),
        Answer::Redirect(fixture.shop.url("/x")),
        Answer::Noise,
    ]);
    expire(&fixture, REFERENCE).await;
    let _telling = telling(&fixture);
    let attempts = async || {
        let sql = "SELECT callback_attempts FROM sessions WHERE msn = $1 AND reference = $2";
        fixture.column::<i32>(&key(REFERENCE), sql).await
    };
    eventually!(attempts().await == 1);
    assert_eq!(callback(&fixture, &key(REFERENCE)).await, "due");
    fixture.wait(TimeDelta::seconds(10));
    eventually!(attempts().await == 2);
    fixture.wait(TimeDelta::seconds(60));
    eventually!(callback(&fixture, &key(REFERENCE)).await == "given_up");
    fixture.wait(TimeDelta::days(1));
    fixture.open(fixture.request("order-the-next")).await;
    expire(&fixture, "order-the-next").await;
    eventually!(callback(&fixture, &key("order-the-next")).await == "delivered");
    let told: Vec<_> =
        fixture.shop.received().into_iter().map(|told| told.body["reference"].clone()).collect();
    assert_eq!(told, [REFERENCE, REFERENCE, REFERENCE, "order-the-next"]);
    let states: Vec<_> =
        fixture.shop.received().into_iter().map(|told| told.body["sessionState"].clone()).collect();
    assert!(states.iter().all(|state| state == "SessionExpired"), "{states:?}");
}

#[tokio::test]
async fn a_merchant_who_is_being_told_is_not_told_again_when_the_clock_is_moved() {
    let fixture = Fixture::start().await;
    fixture.shop.answer_always(Answer::Silence);
    fixture.open(fixture.request(REFERENCE)).await;
    expire(&fixture, REFERENCE).await;
    let _telling = telling(&fixture);
    eventually!(fixture.shop.received().len() == 1);
    fixture.wait(TimeDelta::hours(1));
    fixture.open(fixture.request("order-the-next")).await;
    expire(&fixture, "order-the-next").await;
    eventually!(fixture.shop.received().iter().any(|told| told.body["reference"] == "order-the-next"));
    let told: Vec<_> =
        fixture.shop.received().into_iter().map(|told| told.body["reference"].clone()).collect();
    assert_eq!(told, [REFERENCE, "order-the-next"]);
}

#[tokio::test]
async fn two_instances_share_the_work_and_tell_each_merchant_once() {
    let fixture = Fixture::start().await;
    for number in 0..20 {
        let reference = format!("order-{number:08}");
        fixture.open(fixture.request(&reference)).await;
        expire(&fixture, &reference).await;
    }
    let (_one, _other) = (telling(&fixture), telling(&fixture));
    let left = async || {
        let left = "SELECT count(*) FROM sessions WHERE callback = 'due'";
        sqlx::query_scalar::<_, i64>(left).fetch_one(fixture.database.pool()).await.unwrap()
    };
    eventually!(left().await == 0);
    let mut told: Vec<_> =
        fixture.shop.received().into_iter().map(|told| told.body["reference"].to_string()).collect();
    assert_eq!(told.len(), 20);
    told.sort_unstable();
    told.dedup();
    assert_eq!(told.len(), 20);
}

#[tokio::test]
async fn a_merchant_whose_server_hangs_holds_nobody_up() {
    let fixture = Fixture::start().await;
    fixture.shop.answer_always(Answer::Silence);
    for number in 0..10 {
        let reference = format!("order-{number:08}");
        fixture.open(fixture.request(&reference)).await;
        expire(&fixture, &reference).await;
    }
    // Of another sales unit, whose server listens. It comes last.
    let other = crate::fixture::Shop::open().await;
    let sql = "INSERT INTO sessions SELECT '777777', reference, session_id, 'another', NULL, request_hash, state,
        jsonb_set(terms, '{merchant,callback_url}', to_jsonb($1::text)), payer, starts, created_at, expires_at,
        ended_at, look_at, looks, callback, callback_at + interval '1 second', callback_attempts, forget_at,
        forgotten_at FROM sessions ORDER BY reference LIMIT 1";
    sqlx::query(sql).bind(other.url("/")).execute(fixture.database.pool()).await.unwrap();
    fixture.wait(TimeDelta::seconds(1));
    let _telling = telling(&fixture);
    eventually!(other.received().len() == 1);
    eventually!(fixture.shop.received().len() == 4, "no more than a few calls of one sales unit at a time");
}
