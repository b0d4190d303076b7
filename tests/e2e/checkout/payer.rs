//! What a payer does with a session, and what the merchant hears of it.

use kvitt_testing::eventually;
use kvitt_tests::Answer;
use reqwest::Method;
use serde_json::{Value, json};

use super::{Seller, TOKEN, kari, person};

fn nok(minor: i64) -> Value {
    json!({"value": minor, "currency": "NOK"})
}

/// Two ways to send, the dearer of which is the default.
fn logistics() -> Value {
    let option = |id: &str, minor: i64, default: bool| json!({"id": id, "brand": "POSTEN", "priority": 1, "isDefault": default, "amount": nok(minor)});
    json!({"fixedOptions": [option("post", 3_000, false), option("home", 5_000, true)]})
}

#[tokio::test]
async fn a_session_is_paid_by_app_and_the_merchant_is_told() {
    let seller = Seller::named("full").await;
    let mut body = seller.minimal();
    body["logistics"] = logistics();
    body["transaction"]["orderSummary"] = json!({
        "orderLines": [{"name": "Socks", "id": "1", "totalAmount": 10_000, "totalAmountExcludingTax": 8_000,
            "totalTaxAmount": 2_000, "taxRate": 2500}],
        "orderBottomLine": {"currency": "NOK"},
    });
    let reference = seller.opened(&body).await;
    seller.payer(&reference, "details", &kari()).await.is(200);
    let options = seller.payer(&reference, "shipping-options", &json!({})).await;
    assert_eq!(options.is(200)["options"].as_array().expect("it is there").len(), 2);
    let choice = json!({"method": "Wallet", "shippingOptionId": "post"});
    let started = seller.payer(&reference, "payment", &choice).await;
    assert!(started.is(200)["redirectUrl"].as_str().is_some_and(|url| url.starts_with("https://")));
    let again = seller.payer(&reference, "payment", &choice).await;
    assert_eq!(again.is(200), started.is(200), "the same choice has the same answer");

    let read = seller.read(&reference).await;
    assert_eq!(read.is(200)["sessionState"], "PaymentInitiated");
    assert_eq!(read.body["paymentDetails"]["state"], "CREATED");
    assert_eq!(seller.expire(&reference).await.status, 409, "the payment is to be cancelled instead");
    assert_eq!(seller.payer(&reference, "cancel", &json!({})).await.status, 409);

    // The payment is an ordinary one.
    assert_eq!(seller.shop.state(&reference).await, "CREATED");
    seller.shop.approve(&reference, &seller.shop.phone).await.is(200);
    eventually!(seller.state(&reference).await == "PaymentSuccessful");
    eventually!(seller.told(&reference) == ["PaymentSuccessful"]);
    let read = seller.read(&reference).await;
    let session_id = read.is(200)["sessionId"].clone();
    let mut shipping = person();
    shipping["shippingMethodId"] = json!("post");
    shipping["amount"] = nok(3_000);
    let expected = json!({
        "sessionId": session_id, "merchantSerialNumber": seller.shop.keys.msn, "reference": reference,
        "sessionState": "PaymentSuccessful", "paymentMethod": "Wallet",
        "paymentDetails": {"type": "Wallet", "amount": nok(13_000), "state": "AUTHORIZED", "aggregate": {
            "authorizedAmount": nok(13_000), "capturedAmount": nok(0), "cancelledAmount": nok(0),
            "refundedAmount": nok(0)}},
        "shippingDetails": shipping, "billingDetails": person(),
    });
    assert_eq!(read.body, expected);
    let asked = seller.server.asked();
    assert_eq!(asked[0].line, "POST /callback");
    assert_eq!(asked[0].header("authorization"), Some(TOKEN));
    assert_eq!(asked[0].body, expected, "the merchant was told what it reads");

    // Money operations are those of the payment.
    seller.shop.capture(&reference, 13_000).await.is(200);
    let aggregate = &seller.read(&reference).await.body["paymentDetails"]["aggregate"];
    assert_eq!(aggregate["capturedAmount"], nok(13_000));
}

#[tokio::test]
async fn a_payer_who_says_no_or_leaves_terminates_the_session() {
    let seller = Seller::named("full").await;
    let rejected = seller.opened(&seller.minimal()).await;
    seller.payer(&rejected, "details", &kari()).await.is(200);
    seller.payer(&rejected, "payment", &json!({"method": "Wallet"})).await.is(200);
    let path = format!("/kvitt/v1/payments/{rejected}/payer/reject");
    let reject = seller.shop.request(Method::POST, &path).json(&json!({"phoneNumber": seller.shop.phone}));
    Answer::of(reject).await.is(200);
    eventually!(seller.told(&rejected) == ["PaymentTerminated"]);
    let read = seller.read(&rejected).await;
    assert_eq!(read.is(200)["paymentDetails"]["state"], "TERMINATED");

    let left = seller.opened(&seller.minimal()).await;
    for _twice in 0..2 {
        seller.payer(&left, "cancel", &json!({})).await.is(200);
    }
    eventually!(seller.told(&left) == ["PaymentTerminated"]);
    assert_eq!(seller.read(&left).await.is(200)["paymentDetails"], Value::Null);
}

