//! What comes of links: each payment is one of its own.

use kvitt_proto::payment::v1::{SearchPaymentsRequest, TransactionFilter};
use kvitt_testing::eventually;
use kvitt_tests::requests::{fresh_key, with};
use kvitt_tests::{Answer, Mesh, Stack, StackPlan, UnitPlan};
use reqwest::Method;
use serde_json::{Value, json};

use super::{begin, begin_keyed, id, link, make, pay, shop, socks, token};

/// Pending, successful and failed payments.
async fn counts(shop: &kvitt_tests::Shop, link_id: &str) -> [i64; 3] {
    let statistics = link(shop, link_id).await["statistics"].clone();
    ["pending", "successful", "failed"]
        .map(|name| statistics[name].as_i64().unwrap_or_else(|| panic!("{name}: {statistics}")))
}

#[tokio::test]
async fn m52_a_link_is_paid_by_three_payers_and_each_payment_is_a_transaction_of_its_own() {
    let (stack, shop) = (Stack::shared(), shop().await);
    let body = with(&with(&socks(), "/automaticCapture", json!(true)), "/vatRate", json!(2_500));
    let made = make(&shop, &body).await;
    let (link_id, token) = (id(&made), token(&made));
    let mut references = Vec::new();
    for _ in 0..3 {
        references.push(pay(&shop, &token).await);
    }
    eventually!(counts(&shop, &link_id).await == [0, 3, 0]);
    for reference in &references {
        assert_eq!(shop.sums(reference).await, [10_000, 10_000, 0, 0]);
        assert_eq!(shop.event_names(reference).await, ["CREATED", "AUTHORIZED", "CAPTURED"]);
    }
    eventually!(link(&shop, &link_id).await["statistics"]["captured"]["value"] == 30_000);
    shop.refund(&references[0], 4_000).await.is(200);
    eventually!(link(&shop, &link_id).await["statistics"]["refunded"]["value"] == 4_000);

    // The portal's filter finds them, and nobody's name.
    let mesh = Mesh::with_token(stack, &shop.token);
    let filter = TransactionFilter {
        msns: vec![shop.keys.msn.clone()],
        payment_link_id: link_id,
        ..Default::default()
    };
    let request = || SearchPaymentsRequest { filter: Some(filter.clone()), ..Default::default() };
    let search = async || {
        mesh.transactions().search_payments(request()).await.expect("a page").into_inner().transactions
    };
    eventually!(search().await.len() == 3);
    let found = search().await;
    assert!(
        found.iter().all(|one| references.contains(&one.reference) && one.payer_name.is_empty()),
        "{found:?}"
    );
}

#[tokio::test]
async fn a_payment_without_automatic_capture_waits_for_the_merchant() {
    let shop = shop().await;
    let made = make(&shop, &socks()).await;
    let reference = pay(&shop, &token(&made)).await;
    assert_eq!(shop.sums(&reference).await, [10_000, 0, 0, 0]);
    shop.capture(&reference, 10_000).await.is(200);
    eventually!(link(&shop, &id(&made)).await["statistics"]["captured"]["value"] == 10_000);
}

#[tokio::test]
async fn of_many_payers_in_the_same_moment_one_gets_the_last_place() {
    let shop = shop().await;
    let made = make(&shop, &with(&socks(), "/quantity", json!(1))).await;
    let (link_id, token) = (id(&made), token(&made));
    let mut asking = tokio::task::JoinSet::new();
    for _ in 0..12 {
        let (shop, token) = (shop.clone(), token.clone());
        asking.spawn(async move { begin(&shop, &token, &json!({})).await });
    }
    let answers = asking.join_all().await;
    let taken: Vec<&Answer> = answers.iter().filter(|answer| answer.status == 200).collect();
    assert_eq!(taken.len(), 1, "{answers:?}");
    assert!(answers.iter().all(|answer| [200, 409].contains(&answer.status)), "{answers:?}");
    // Who changes their mind gives the place back.
    let reference = taken[0].body["reference"].as_str().expect("a text").to_owned();
    let path = format!("/kvitt/v1/payments/{reference}/payer/reject");
    Answer::of(shop.request(Method::POST, &path).json(&json!({}))).await.is(200);
    eventually!(counts(&shop, &link_id).await == [0, 0, 1]);
    pay(&shop, &token).await;
    eventually!(link(&shop, &link_id).await["state"] == "SOLD_OUT");
    assert_eq!(begin(&shop, &token, &json!({})).await.status, 409);
}

