//! Express: the payer chooses how the goods are sent, and pays for it on top.

use kvitt_proto::payment::v1::{PaymentEventName, TailRequest};
use kvitt_testing::eventually;
use kvitt_tests::requests::{amount, fresh_reference, web_redirect, with};
use kvitt_tests::{Answer, MerchantServer, Mesh, Receiver, Shop, Stack, UnitPlan};
use reqwest::Method;
use serde_json::{Value, json};

const NOT_THERE: &str = "the merchant does not send there";
const SCOPE: &str = "name address email phoneNumber";

fn option(id: &str, minor: i64) -> Value {
    json!({"id": id, "name": format!("By {id}"), "amount": amount("NOK", minor)})
}

fn groups() -> Value {
    json!([
        {"type": "MAILBOX", "brand": "POSTEN", "options": [option("mailbox", 3900)]},
        {"type": "HOME_DELIVERY", "brand": "POSTEN", "isDefault": true, "options": [option("home", 9900)]},
    ])
}

/// An Express payment of 500 kroner.
fn express(shipping: &Value) -> Value {
    let body = with(&web_redirect(&fresh_reference(), "NOK", 50_000), "/shipping", shipping.clone());
    with(&body, "/profile/scope", json!(SCOPE))
}

async fn created(shop: &Shop, shipping: &Value) -> String {
    let answer = shop.create(&express(shipping)).await;
    answer.is(201)["reference"].as_str().expect("a text").to_owned()
}

async fn payer(shop: &Shop, reference: &str, act: &str, body: &Value) -> Answer {
    let path = format!("/kvitt/v1/payments/{reference}/payer/{act}");
    Answer::of(shop.request(Method::POST, &path).json(body)).await
}

#[tokio::test]
async fn p37_an_express_payment_is_not_approved_by_force() {
    let shop = Shop::named("full").await;
    let reference = created(&shop, &json!({"fixedOptions": groups()})).await;
    shop.approve(&reference, &shop.phone).await.refused(400, "10060");
    assert_eq!(shop.state(&reference).await, "CREATED");
}

#[tokio::test]
async fn p54_the_chosen_shipping_is_paid_on_top_and_told_with_who_the_payer_is() {
    let shop = Shop::named("full").await;
    let reference = created(&shop, &json!({"fixedOptions": groups()})).await;
    let options = payer(&shop, &reference, "shipping-options", &json!({"phoneNumber": shop.phone})).await;
    assert_eq!(options.is(200)["groups"][0]["options"][0]["id"], "home", "the default comes first");

    let choice = json!({"phoneNumber": shop.phone, "consent": true, "shippingOptionId": "mailbox"});
    payer(&shop, &reference, "approve", &choice).await.is(200);
    assert_eq!(shop.sums(&reference).await, [53_900, 0, 0, 0]);
    let payment = shop.payment(&reference).await.is(200).clone();
    assert_eq!(payment["amount"], amount("NOK", 50_000));
    let shipping = &payment["shippingDetails"];
    assert_eq!((&shipping["shippingOptionId"], &shipping["shippingCost"]), (&json!("mailbox"), &json!(3900)));
    assert_eq!(shipping["shippingOptionName"], "By mailbox");
    assert!(shipping["address"]["postCode"].is_string(), "{shipping}");
    let user = &payment["userDetails"];
    assert_eq!(user["mobileNumber"], shop.phone.as_str());
    assert!(user["email"].as_str().expect("a text").contains('@') && user["lastName"].is_string(), "{user}");
    let sub = payment["profile"]["sub"].as_str().expect("a text").to_owned();

    // What the webhook will say stands in the feed.
    let mut feed = Mesh::with_token(Stack::shared(), &shop.token).feed();
    let request = TailRequest { msn: shop.keys.msn.clone(), ..TailRequest::default() };
    let mut batches = feed.tail(request).await.expect("it is answered").into_inner();
    let event = loop {
        let batch = batches.message().await.expect("it is answered").expect("the feed does not end");
        let mut events = batch.events.into_iter().filter_map(|event| event.event);
        let ours = events.find(|event| {
            event.reference == reference && event.name() == PaymentEventName::Authorized && event.success
        });
        if let Some(event) = ours {
            break event;
        }
    };
    assert_eq!(event.sub, sub);
    assert_eq!(event.amount.expect("it is there").amount_minor, 53_900);
    assert_eq!(event.shipping_details.expect("it is there").option_id, "mailbox");

    shop.capture(&reference, 53_900).await.is(200);
    assert_eq!(shop.sums(&reference).await, [53_900, 53_900, 0, 0]);
}

#[tokio::test]
async fn p54_the_webhook_says_who_pays_and_where_the_goods_go() {
    let stack = Stack::shared();
    let shop = Shop::open(stack, &stack.open_unit(UnitPlan::default()).await).await;
    let receiver = Receiver::kind().await;
    let registration = json!({"url": receiver.url("/hook"), "events": ["epayments.payment.authorized.v1"]});
    Answer::of(shop.request(Method::POST, "/webhooks/v1/webhooks").json(&registration)).await.is(201);
    let reference = created(&shop, &json!({"fixedOptions": groups()})).await;
    let choice = json!({"phoneNumber": shop.phone, "consent": true, "shippingOptionId": "mailbox"});
    payer(&shop, &reference, "approve", &choice).await.is(200);
    let payment = shop.payment(&reference).await.is(200).clone();

    eventually!(receiver.about(&reference).len() == 1);
    let told = receiver.about(&reference)[0].json();
    assert_eq!((&told["name"], &told["amount"]), (&json!("AUTHORIZED"), &amount("NOK", 53_900)));
    assert_eq!(told["sub"], payment["profile"]["sub"], "on top, not under `profile`");
    assert_eq!(told["profile"], Value::Null);
    assert!(told["sub"].is_string(), "{told}");
    assert_eq!(told["userDetails"], payment["userDetails"]);
    assert_eq!(told["shippingDetails"], payment["shippingDetails"]);
}

