//! A payer's way through a session, with a `payment` and a merchant's server that do as they are told.

use std::time::Duration;

use chrono::TimeDelta;
use kvitt_proto::{
    checkout::v1 as wire,
    error::v1::Reason,
    payment::v1::{PaymentMethodType, PaymentState, UserFlow},
    refusal::{self, reason_of},
};
use serde_json::json;

use super::{
    Error, get_session::get_session, list_shipping_options::list_shipping_options,
    start_payment::start_payment, submit_details::submit_details,
};
use crate::{
    domain::{Choice, Details, LIFE, Method, READABLE, Refusal, ShippingOption, State},
    fixture::{Answer, Fixture, kari, key, nok},
};

const REFERENCE: &str = "order-12345678";

fn details() -> Details {
    Details { person: kari(), billing: None, custom_consent: false }
}

fn choice(id: &str) -> Choice {
    Choice { method: Method::Wallet, option_id: id.to_owned(), pickup_point: None }
}

/// A session whose options the shop names, with one fixed option to fall back on.
async fn dynamic(fixture: &Fixture, reference: &str, with_fixed: bool) {
    let post = wire::ShippingOption {
        id: "post".to_owned(),
        brand: "POSTEN".to_owned(),
        amount: nok(3_000),
        is_default: true,
        ..Default::default()
    };
    let logistics = wire::Logistics {
        dynamic_options_callback: fixture.shop.url("/shipping"),
        fixed_options: if with_fixed { vec![post] } else { Vec::new() },
    };
    let request = wire::CreateSessionRequest { logistics: Some(logistics), ..fixture.request(reference) };
    fixture.open(request).await;
    submit_details(&fixture.app, &key(reference), details()).await.unwrap();
}

/// A session whose payment waits.
async fn initiated(fixture: &Fixture) {
    fixture.open(fixture.request(REFERENCE)).await;
    submit_details(&fixture.app, &key(REFERENCE), details()).await.unwrap();
    start_payment(&fixture.app, &key(REFERENCE), choice("")).await.unwrap();
}

fn ids(options: &[ShippingOption]) -> Vec<&str> {
    options.iter().map(|option| option.id.as_str()).collect()
}

#[tokio::test]
async fn the_payment_is_an_ordinary_one_under_the_same_reference() {
    let fixture = Fixture::start().await;
    initiated(&fixture).await;
    let created = fixture.peers.script().created.clone();
    assert_eq!(created.len(), 1);
    let payment = &created[0];
    assert_eq!((payment.reference.as_str(), payment.amount), (REFERENCE, nok(10_000)));
    assert_eq!(payment.user_flow(), UserFlow::WebRedirect);
    assert_eq!(payment.payment_method_type(), PaymentMethodType::Wallet);
    assert_eq!(payment.return_url, "https://shop.example/return");
    assert!(payment.idempotency_key.len() <= 50 && payment.idempotency_key_minted);
    assert!(!fixture.peers.script().client_seen, "payment is asked in this service's own name");
    let again = start_payment(&fixture.app, &key(REFERENCE), choice("")).await.unwrap();
    assert_eq!(again, format!("https://landing.example/?token={}", payment.idempotency_key));
    let created = fixture.peers.script().created.clone();
    assert_eq!(created[0].idempotency_key, created[1].idempotency_key, "it is the same attempt");
}

#[tokio::test]
async fn a_session_goes_where_its_payment_goes() {
    let fixture = Fixture::start().await;
    initiated(&fixture).await;
    let read = get_session(&fixture.app, &key(REFERENCE)).await.unwrap();
    assert_eq!(read.session.state, State::Initiated);
    assert_eq!(read.payment.unwrap().state(), PaymentState::Created);
    fixture.peers.move_payment(REFERENCE, PaymentState::Authorized);
    let read = get_session(&fixture.app, &key(REFERENCE)).await.unwrap();
    assert_eq!((read.session.state, read.session.ended_at), (State::Successful, Some(fixture.now())));
    let callback: String = fixture
        .column(&key(REFERENCE), "SELECT callback FROM sessions WHERE msn = $1 AND reference = $2")
        .await;
    assert_eq!(callback, "due");
    // What happens to the payment later is seen, and does not move the session.
    fixture.peers.move_payment(REFERENCE, PaymentState::Terminated);
    let read = get_session(&fixture.app, &key(REFERENCE)).await.unwrap();
    assert_eq!(read.session.state, State::Successful);
    assert_eq!(read.payment.unwrap().state(), PaymentState::Terminated);
}