#[tokio::test]
async fn a_merchant_who_cancels_the_payment_terminates_the_session() {
    let seller = Seller::named("full").await;
    let reference = seller.opened(&seller.minimal()).await;
    seller.payer(&reference, "details", &kari()).await.is(200);
    seller.payer(&reference, "payment", &json!({"method": "Card"})).await.is(200);
    seller.shop.cancel(&reference).await.is(200);
    assert_eq!(seller.state(&reference).await, "PaymentTerminated");
    assert_eq!(seller.read(&reference).await.body["paymentMethod"], "Card");
    eventually!(seller.told(&reference) == ["PaymentTerminated"]);
}

#[tokio::test]
async fn the_shops_server_names_the_options_and_is_not_believed_blindly() {
    let seller = Seller::named("full").await;
    let mut body = seller.minimal();
    body["logistics"] = logistics();
    body["logistics"]["dynamicOptionsCallback"] = json!(seller.server.url("/shipping"));
    let reference = seller.opened(&body).await;
    let early = seller.payer(&reference, "shipping-options", &json!({})).await;
    assert_eq!(early.problem(400)["title"], "Bad Request");
    seller.payer(&reference, "details", &kari()).await.is(200);

    let ids = async || {
        let options = seller.payer(&reference, "shipping-options", &json!({})).await;
        let options = options.is(200)["options"].as_array().expect("it is there").clone();
        options
            .into_iter()
            .map(|option| option["id"].as_str().expect("a text").to_owned())
            .collect::<Vec<_>>()
    };
    seller.server.answer_with(
        200,
        &json!([{"id": "bike", "brand": "OTHER", "title": "By bike", "priority": 1,
        "isDefault": true, "amount": nok(-1)}]),
    );
    assert_eq!(ids().await, ["post", "home"]);
    seller.server.answer_with(
        200,
        &json!([{"id": "bike", "brand": "OTHER", "title": "By bike", "priority": 1,
        "isDefault": true, "amount": nok(7_000)}]),
    );
    assert_eq!(ids().await, ["bike"]);
    let asked =
        seller.server.asked().into_iter().find(|asked| asked.line == "POST /shipping").expect("it is there");
    let expected =
        json!({"streetAddress": "Storgata 1", "postalCode": "0155", "region": "Oslo", "country": "NO"});
    assert_eq!((asked.body.clone(), asked.header("authorization")), (expected, Some(TOKEN)));
    let other =
        seller.payer(&reference, "payment", &json!({"method": "Wallet", "shippingOptionId": "post"})).await;
    other.problem(400);
    seller.payer(&reference, "payment", &json!({"method": "Wallet"})).await.is(200);
    let read = seller.read(&reference).await;
    assert_eq!(read.is(200)["paymentDetails"]["amount"], nok(17_000));
    assert_eq!(read.body["shippingDetails"]["shippingMethodId"], "bike");
}

#[tokio::test]
async fn a_page_without_contact_and_address_asks_for_neither() {
    let seller = Seller::named("full").await;
    let mut body = seller.minimal();
    body["configuration"] = json!({"elements": "PaymentOnly",
        "customConsent": {"text": "I agree", "required": true}});
    let reference = seller.opened(&body).await;
    let pay = json!({"method": "Wallet"});
    seller.payer(&reference, "payment", &pay).await.problem(400);
    let ticked = json!({"person": {}, "customConsent": true});
    seller.payer(&reference, "details", &ticked).await.is(200);
    seller.payer(&reference, "payment", &pay).await.is(200);
    let read = seller.read(&reference).await;
    let (body, none) = (read.is(200), Value::Null);
    assert_eq!((&body["billingDetails"], &body["shippingDetails"]), (&none, &none));
    assert_eq!(body["customConsentProvided"], true);
}

#[tokio::test]
async fn what_a_payer_says_is_judged() {
    let seller = Seller::named("full").await;
    let reference = seller.opened(&seller.minimal()).await;
    let mut broken = kari();
    broken["person"]["email"] = json!("kari");
    broken["person"]["city"] = Value::Null;
    let answer = seller.payer(&reference, "details", &broken).await;
    answer.names_field("person.email");
    answer.names_field("person.city");
    let short = json!({"method": "Cash"});
    seller.payer(&reference, "payment", &short).await.names_field("method");
}