#[tokio::test]
async fn p55_the_merchants_server_is_asked_with_its_token_and_the_address() {
    let shop = Shop::named("full").await;
    let server = MerchantServer::start(200, json!({"groups": groups()})).await;
    let dynamic = json!({"dynamicOptions": {
        "callbackUrl": server.url("/shipping?shop=1"),
        "callbackAuthorizationToken": "Secret of the shop",
    }});
    let reference = created(&shop, &dynamic).await;
    let who = json!({"phoneNumber": shop.phone});
    let options = payer(&shop, &reference, "shipping-options", &who).await;
    assert_eq!(options.is(200)["groups"].as_array().expect("it is there").len(), 2);
    let asked = server.asked();
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0].line, "POST /shipping?shop=1");
    assert_eq!(asked[0].header("authorization"), Some("Secret of the shop"));
    let body = &asked[0].body;
    assert_eq!(body["reference"], reference.as_str());
    for key in ["addressLine1", "city", "postCode", "country"] {
        assert!(body[key].as_str().is_some_and(|value| !value.is_empty()), "{key} is not in {body}");
    }
    let choice = json!({"phoneNumber": shop.phone, "consent": true, "shippingOptionId": "home"});
    payer(&shop, &reference, "approve", &choice).await.is(200);
    assert_eq!(shop.sums(&reference).await, [59_900, 0, 0, 0]);

    // A merchant that does not send there is shown no options, and one that answers nonsense neither.
    let reference = created(&shop, &dynamic).await;
    server.answer_with(400, "");
    let refused = payer(&shop, &reference, "shipping-options", &who).await;
    assert_eq!(refused.problem(400)["detail"], NOT_THERE);
    server.answer_with(
        200,
        &json!({"groups": [{"type": "MAILBOX", "brand": "POSTEN", "options": [option("a", -1)]}]}),
    );
    let request =
        shop.request(Method::POST, &format!("/kvitt/v1/payments/{reference}/payer/shipping-options"));
    let refused = Answer::try_of(request.json(&who)).await.expect("it is answered");
    refused.problem(502);
    assert_eq!(shop.state(&reference).await, "CREATED");
}

#[tokio::test]
async fn the_default_option_is_taken_when_none_is_named() {
    let shop = Shop::named("full").await;
    let reference = created(&shop, &json!({"fixedOptions": groups()})).await;
    payer(&shop, &reference, "approve", &json!({"phoneNumber": shop.phone, "consent": true})).await.is(200);
    assert_eq!(shop.sums(&reference).await, [59_900, 0, 0, 0]);
}

#[tokio::test]
async fn an_express_payment_is_sent_only_where_it_may_be() {
    let shop = Shop::named("full").await;
    let abroad = json!({"fixedOptions": groups(), "allowedCountries": ["SE"]});
    let reference = created(&shop, &abroad).await;
    let refused = payer(&shop, &reference, "shipping-options", &json!({"phoneNumber": shop.phone})).await;
    assert_eq!(refused.problem(400)["detail"], NOT_THERE);
}

#[tokio::test]
async fn hostile_options_are_refused_when_they_are_given() {
    let shop = Shop::named("full").await;
    let table = [
        (json!({"fixedOptions": []}), "shipping.fixedOptions"),
        (json!({}), "shipping"),
        (
            json!({"fixedOptions": groups(), "dynamicOptions": {"callbackUrl": "https://a.example"}}),
            "shipping",
        ),
        (
            with(&json!({"fixedOptions": groups()}), "/fixedOptions/0/type", json!("CATAPULT")),
            "shipping.fixedOptions[0].type",
        ),
        (
            with(&json!({"fixedOptions": groups()}), "/fixedOptions/0/brand", json!("X")),
            "shipping.fixedOptions[0].brand",
        ),
        (
            with(
                &json!({"fixedOptions": groups()}),
                "/fixedOptions/0/options/0/amount/currency",
                json!("DKK"),
            ),
            "shipping.fixedOptions[0].options[0].amount.currency",
        ),
        (
            with(&json!({"fixedOptions": groups()}), "/fixedOptions/0/options/0/amount/value", json!(-1)),
            "shipping.fixedOptions[0].options[0].amount.value",
        ),
        (
            with(&json!({"fixedOptions": groups()}), "/fixedOptions/1/options/0/id", json!("mailbox")),
            "shipping.fixedOptions[1].options[0].id",
        ),
        (json!({"fixedOptions": groups(), "allowedCountries": ["Norway"]}), "shipping.allowedCountries[0]"),
    ];
    for (shipping, field) in table {
        shop.create(&express(&shipping)).await.names_field(field);
    }
    let without_address = with(&express(&json!({"fixedOptions": groups()})), "/profile/scope", json!("name"));
    shop.create(&without_address).await.names_field("profile.scope");
    let plain = json!({"dynamicOptions": {"callbackUrl": "http://shop.example/shipping"}});
    shop.create(&express(&plain)).await.refused(400, "4090");
}
