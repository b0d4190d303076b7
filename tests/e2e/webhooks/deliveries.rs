//! `/kvitt/v1/deliveries`: what became of what a merchant was told, and telling it again.

use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use kvitt_runtime::wall_now;
use kvitt_signing::content_sha256;
use kvitt_testing::eventually;
use kvitt_tests::{Answer, Received, Receiver, Reply, Shop};
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use super::registrations::{CAPTURED, delete, own_shop, registered};

const PATH: &str = "/kvitt/v1/deliveries";
const CREATED: &str = "epayments.payment.created.v1";
const AUTHORIZED: &str = "epayments.payment.authorized.v1";
const REFUNDED: &str = "epayments.payment.refunded.v1";

/// The deliveries that fit a query, newest first.
async fn listed(shop: &Shop, query: &str) -> Vec<Value> {
    let answer = shop.get(&format!("{PATH}?{query}")).await;
    answer.is(200)["deliveries"].as_array().expect("deliveries are an array").clone()
}

/// How far the first delivery about a payment has come, and how many tries there were.
async fn progress(shop: &Shop, reference: &str) -> (Value, Value) {
    let last = listed(shop, &format!("reference={reference}")).await.pop().unwrap_or_default();
    (last["state"].clone(), last["attemptCount"].clone())
}

/// The first delivery about a payment, with its tries.
async fn first(shop: &Shop, reference: &str) -> Value {
    let first = listed(shop, &format!("reference={reference}")).await.pop().expect("there is one");
    shop.get(&path(&first, "")).await.is(200).clone()
}

fn path(delivery: &Value, operation: &str) -> String {
    format!("{PATH}/{}{operation}", delivery["deliveryId"].as_str().expect("an id is text"))
}

async fn post(shop: &Shop, path: &str, body: &Value) -> Answer {
    Answer::of(shop.request(Method::POST, path).json(body)).await
}

/// The reference of a payment that was captured, of which a registration hears there.
async fn captured(shop: &Shop, receiver: &Receiver) -> String {
    registered(shop, &receiver.url("/hook"), &[CAPTURED]).await;
    let reference = shop.authorized(10_000).await;
    shop.capture(&reference, 10_000).await.is(200);
    reference
}

fn names(received: &[Received]) -> Vec<String> {
    received.iter().map(|one| one.text("name")).collect()
}

#[tokio::test]
async fn the_tries_of_a_receiver_that_fails_are_shown_until_it_takes_what_it_is_told() {
    let shop = own_shop().await;
    let status = Arc::new(AtomicU16::new(503));
    let answers = Arc::clone(&status);
    let receiver = Receiver::start(move |_| Reply::Status(answers.load(Ordering::Relaxed))).await;
    let reference = captured(&shop, &receiver).await;
    eventually!(progress(&shop, &reference).await == (json!("PENDING"), json!(1)));
    let failing = first(&shop, &reference).await;
    let attempt = &failing["attempts"][0];
    assert_eq!(attempt["outcome"], "STATUS", "{failing}");
    assert_eq!(
        (&attempt["number"], &attempt["status"], &attempt["tls"]),
        (&json!(1), &json!(503), &json!(false))
    );
    assert_eq!(
        (&attempt["answer"], &attempt["error"]),
        (&json!("told"), &json!("the answer's status is 503"))
    );
    assert_eq!(attempt["address"], json!(receiver.address().to_string()), "{failing}");
    assert!(attempt["nextAttemptAt"].is_string() && failing["nextAttemptAt"].is_string(), "{failing}");
    for (field, value) in [
        ("msn", json!(shop.keys.msn)),
        ("kind", json!("WEBHOOK")),
        ("url", json!(receiver.url("/hook"))),
        ("reference", json!(reference)),
        ("eventType", json!(CAPTURED)),
    ] {
        assert_eq!(failing[field], value, "{field}");
    }
    assert_eq!(failing["body"].as_str().map(str::as_bytes), Some(&*receiver.received()[0].bytes));

    status.store(200, Ordering::Relaxed);
    eventually!(progress(&shop, &reference).await.0 == "DELIVERED");
    let taken = first(&shop, &reference).await;
    let outcomes: Vec<_> =
        taken["attempts"].as_array().expect("an array").iter().map(|one| &one["outcome"]).collect();
    assert_eq!((outcomes.len() > 1, outcomes.last()), (true, Some(&&json!("SUCCEEDED"))), "{taken}");
    assert!(taken.get("nextAttemptAt").is_none(), "{taken}");

    let webhook = taken["webhookId"].as_str().expect("an id is text");
    for (query, count) in [
        (format!("webhookId={webhook}"), 1),
        (format!("webhookId={webhook}&state=PENDING"), 0),
        (format!("state=DELIVERED&reference={reference}"), 1),
        (format!("webhookId={}", Uuid::new_v4()), 0),
        ("pageSize=1".to_owned(), 1),
    ] {
        let listed = listed(&shop, &query).await;
        assert_eq!(listed.len(), count, "{query}");
        assert!(listed.iter().all(|one| one["attempts"].as_array().is_some_and(|tries| tries.len() == 1)));
    }
    for (query, field) in [
        ("state=pending", "state"),
        ("pageSize=101", "pageSize"),
        ("pageToken=1", "pageToken"),
        ("webhookId=1", "webhookId"),
    ] {
        shop.get(&format!("{PATH}?{query}")).await.names_field(field);
    }
}

