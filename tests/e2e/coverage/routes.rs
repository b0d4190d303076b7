//! Every route of the gateway, checked against its source.

use std::collections::BTreeSet;
use std::path::Path;

use kvitt_tests::requests::{fresh_key, fresh_reference};
use kvitt_tests::{Answer, Shop};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    checkout, ecomm, epayment, management, order_management, payment_links, qr, reports, settlement, webhooks,
};

/// Routes that need no token.
const OPEN: [&str; 8] = [
    "/qr-images/v1/{file}",
    "/qr-images/v1/one-time/{file}",
    "/q/{code}",
    "/accesstoken/get",
    "/docs",
    "/health",
    "/miami/v1/token",
    "/openapi.json",
];

/// Every operation that needs a token, with a path for this reference.
fn operations(shop: &Shop, reference: &str) -> Vec<(Method, String, Option<Value>)> {
    let managing = management::operations().into_iter().chain(order_management::operations());
    let managing = managing.chain(webhooks::operations());
    let managing = managing.chain(qr::operations()).chain(payment_links::operations());
    let managing = managing.chain(settlement::operations()).chain(reports::operations());
    let managing = managing.map(|(method, path, body)| (method, path.to_owned(), body));
    let orders = ecomm::operations(shop, &reference.replace("{reference}", "{orderId}"));
    let payments = epayment::operations(shop, reference).into_iter().chain(orders);
    payments.chain(managing).chain(checkout::operations(reference)).chain(of_payers(reference)).collect()
}

/// What payers share, the sandbox's operations that play them, and what developers look at.
fn of_payers(reference: &str) -> Vec<(Method, String, Option<Value>)> {
    let payment =
        |act: &str| (Method::POST, format!("/kvitt/v1/payments/{reference}/payer/{act}"), Some(json!({})));
    let payer =
        |act: &str| (Method::POST, format!("/kvitt/v1/payers/{{phoneNumber}}/{act}"), Some(json!({})));
    let answers = ["shipping-options", "approve", "card", "challenge", "reject"].map(payment);
    let affairs =
        ["customer-token", "personal-qr", "push", "status", "revoke-consent", "scan", "vm-number-payments"]
            .map(payer);
    let read = [
        (Method::GET, "/vipps-userinfo-api/userinfo/{sub}".to_owned(), None),
        (Method::GET, "/kvitt/v1/dashboard".to_owned(), None),
        (Method::GET, "/kvitt/v1/check-ins/{checkInId}".to_owned(), None),
        (Method::GET, format!("/kvitt/v1/payments/{reference}/payer"), None),
    ];
    read.into_iter().chain(answers).chain(affairs).collect()
}

#[tokio::test]
async fn every_route_without_a_token_is_401() {
    let shop = Shop::named("full").await;
    for (method, path, body) in operations(&shop, &fresh_reference()) {
        let mut request = shop.bare(method.clone(), &path).header("Idempotency-Key", fresh_key());
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = Answer::of(request).await;
        assert_eq!(answer.status, 401, "{method} {path}: {}", answer.text);
    }
    let token = Answer::of(shop.bare(Method::POST, "/accesstoken/get")).await;
    assert_eq!(token.status, 401, "{}", token.text);
    let form = shop.bare(Method::POST, "/miami/v1/token").body("grant_type=client_credentials");
    let token = Answer::of(form).await;
    assert_eq!(token.status, 401, "{}", token.text);
}

#[tokio::test]
async fn no_route_of_the_gateway_is_missing_here() {
    let shop = Shop::named("full").await;
    let mut known: BTreeSet<String> =
        operations(&shop, "{reference}").into_iter().map(|(_, path, _)| path.to_lowercase()).collect();
    known.extend(OPEN.map(str::to_owned));
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../services/gateway/src/router.rs");
    let source = std::fs::read_to_string(source).unwrap();
    let mut found = 0;
    for literal in source.split('"').skip(1).step_by(2).filter(|text| text.starts_with('/') && text.len() > 1)
    {
        assert!(known.contains(&literal.to_lowercase()), "{literal} is a route without a test here");
        found += 1;
    }
    assert!(found >= known.len() - 1, "only {found} routes were found in router.rs: has its form changed?");
}
