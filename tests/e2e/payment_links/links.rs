//! What a link may ask for, and how it comes and goes.

use kvitt_proto::error::v1::Reason;
use kvitt_proto::qr::v1::{CreatePaymentLinkRequest, PaymentLinkTerms};
use kvitt_proto::refusal;
use kvitt_tests::requests::with;
use kvitt_tests::{Answer, Mesh, Shop, Stack};
use reqwest::Method;
use serde_json::json;
use uuid::Uuid;

use super::{begin, id, link, make, shop, socks, token};

#[tokio::test]
async fn a_link_is_made_once_for_an_id_and_listed_newest_first() {
    let shop = shop().await;
    let own = Uuid::new_v4().to_string();
    let body = with(&socks(), "/paymentLinkId", json!(own));
    let made = make(&shop, &body).await;
    assert_eq!((made.status, id(&made)), (201, own.clone()), "{}", made.text);
    assert_eq!((&made.body["state"], &made.body["title"]), (&json!("ACTIVE"), &json!("Socks")));
    assert_eq!(make(&shop, &body).await.body["url"], made.body["url"]);
    let other = make(&shop, &with(&body, "/title", json!("Shoes"))).await;
    assert_eq!(other.status, 409, "{}", other.text);
    let second = id(&make(&shop, &socks()).await);
    let listed = shop.get("/kvitt/v1/payment-links").await;
    let ids: Vec<_> = listed.is(200)["paymentLinks"]
        .as_array()
        .expect("an array")
        .iter()
        .map(|one| one["paymentLinkId"].clone())
        .collect();
    assert_eq!(ids, [json!(second), json!(own)]);
    // Nobody else sees it.
    let foreign = Shop::named("second").await;
    assert_eq!(foreign.get(&format!("/kvitt/v1/payment-links/{own}")).await.status, 404);
}

#[tokio::test]
async fn only_units_with_payment_links_make_them() {
    let plain = Shop::named("plain").await;
    let refused = make(&plain, &socks()).await;
    assert_eq!(refused.status, 403, "{}", refused.text);
    let request = CreatePaymentLinkRequest {
        msn: plain.keys.msn.clone(),
        payment_link_id: Uuid::new_v4().to_string(),
        terms: Some(PaymentLinkTerms { title: "Socks".to_owned(), price: None, ..Default::default() }),
    };
    let assistant = Stack::shared().user("neighbour").await.mesh;
    let foreign = assistant.payment_links().create_payment_link(request).await.expect_err("a refusal");
    assert_eq!(refusal::reason_of(&foreign), Some(Reason::NotFound));
}

#[tokio::test]
async fn what_a_link_may_not_ask_for_is_named() {
    let shop = shop().await;
    let nok = |value: i64| json!({"currency": "NOK", "value": value});
    for (pointer, value, field) in [
        ("/title", json!(""), "title"),
        ("/title", json!("x".repeat(101)), "title"),
        ("/description", json!("x".repeat(1001)), "description"),
        ("/amount", nok(0), "amount"),
        ("/amount", nok(-1), "amount"),
        ("/amount", nok(65_000_001), "amount"),
        ("/amount", json!({"currency": "DKK", "value": 1_000}), "amount"),
        ("/vatRate", json!(10_001), "vatRate"),
        ("/vatRate", json!(-1), "vatRate"),
        ("/quantity", json!(0), "quantity"),
        ("/quantity", json!(1_000_001), "quantity"),
        ("/expiresAt", json!("2020-01-01T00:00:00Z"), "expiresAt"),
        ("/expiresAt", json!("soon"), "expiresAt"),
        ("/profileScope", json!("name nin"), "profileScope"),
        ("/paymentLinkId", json!("one"), "paymentLinkId"),
    ] {
        let refused = make(&shop, &with(&socks(), pointer, value)).await;
        assert_eq!(refused.status, 400, "{pointer}: {}", refused.text);
        assert!(refused.fields().iter().any(|named| named.starts_with(field)), "{pointer}: {}", refused.text);
    }
    let open = json!({"title": "A gift", "openAmount": {"least": nok(5_000), "most": nok(1_000)}});
    assert_eq!(make(&shop, &open).await.status, 400);
    let neither = json!({"title": "A gift"});
    assert_eq!(make(&shop, &neither).await.status, 400);
}

#[tokio::test]
async fn a_link_is_screened_before_anybody_can_pay_it() {
    let shop = shop().await;
    let rejected = make(&shop, &with(&socks(), "/title", json!("KVITT-REJECT this"))).await;
    assert_eq!((rejected.status, &rejected.body["state"]), (201, &json!("REJECTED")), "{}", rejected.text);
    assert!(
        rejected.body["rejectionReason"].as_str().is_some_and(|reason| !reason.is_empty()),
        "{}",
        rejected.text
    );
    assert_eq!(shop.get(&format!("/kvitt/v1/links/{}", token(&rejected))).await.status, 404);
    assert_eq!(begin(&shop, &token(&rejected), &json!({})).await.status, 404);
    // The first word counts, and the operator has it alone.
    let operator = Mesh::operator(Stack::shared()).await;
    let screen = |reason: &str| kvitt_proto::qr::v1::ScreenPaymentLinkRequest {
        msn: shop.keys.msn.clone(),
        payment_link_id: id(&rejected),
        rejection_reason: reason.to_owned(),
    };
    let late = operator.payment_links().screen_payment_link(screen("")).await.expect_err("a refusal");
    assert_eq!(refusal::reason_of(&late), Some(Reason::PaymentLinkNotOpen));
    let client = Mesh::with_token(Stack::shared(), &shop.token);
    let denied = client.payment_links().screen_payment_link(screen("")).await.expect_err("a refusal");
    assert_eq!(refusal::reason_of(&denied), Some(Reason::PermissionDenied));
}

#[tokio::test]
async fn a_link_that_was_ended_takes_no_more_payments() {
    let shop = shop().await;
    let made = make(&shop, &socks()).await;
    begin(&shop, &token(&made), &json!({})).await.is(200);
    let path = format!("/kvitt/v1/payment-links/{}/deactivate", id(&made));
    for _ in 0..2 {
        let ended = Answer::of(shop.request(Method::POST, &path)).await;
        assert_eq!(ended.is(200)["state"], "DEACTIVATED");
    }
    assert_eq!(begin(&shop, &token(&made), &json!({})).await.status, 409);
    assert_eq!(shop.get(&format!("/kvitt/v1/links/{}", token(&made))).await.is(200)["state"], "DEACTIVATED");
    assert_eq!(link(&shop, &id(&made)).await["statistics"]["pending"], 1);
}