#[tokio::test]
async fn the_same_attempt_is_the_same_payment_and_another_request_a_conflict() {
    let shop = shop().await;
    let nok = |value: i64| json!({"currency": "NOK", "value": value});
    let gift = json!({"title": "A gift", "openAmount": {"least": nok(5_000), "most": nok(50_000)}});
    let made = make(&shop, &gift).await;
    let (token, key) = (token(&made), fresh_key());
    let body = json!({"amount": nok(7_500)});
    let first = begin_keyed(&shop, &token, (&key, &body)).await;
    let again = begin_keyed(&shop, &token, (&key, &body)).await;
    assert_eq!(again.is(200), first.is(200));
    let other = begin_keyed(&shop, &token, (&key, &json!({"amount": nok(8_000)}))).await;
    assert_eq!(other.status, 409, "{}", other.text);
    let reference = first.body["reference"].as_str().expect("a text");
    assert_eq!(shop.payment(reference).await.is(200)["amount"], nok(7_500));
    for wrong in [
        json!({}),
        json!({"amount": nok(4_999)}),
        json!({"amount": nok(50_001)}),
        json!({"amount": {"currency": "DKK", "value": 7_500}}),
    ] {
        let refused = begin(&shop, &token, &wrong).await;
        assert_eq!(refused.status, 400, "{wrong}: {}", refused.text);
    }
    assert_eq!(counts(&shop, &id(&made)).await, [1, 0, 0]);
    // A fixed price is not the payer's to choose.
    let fixed = make(&shop, &socks()).await;
    assert_eq!(begin(&shop, &super::token(&fixed), &body).await.status, 400);
}

#[tokio::test]
async fn a_payer_sees_what_is_asked_for_and_shares_what_they_agreed_to() {
    let shop = shop().await;
    let body = with(&with(&socks(), "/profileScope", json!("name email")), "/description", json!("Of wool"));
    let made = make(&shop, &body).await;
    let seen = shop.get(&format!("/kvitt/v1/links/{}", token(&made))).await;
    assert_eq!(
        (&seen.is(200)["title"], &seen.body["description"], &seen.body["amount"]["value"]),
        (&json!("Socks"), &json!("Of wool"), &json!(10_000))
    );
    assert!(seen.body["merchantName"].as_str().is_some_and(|name| !name.is_empty()), "{}", seen.text);
    let reference = pay(&shop, &token(&made)).await;
    let payment = shop.payment(&reference).await;
    assert!(payment.is(200)["userDetails"]["firstName"].is_string(), "{}", payment.text);
    // The code of the link opens it in the app.
    let picture = super::super::qr::fetch(&shop, made.body["qrImageUrl"].as_str().expect("a text")).await;
    assert_eq!(picture.status(), 200);
    let url = made.body["url"].as_str().expect("a text");
    let scanned = super::super::qr::scan(&shop, &shop.phone, url).await;
    assert_eq!(
        (&scanned.is(200)["kind"], &scanned.body["token"]),
        (&json!("PAYMENT_LINK"), &json!(token(&made)))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn links_end_at_their_time_and_places_of_payers_who_left_come_back() {
    let stack = Stack::own(StackPlan::default()).await;
    let features = vec![
        kvitt_proto::merchant::v1::Feature::PushMessage,
        kvitt_proto::merchant::v1::Feature::PaymentLinks,
    ];
    let keys = stack.open_unit(UnitPlan { features, ..UnitPlan::default() }).await;
    let shop = kvitt_tests::Shop::open(&stack, &keys).await;
    let advance = async |by: &str| {
        let answer =
            Answer::of(shop.request(Method::POST, "/kvitt/v1/clock").json(&json!({"advance": by}))).await;
        answer.is(200);
    };
    let expires_at: Value = json!((kvitt_runtime::wall_now() + chrono::TimeDelta::hours(1)).to_rfc3339());
    let body = with(&with(&socks(), "/quantity", json!(1)), "/expiresAt", expires_at);
    let made = make(&shop, &body).await;
    begin(&shop, &token(&made), &json!({})).await.is(200);
    assert_eq!(begin(&shop, &token(&made), &json!({})).await.status, 409);
    advance("11m").await;
    eventually!(counts(&shop, &id(&made)).await == [0, 0, 1]);
    begin(&shop, &token(&made), &json!({})).await.is(200);
    advance("1h").await;
    assert_eq!(begin(&shop, &token(&made), &json!({})).await.status, 409);
    eventually!(link(&shop, &id(&made)).await["state"] == "EXPIRED");
    stack.stop().await;
}