#[tokio::test]
async fn a_refused_payment_leaves_the_session_open_and_a_lost_answer_does_not() {
    let fixture = Fixture::start().await;
    fixture.open(fixture.request(REFERENCE)).await;
    submit_details(&fixture.app, &key(REFERENCE), details()).await.unwrap();
    fixture.peers.script().refusal = Some(refusal::status(Reason::AmountTooSmall, "too small"));
    let refused = start_payment(&fixture.app, &key(REFERENCE), choice("")).await.unwrap_err();
    assert!(matches!(refused, Error::Peer(status) if reason_of(&status) == Some(Reason::AmountTooSmall)));
    let read = get_session(&fixture.app, &key(REFERENCE)).await.unwrap();
    assert_eq!((read.session.state, read.session.starts), (State::Created, 1));

    fixture.peers.script().loses_answer = true;
    let lost = start_payment(&fixture.app, &key(REFERENCE), choice("")).await.unwrap_err();
    assert!(matches!(lost, Error::Peer(status) if reason_of(&status) == Some(Reason::Unavailable)));
    let read = get_session(&fixture.app, &key(REFERENCE)).await.unwrap();
    assert_eq!(read.session.state, State::Initiated, "there may be a payment");
    start_payment(&fixture.app, &key(REFERENCE), choice("")).await.unwrap();
    let created = fixture.peers.script().created.clone();
    assert_ne!(created[0].idempotency_key, created[1].idempotency_key);
    assert_eq!(created[1].idempotency_key, created[2].idempotency_key);
}

#[tokio::test]
async fn of_two_payers_at_once_one_begins() {
    let fixture = Fixture::start().await;
    fixture.open(fixture.request(REFERENCE)).await;
    submit_details(&fixture.app, &key(REFERENCE), details()).await.unwrap();
    let card = Choice { method: Method::Card, ..choice("") };
    let session = key(REFERENCE);
    let (wallet, card) = tokio::join!(
        start_payment(&fixture.app, &session, choice("")),
        start_payment(&fixture.app, &session, card),
    );
    let refused = [&wallet, &card].into_iter().filter_map(|answer| answer.as_ref().err());
    let refused: Vec<_> = refused.collect();
    assert!(matches!(refused[..], [Error::Domain(Refusal::NotOpen)]), "{refused:?}");
    assert_eq!(fixture.peers.script().created.len(), 1);
}

#[tokio::test]
async fn a_session_that_is_over_can_be_read_for_a_week() {
    let fixture = Fixture::start().await;
    fixture.open(fixture.request(REFERENCE)).await;
    fixture.wait(LIFE);
    let read = get_session(&fixture.app, &key(REFERENCE)).await.unwrap();
    assert_eq!(read.session.state_at(fixture.now()), State::Expired, "whether or not the row says so");
    let late = submit_details(&fixture.app, &key(REFERENCE), details()).await;
    assert!(matches!(late, Err(Error::Domain(Refusal::NotOpen))));
    fixture.wait(READABLE);
    assert!(matches!(get_session(&fixture.app, &key(REFERENCE)).await, Err(Error::NotFound)));
}

