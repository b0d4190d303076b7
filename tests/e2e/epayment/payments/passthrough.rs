//! Cards that a PSP charges: it is told the card once the payer says yes, and its answer decides.

use kvitt_signing::Message;
use kvitt_tests::requests::{amount, with};
use kvitt_tests::{Answer, Asked, Keys, MerchantServer, Shop, Stack};
use reqwest::Method;
use serde_json::{Value, json};

async fn act(shop: &Shop, reference: &str, act: &str, body: &Value) -> Answer {
    let path = format!("/kvitt/v1/payments/{reference}/payer/{act}");
    Answer::of(shop.request(Method::POST, &path).json(body)).await
}

fn passthrough(psp: &MerchantServer, types: &[&str]) -> Value {
    json!({
        "pspReference": "psp-reference",
        "cardCallbackUrl": psp.url("/cards?from=kvitt"),
        "allowedCardTypes": types,
    })
}

/// A payment of 100 kroner that the PSP charges.
async fn passed(shop: &Shop, psp: &MerchantServer, types: &[&str]) -> String {
    let body = with(&shop.minimal(10_000), "/paymentMethod/type", json!("CARD_PASSTHROUGH"));
    let body = with(&body, "/cardPassthrough", passthrough(psp, types));
    shop.create(&body).await.is(201)["reference"].as_str().expect("a text").to_owned()
}

fn reserve() -> Value {
    json!({"status": "RESERVE", "networkTransactionReference": "MCC0123456789"})
}

fn signed(shop: &Shop, psp: &MerchantServer, asked: &Asked) -> String {
    let host = psp.url("");
    let message = Message {
        method: "POST",
        path_and_query: "/cards?from=kvitt",
        date: asked.header("x-ms-date").expect("it is there"),
        host: host.strip_prefix("http://").expect("it is there"),
        content_sha256: asked.header("x-ms-content-sha256").expect("it is there"),
    };
    message.authorization(&shop.keys.client_secret)
}

#[tokio::test]
async fn a_psp_that_reserves_makes_a_payment_like_any_other() {
    let shop = Shop::named("full").await;
    let psp = MerchantServer::start(200, reserve()).await;
    let reference = passed(&shop, &psp, &["VISA_DEBIT", "MC_DEBIT"]).await;
    assert_eq!(psp.asked().len(), 0, "nobody has said yes");
    act(&shop, &reference, "approve", &json!({"phoneNumber": shop.phone})).await.is(200);

    let asked = psp.asked();
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0].line, "POST /cards?from=kvitt");
    assert_eq!(asked[0].header("authorization"), Some(signed(&shop, &psp, &asked[0]).as_str()));
    let told = &asked[0].body;
    assert_eq!((&told["pspReference"], &told["amount"]), (&json!("psp-reference"), &amount("NOK", 10_000)));
    assert_eq!(told["merchantSerialNumber"], shop.keys.msn.as_str());
    assert_eq!(told["cardInfo"]["cardType"], "VISA_DEBIT");

    let payment = shop.payment(&reference).await.is(200).clone();
    assert_eq!(payment["state"], "AUTHORIZED");
    assert_eq!(payment["paymentMethod"]["type"], "CARD_PASSTHROUGH");
    shop.capture(&reference, 6_000).await.is(200);
    shop.refund(&reference, 1_000).await.is(200);
    shop.cancel(&reference).await.is(200);
    assert_eq!(shop.sums(&reference).await, [10_000, 6_000, 4_000, 1_000]);
}

#[tokio::test]
async fn what_is_told_of_a_partners_payment_is_signed_with_the_partners_secret() {
    let stack = Stack::shared();
    let keys = Keys { msn: "300001".to_owned(), ..stack.keys("partner").clone() };
    let shop = Shop::open(stack, &keys).await;
    let psp = MerchantServer::start(200, reserve()).await;
    let reference = passed(&shop, &psp, &["VISA_DEBIT"]).await;
    act(&shop, &reference, "approve", &json!({"phoneNumber": shop.phone})).await.is(200);
    let asked = psp.asked();
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0].header("authorization"), Some(signed(&shop, &psp, &asked[0]).as_str()));
    assert_eq!(asked[0].body["merchantSerialNumber"], "300001");
    assert_eq!(shop.state(&reference).await, "AUTHORIZED");
}

#[tokio::test]
async fn a_psp_that_refuses_or_talks_nonsense_leaves_the_payment_waiting() {
    let shop = Shop::named("full").await;
    let fail = json!({"status": "FAIL", "errorCode": 300, "errorMessage": "Declined by the issuer"});
    let psp = MerchantServer::start(200, fail).await;
    let reference = passed(&shop, &psp, &["VISA_DEBIT"]).await;
    let who = json!({"phoneNumber": shop.phone});
    act(&shop, &reference, "approve", &who).await.refused(400, "10010");
    psp.answer_with(500, &reserve());
    act(&shop, &reference, "approve", &who).await.refused(400, "10010");
    assert_eq!(shop.state(&reference).await, "CREATED");
    psp.answer_with(200, &reserve());
    act(&shop, &reference, "approve", &who).await.is(200);
    assert_eq!(shop.state(&reference).await, "AUTHORIZED");
    let attempts: Vec<_> =
        psp.asked().iter().map(|asked| asked.body["authorizationAttemptId"].clone()).collect();
    assert!(attempts.len() == 3 && attempts[0] != attempts[1] && attempts[1] != attempts[2], "{attempts:?}");
}

#[tokio::test]
async fn a_soft_decline_is_a_challenge_and_then_the_same_attempt_again() {
    let shop = Shop::named("full").await;
    let soft = json!({"status": "SOFT_DECLINE", "softDeclineUrl": "https://psp.example/3ds"});
    let psp = MerchantServer::start(200, soft).await;
    let reference = passed(&shop, &psp, &["VISA_DEBIT"]).await;
    let challenged = act(&shop, &reference, "approve", &json!({"phoneNumber": shop.phone})).await;
    let challenge = challenged.is(200)["challengeId"].as_str().expect("a text").to_owned();
    assert_eq!(shop.state(&reference).await, "CREATED");
    psp.answer_with(200, &reserve());
    act(&shop, &reference, "challenge", &json!({"challengeId": challenge, "passed": true})).await.is(200);
    assert_eq!(shop.state(&reference).await, "AUTHORIZED");
    let asked = psp.asked();
    assert_eq!(asked.len(), 2);
    assert_eq!(asked[0].body, asked[1].body);
}

#[tokio::test]
async fn a_payer_without_a_card_that_the_psp_takes_has_none() {
    let shop = Shop::named("full").await;
    let psp = MerchantServer::start(200, reserve()).await;
    let reference = passed(&shop, &psp, &["DANKORT", "ELEC_DEBIT"]).await;
    act(&shop, &reference, "approve", &json!({"phoneNumber": shop.phone})).await.refused(400, "10050");
    assert_eq!(shop.state(&reference).await, "CREATED");
    assert_eq!(psp.asked().len(), 0);
    // Nobody is played by force: the PSP would not be asked.
    shop.approve(&reference, &shop.phone).await.refused(400, "10060");
}