#[tokio::test]
async fn a_delivery_is_sent_again_as_long_as_its_registration_stands() {
    let (shop, receiver) = (own_shop().await, Receiver::kind().await);
    let reference = captured(&shop, &receiver).await;
    eventually!(progress(&shop, &reference).await == (json!("DELIVERED"), json!(1)));
    let delivery = first(&shop, &reference).await;
    let again = post(&shop, &path(&delivery, "/resend"), &json!({})).await;
    assert_eq!(again.is(200)["deliveryId"], delivery["deliveryId"]);
    eventually!(progress(&shop, &reference).await == (json!("DELIVERED"), json!(2)));
    let told = receiver.about(&reference);
    assert_eq!((told.len(), &told[0].bytes), (2, &told[1].bytes));
    assert_ne!(told[0].text("pspReference"), "");

    let webhook = delivery["webhookId"].as_str().expect("an id is text");
    assert_eq!(delete(&shop, webhook).await.status, 204);
    let refused = post(&shop, &path(&delivery, "/resend"), &json!({})).await;
    assert_eq!(refused.problem(409)["detail"], "the delivery cannot be sent again");
    post(&shop, &format!("/kvitt/v1/webhooks/{webhook}/resend"), &json!({"since": wall_now()}))
        .await
        .problem(404);
}

#[tokio::test]
async fn everything_since_a_time_is_sent_again_in_order() {
    let (shop, receiver) = (own_shop().await, Receiver::kind().await);
    let id = registered(&shop, &receiver.url("/"), &[CREATED, AUTHORIZED, CAPTURED]).await;
    let early = shop.created(10_000).await;
    eventually!(receiver.count() == 1);
    let reference = shop.authorized(10_000).await;
    shop.capture(&reference, 10_000).await.is(200);
    eventually!(progress_of_all(&shop).await == ["DELIVERED"; 4]);
    let created = first(&shop, &reference).await;
    let path = format!("/kvitt/v1/webhooks/{id}/resend");
    let again = post(&shop, &path, &json!({"since": created["occurredAt"]})).await;
    assert_eq!(again.is(200), &json!({"resent": 3}));
    eventually!(receiver.count() == 7);
    assert_eq!(receiver.about(&early).len(), 1);
    assert_eq!(names(&receiver.about(&reference)), ["CREATED", "AUTHORIZED", "CAPTURED"].repeat(2));

    for since in [json!(null), json!("yesterday"), json!(wall_now() - TimeDelta::days(31))] {
        post(&shop, &path, &json!({"since": since})).await.names_field("since");
    }
    let foreign = own_shop().await;
    post(&foreign, &path, &json!({"since": created["occurredAt"]})).await.problem(404);
}

async fn progress_of_all(shop: &Shop) -> Vec<String> {
    let states =
        listed(shop, "").await.into_iter().map(|one| one["state"].as_str().unwrap_or_default().to_owned());
    states.collect()
}

