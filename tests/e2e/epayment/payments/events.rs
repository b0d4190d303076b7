//! `GET /epayment/v1/payments/{reference}/events`.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use kvitt_tests::Shop;
use kvitt_tests::requests::fresh_key;

#[tokio::test]
async fn p35_every_event_has_its_own_psp_reference_and_the_payment_has_that_of_created() {
    let shop = Shop::named("full").await;
    let reference = shop.authorized(10_000).await;
    shop.capture(&reference, 6_000).await.is(200);
    shop.refund(&reference, 1_000).await.is(200);
    shop.cancel(&reference).await.is(200);

    let events = shop.events(&reference).await;
    let names: Vec<&str> = events.iter().map(|event| event["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["CREATED", "AUTHORIZED", "CAPTURED", "REFUNDED", "CANCELLED"]);
    let amounts: Vec<i64> = events.iter().map(|event| event["amount"]["value"].as_i64().unwrap()).collect();
    assert_eq!(amounts, [10_000, 10_000, 6_000, 1_000, 4_000]);
    let own: HashSet<&str> = events.iter().map(|event| event["pspReference"].as_str().unwrap()).collect();
    assert_eq!(own.len(), events.len(), "each event has its own");
    for event in &events {
        assert_eq!(event["reference"], reference);
        assert_eq!(event["success"], true);
        assert_eq!(event["amount"]["currency"], "NOK");
    }
    assert_eq!(events[0]["pspReference"], shop.payment(&reference).await.is(200)["pspReference"]);
}

#[tokio::test]
async fn events_carry_the_merchants_key_and_no_other() {
    let shop = Shop::named("full").await;
    let (create, capture) = (fresh_key(), fresh_key());
    let body = shop.minimal(10_000);
    let reference = body["reference"].as_str().unwrap().to_owned();
    shop.create_keyed(&create, &body).await.is(201);
    shop.approve(&reference, &shop.phone).await;
    shop.capture_keyed(&reference, &capture, 4_000).await.is(200);
    shop.cancel(&reference).await.is(200);

    let events = shop.events(&reference).await;
    assert_eq!(events[0]["idempotencyKey"], create);
    assert_eq!(events[2]["idempotencyKey"], capture);
    for index in [1, 3] {
        assert!(events[index]["idempotencyKey"].is_null(), "no merchant's key caused it: {}", events[index]);
    }
}

#[tokio::test]
async fn event_times_are_utc_with_milliseconds_and_never_go_back() {
    let shop = Shop::named("full").await;
    let reference = shop.authorized(10_000).await;
    shop.capture(&reference, 10_000).await.is(200);
    let events = shop.events(&reference).await;
    let mut last = DateTime::<Utc>::MIN_UTC;
    for event in &events {
        let text = event["timestamp"].as_str().unwrap();
        assert!(text.ends_with('Z') && text.len() == "2026-01-01T00:00:00.000Z".len(), "{text}");
        let at: DateTime<Utc> = text.parse().unwrap();
        assert!(at >= last, "{events:?}");
        last = at;
    }
}