#[tokio::test]
async fn the_merchants_server_names_the_options() {
    let fixture = Fixture::start().await;
    dynamic(&fixture, REFERENCE, true).await;
    let early = start_payment(&fixture.app, &key(REFERENCE), choice("express")).await;
    assert!(matches!(early, Err(Error::Domain(Refusal::Incomplete(_)))));
    let option = json!([{"id": "express", "brand": "OTHER", "title": "By bike", "priority": 0, "isDefault": true,
        "amount": {"value": 9_900, "currency": "NOK"}}]);
    fixture.shop.answer([Answer::Json(200, option.to_string())]);
    let options = list_shipping_options(&fixture.app, &key(REFERENCE)).await.unwrap();
    assert_eq!(ids(&options), ["express"]);
    let asked = &fixture.shop.received()[0];
    assert_eq!(asked.line, "POST /shipping");
    assert!(asked.head.contains("\r\nauthorization: the-shops-token\r\n"), "{}", asked.head);
    let body =
        json!({"streetAddress": "Storgata 1", "postalCode": "0155", "region": "Oslo", "country": "NO"});
    assert_eq!(asked.body, body);
    start_payment(&fixture.app, &key(REFERENCE), choice("express")).await.unwrap();
    assert_eq!(fixture.peers.script().created[0].amount, nok(19_900));
}

#[tokio::test]
async fn a_hostile_answer_is_passed_over_for_the_fixed_options() {
    let fixture = Fixture::start().await;
    let hostile = [
        Answer::Json(500, "[]".to_owned()),
        Answer::Json(200, "null".to_owned()),
        Answer::Json(200, "{}".to_owned()),
        Answer::Json(200, r#"[{"id":"a","brand":"GLS","priority":1,"isDefault":true,"amount":{"value":-1,"currency":"NOK"}}]"#.to_owned()),
        Answer::Redirect(fixture.shop.url("/elsewhere")),
        Answer::Huge(10_000_000),
        Answer::Noise,
        Answer::Hangup,
    ];
    for (number, answer) in hostile.into_iter().enumerate() {
        let reference = format!("order-hostile-{number}");
        dynamic(&fixture, &reference, true).await;
        fixture.shop.answer([answer.clone()]);
        let options = list_shipping_options(&fixture.app, &key(&reference)).await.unwrap();
        assert_eq!(ids(&options), ["post"], "{answer:?}");
    }
    dynamic(&fixture, REFERENCE, false).await;
    fixture.shop.answer([Answer::Noise]);
    let nothing = list_shipping_options(&fixture.app, &key(REFERENCE)).await;
    assert!(matches!(nothing, Err(Error::ShippingNotAnswered)));
    let lines: Vec<_> = fixture.shop.received().into_iter().map(|received| received.line).collect();
    assert!(lines.iter().all(|line| line == "POST /shipping"), "no redirect was followed: {lines:?}");
}

#[tokio::test]
async fn a_server_that_says_nothing_keeps_the_payer_waiting_for_8_seconds_at_most() {
    let fixture = Fixture::start().await;
    dynamic(&fixture, REFERENCE, true).await;
    fixture.shop.answer([Answer::Silence]);
    let started = tokio::time::Instant::now();
    let options = list_shipping_options(&fixture.app, &key(REFERENCE)).await.unwrap();
    assert_eq!(ids(&options), ["post"]);
    let took = started.elapsed();
    assert!(took >= Duration::from_secs(8) && took < Duration::from_secs(9), "{took:?}");
}

#[tokio::test]
async fn a_payment_that_never_came_to_be_ends_with_the_sessions_hour() {
    let fixture = Fixture::start().await;
    fixture.open(fixture.request(REFERENCE)).await;
    submit_details(&fixture.app, &key(REFERENCE), details()).await.unwrap();
    fixture.peers.script().refusal = Some(refusal::status(Reason::Unavailable, "payment is away"));
    start_payment(&fixture.app, &key(REFERENCE), choice("")).await.unwrap_err();
    fixture.wait(LIFE - TimeDelta::seconds(1));
    let read = get_session(&fixture.app, &key(REFERENCE)).await.unwrap();
    assert_eq!(read.session.state, State::Initiated);
    fixture.wait(TimeDelta::seconds(1));
    let read = get_session(&fixture.app, &key(REFERENCE)).await.unwrap();
    assert_eq!(read.session.state, State::Expired);
}