#[tokio::test]
async fn a_foreign_delivery_is_answered_like_one_that_is_not_there() {
    let (shop, foreign, receiver) = (own_shop().await, own_shop().await, Receiver::kind().await);
    let reference = captured(&shop, &receiver).await;
    eventually!(progress(&shop, &reference).await.0 == "DELIVERED");
    let delivery = first(&shop, &reference).await;
    let absent = json!({"deliveryId": Uuid::now_v7()});
    for operation in [Method::GET, Method::POST] {
        let after = if operation == Method::POST { "/resend" } else { "" };
        let mut answers = Vec::new();
        for one in [&delivery, &absent] {
            let answer = Answer::of(foreign.request(operation.clone(), &path(one, after))).await;
            answer.problem(404);
            let id = one["deliveryId"].as_str().expect("an id is text");
            answers.push(answer.text_without_trace_id().replace(id, "?"));
        }
        assert_eq!(answers[0], answers[1]);
    }
    for query in ["", &format!("reference={reference}")] {
        assert!(listed(&foreign, query).await.is_empty(), "{query}");
    }
    assert_eq!(receiver.count(), 1, "it is not sent again");
    let uncovered = foreign.request(Method::GET, PATH).header("Merchant-Serial-Number", &shop.keys.msn);
    assert!(Answer::of(uncovered).await.status >= 400);
}

/// Makes the next delivery of the shop go wrong.
async fn disturb(shop: &Shop, mut fault: Value) {
    fault["msn"] = json!(shop.keys.msn);
    fault["next"] = json!(1);
    post(shop, "/kvitt/v1/faults", &fault).await.is(201);
}

#[tokio::test]
async fn what_is_lost_on_purpose_is_tried_again() {
    let (shop, receiver) = (own_shop().await, Receiver::kind().await);
    disturb(&shop, json!({"fault": "delivery.lost"})).await;
    let reference = captured(&shop, &receiver).await;
    eventually!(progress(&shop, &reference).await == (json!("DELIVERED"), json!(2)));
    let delivery = first(&shop, &reference).await;
    assert_eq!((&delivery["attempts"][0]["outcome"], receiver.count()), (&json!("LOST"), 1));
}

#[tokio::test]
async fn what_is_duplicated_on_purpose_comes_twice_and_is_one_try() {
    let (shop, receiver) = (own_shop().await, Receiver::kind().await);
    disturb(&shop, json!({"fault": "delivery.duplicated"})).await;
    let reference = captured(&shop, &receiver).await;
    eventually!(progress(&shop, &reference).await == (json!("DELIVERED"), json!(1)));
    let told = receiver.about(&reference);
    assert_eq!((told.len(), &told[0].bytes), (2, &told[1].bytes));
}

#[tokio::test]
async fn what_is_late_on_purpose_comes_late() {
    let (shop, receiver) = (own_shop().await, Receiver::kind().await);
    disturb(&shop, json!({"fault": "delivery.late", "delay": "2s"})).await;
    let reference = captured(&shop, &receiver).await;
    let asked = std::time::Instant::now();
    eventually!(receiver.count() == 1);
    let (told, delivery) = (receiver.about(&reference).remove(0), first(&shop, &reference).await);
    let happened: DateTime<Utc> = delivery["occurredAt"].as_str().expect("a time").parse().expect("a time");
    assert!(happened <= wall_now(), "{delivery}");
    assert!(told.at.saturating_duration_since(asked) >= Duration::from_millis(1_500), "it came at once");
}

#[tokio::test]
async fn what_is_reordered_on_purpose_comes_after_what_is_later() {
    let (shop, receiver) = (own_shop().await, Receiver::kind().await);
    registered(&shop, &receiver.url("/"), &[CAPTURED, REFUNDED]).await;
    disturb(&shop, json!({"fault": "delivery.reordered"})).await;
    let reference = shop.authorized(10_000).await;
    shop.capture(&reference, 10_000).await.is(200);
    shop.refund(&reference, 10_000).await.is(200);
    eventually!(receiver.count() == 3);
    assert_eq!(names(&receiver.received()), ["REFUNDED", "CAPTURED", "REFUNDED"]);
}

#[tokio::test]
async fn what_is_malformed_on_purpose_is_half_of_it_and_signed_as_such() {
    let (shop, receiver) = (own_shop().await, Receiver::kind().await);
    disturb(&shop, json!({"fault": "delivery.malformed"})).await;
    let reference = captured(&shop, &receiver).await;
    eventually!(progress(&shop, &reference).await.0 == "DELIVERED");
    let (told, delivery) = (receiver.received().remove(0), first(&shop, &reference).await);
    let whole = delivery["body"].as_str().expect("a text");
    assert_eq!(told.bytes, &whole.as_bytes()[..whole.len() / 2]);
    assert_eq!(
        (told.json(), told.header("x-ms-content-sha256")),
        (Value::Null, &*content_sha256(&told.bytes))
    );
}
