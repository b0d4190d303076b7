//! What the merchant's server is told: transaction updates, once, and consents that were taken back.

use std::time::Duration;

use kvitt_proto::merchant::v1::CaptureType;
use kvitt_proto::webhook::v1::{Delivery, DeliveryState, ListDeliveriesRequest};
use kvitt_testing::eventually;
use kvitt_tests::requests::with;
use kvitt_tests::{Answer, Mesh, Received, Receiver, Reply, Shop, Stack, StackPlan, UnitPlan};
use reqwest::Method;
use serde_json::{Value, json};

use super::orders::{Orders, is_transaction_id};

/// What the merchant's server wants to see, word for word.
const TOKEN: &str = "Secret of the shop, not \"Bearer\"";

/// Past everything that a payer may wait for.
const TOO_LATE: Duration = Duration::from_secs(11 * 60);

/// A shop whose server listens at a prefix.
struct Listening {
    orders: Orders,
    server: Receiver,
}

impl Listening {
    async fn on(shop: Shop) -> Self {
        Self { orders: Orders { shop }, server: Receiver::kind().await }
    }

    async fn named(unit: &str) -> Self {
        Self::on(Shop::named(unit).await).await
    }

    /// An order of so much, told of at this path of the server.
    fn order(&self, minor: i64, path: &str) -> Value {
        let body =
            with(&self.orders.minimal(minor), "/merchantInfo/callbackPrefix", json!(self.server.url(path)));
        with(&body, "/merchantInfo/authToken", json!(TOKEN))
    }

    async fn initiated(&self, minor: i64, path: &str) -> String {
        self.initiate(&self.order(minor, path)).await
    }

    async fn initiate(&self, body: &Value) -> String {
        let answer = self.orders.initiate(body).await;
        answer.is(200)["orderId"].as_str().expect("an order id is text").to_owned()
    }

    /// What the payer does, as the payer's app would.
    async fn payer(&self, order_id: &str, act: &str, body: &Value) -> Answer {
        let path = format!("/kvitt/v1/payments/{order_id}/payer/{act}");
        Answer::of(self.orders.shop.request(Method::POST, &path).json(body)).await
    }

    async fn approve(&self, order_id: &str) {
        self.orders.approve(order_id, &self.orders.shop.phone).await.is(200);
    }

    /// What came about an order.
    fn told(&self, order_id: &str) -> Vec<Received> {
        let mut received = self.server.received();
        received.retain(|one| one.text("orderId") == order_id);
        received
    }

    /// The one update of an order, its form to the letter.
    async fn update(&self, order_id: &str, minor: i64) -> (Received, Value) {
        eventually!(!self.told(order_id).is_empty());
        let told = self.told(order_id);
        assert_eq!(told.len(), 1, "{told:?}");
        let (one, body) = (told[0].clone(), told[0].json());
        assert_eq!(one.header("authorization"), TOKEN);
        assert_eq!(body["merchantSerialNumber"], self.orders.shop.keys.msn.as_str());
        let info = &body["transactionInfo"];
        assert_eq!(info["amount"], minor, "{body}");
        assert!(info["timeStamp"].as_str().is_some_and(|at| at.ends_with('Z')), "{body}");
        is_transaction_id(&info["transactionId"]);
        (one, body)
    }

    /// The one update's status.
    async fn status(&self, order_id: &str, minor: i64) -> String {
        let (_, body) = self.update(order_id, minor).await;
        body["transactionInfo"]["status"].as_str().expect("a word").to_owned()
    }
}

/// An Express order of 500 kroner with two ways to send it.
fn express(order: &Value, consents: &str) -> Value {
    let options = json!([
        {"isDefault": "N", "priority": 2, "shippingCost": 0, "shippingMethod": "In the shop", "shippingMethodId": "shop"},
        {"isDefault": "Y", "priority": 1, "shippingCost": 49.9, "shippingMethod": "Posten", "shippingMethodId": "posten"},
    ]);
    let body = with(order, "/merchantInfo/paymentType", json!("eComm Express Payment"));
    let body = with(&body, "/merchantInfo/staticShippingDetails", options);
    with(&body, "/merchantInfo/consentRemovalPrefix", json!(consents))
}

#[tokio::test]
async fn p75_an_approved_order_is_told_once_with_the_merchants_token() {
    let shop = Listening::named("full").await;
    for (path, line) in [("/vipps/callbacks", "/vipps/callbacks"), ("/vipps/", "/vipps"), ("", "")] {
        let order_id = shop.initiated(10_000, path).await;
        shop.approve(&order_id).await;
        let (told, body) = shop.update(&order_id, 10_000).await;
        assert_eq!(told.line, format!("POST {line}/v2/payments/{order_id}"));
        assert_eq!(told.header("content-type"), "application/json; charset=utf-8");
        assert_eq!(body["transactionInfo"]["status"], "RESERVED");
        for absent in ["errorInfo", "shippingDetails", "userDetails"] {
            assert_eq!(body[absent], Value::Null, "{body}");
        }
    }
}

#[tokio::test]
async fn p75_an_express_order_is_told_with_who_pays_and_where_the_goods_go() {
    let shop = Listening::named("full").await;
    let order = express(&shop.order(50_000, "/vipps"), "https://shop.example/consents");
    let order_id = shop.initiate(&order).await;
    let phone = shop.orders.shop.phone.clone();
    shop.payer(&order_id, "approve", &json!({"phoneNumber": phone, "consent": true})).await.is(200);
    let (_, body) = shop.update(&order_id, 54_990).await;
    assert_eq!(body["transactionInfo"]["status"], "RESERVE", "as Express spells it");
    let shipping = &body["shippingDetails"];
    assert_eq!(shipping["shippingCost"], json!(49.9), "in kroner");
    assert_eq!(
        (&shipping["shippingMethodId"], &shipping["shippingMethod"]),
        (&json!("posten"), &json!("Posten"))
    );
    for name in ["addressLine1", "city", "country", "zipCode"] {
        let value = shipping["address"][name].as_str();
        assert!(value.is_some_and(|value| !value.is_empty()), "{name} is not in {body}");
    }
    let user = &body["userDetails"];
    assert_eq!(user["bankIdVerified"], 1);
    assert!(user["email"].as_str().is_some_and(|email| email.contains('@')), "{body}");
    for name in ["firstName", "lastName"] {
        assert!(user[name].as_str().is_some_and(|value| !value.is_empty()), "{name} is not in {body}");
    }
    let details = shop.orders.details(&order_id).await.is(200).clone();
    assert_eq!(user, &details["userDetails"], "whoever asks hears the same");
    assert_eq!(shipping["address"]["country"], details["shippingDetails"]["address"]["country"]);
    assert_eq!(shipping["address"]["zipCode"], details["shippingDetails"]["address"]["postCode"]);
}

#[tokio::test]
async fn an_order_that_shares_is_told_with_what_its_payer_shares() {
    let shop = Listening::named("full").await;
    let order = with(&shop.order(10_000, "/vipps"), "/transaction/scope", json!("name email"));
    let order_id = shop.initiate(&order).await;
    let consent = json!({"phoneNumber": shop.orders.shop.phone, "consent": true});
    shop.payer(&order_id, "approve", &consent).await.is(200);
    let (_, body) = shop.update(&order_id, 10_000).await;
    assert_eq!(body["transactionInfo"]["status"], "RESERVED");
    let user = body["userDetails"].as_object().expect("it is there");
    let names: Vec<_> = user.keys().map(String::as_str).collect();
    assert_eq!(names, ["bankIdVerified", "email", "firstName", "lastName", "userId"]);
    assert_eq!(body["shippingDetails"], Value::Null);
}

#[tokio::test]
async fn a_unit_with_direct_capture_is_told_of_a_sale() {
    let stack = Stack::shared();
    let plan = UnitPlan { capture_type: CaptureType::DirectCapture, ..UnitPlan::default() };
    let shop = Listening::on(Shop::open(stack, &stack.open_unit(plan).await).await).await;
    let order_id = shop.initiated(10_000, "/vipps").await;
    shop.approve(&order_id).await;
    assert_eq!(shop.status(&order_id, 10_000).await, "SALE");
}

#[tokio::test]
async fn a_payer_who_says_no_is_told_of() {
    let shop = Listening::named("full").await;
    let order_id = shop.initiated(10_000, "/vipps").await;
    let phone = shop.orders.shop.phone.clone();
    shop.payer(&order_id, "reject", &json!({"phoneNumber": phone})).await.is(200);
    assert_eq!(shop.status(&order_id, 10_000).await, "CANCELLED");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_nobody_approves_is_told_of_when_it_ends_and_says_why_it_failed() {
    let stack = Stack::own(StackPlan::default()).await;
    let shop = Listening::on(Shop::open(&stack, stack.keys("full")).await).await;
    let forgotten = shop.initiated(10_000, "/vipps").await;
    // The card has not enough for the test amount.
    let declined = shop.initiated(151, "/vipps").await;
    let tried = shop.orders.approve(&declined, &shop.orders.shop.phone).await;
    assert_eq!(tried.status, 400, "{}", tried.text);
    assert_eq!(shop.server.count(), 0, "the payer may still try another card");

    stack.advance(TOO_LATE).await;
    assert_eq!(shop.status(&forgotten, 10_000).await, "REJECTED");
    let (_, body) = shop.update(&declined, 151).await;
    assert_eq!(body["transactionInfo"]["status"], "RESERVE_FAILED");
    let error = &body["errorInfo"];
    assert_eq!((&error["errorGroup"], &error["errorCode"]), (&json!("Payment"), &json!("42")), "{body}");
    assert!(error["errorMessage"].as_str().is_some_and(|text| !text.is_empty()), "{body}");
    stack.stop().await;
}

/// What the log of deliveries says of an order.
async fn deliveries(stack: &Stack, shop: &Shop, reference: &str) -> Vec<Delivery> {
    let (msn, reference) = (shop.keys.msn.clone(), reference.to_owned());
    let request = ListDeliveriesRequest { msn, reference, ..ListDeliveriesRequest::default() };
    let listed = Mesh::with_token(stack, &shop.token).deliveries().list_deliveries(request).await;
    listed.expect("it is answered").into_inner().deliveries
}

#[tokio::test(flavor = "multi_thread")]
async fn p75_neither_a_refusal_nor_silence_leads_to_a_second_call() {
    let stack = Stack::own(StackPlan::default()).await;
    let server = Receiver::start(|told| match told.line.split('/').nth(1) {
        Some("failing") => Reply::Status(500),
        Some("silent") => Reply::Silence,
        _ => Reply::Status(200),
    });
    let orders = Orders { shop: Shop::open(&stack, stack.keys("full")).await };
    let shop = Listening { orders, server: server.await };
    let mut unheard = Vec::new();
    for path in ["/failing", "/silent"] {
        let order_id = shop.initiated(10_000, path).await;
        shop.approve(&order_id).await;
        unheard.push(order_id);
    }
    for order_id in &unheard {
        let given_up = async || {
            let deliveries = deliveries(&stack, &shop.orders.shop, order_id).await;
            deliveries.iter().map(|one| (one.state(), one.attempt_count)).collect::<Vec<_>>()
        };
        eventually!(given_up().await == [(DeliveryState::GivenUp, 1)]);
    }
    stack.advance(Duration::from_secs(86_400)).await;
    let order_id = shop.initiated(10_000, "/well").await;
    shop.approve(&order_id).await;
    assert_eq!(shop.status(&order_id, 10_000).await, "RESERVED", "others are told all the same");
    for order_id in unheard {
        assert_eq!(shop.status(&order_id, 10_000).await, "RESERVED", "once");
    }
    stack.stop().await;
}

#[tokio::test]
async fn a_consent_that_is_taken_back_is_told_at_the_prefix_for_it() {
    let stack = Stack::shared();
    let keys = stack.open_unit(UnitPlan::default()).await;
    let shop = Listening::on(Shop::open(stack, &keys).await).await;
    let phone = shop.orders.shop.phone.clone();
    let order = express(&shop.order(50_000, "/vipps"), &shop.server.url("/consents/"));
    let order_id = shop.initiate(&order).await;
    let path = format!("/kvitt/v1/payers/{phone}/revoke-consent");
    let revoke = || {
        let body = json!({"merchantSerialNumber": keys.msn});
        Answer::of(shop.orders.shop.request(Method::POST, &path).json(&body))
    };
    // There is nothing to take back yet.
    revoke().await.is(200);
    shop.payer(&order_id, "approve", &json!({"phoneNumber": phone, "consent": true})).await.is(200);
    let (_, body) = shop.update(&order_id, 54_990).await;
    let user_id = body["userDetails"]["userId"].as_str().expect("a text").to_owned();

    revoke().await.is(200);
    revoke().await.is(200);
    let removals = || {
        let mut received = shop.server.received();
        received.retain(|one| one.line.starts_with("DELETE "));
        received
    };
    eventually!(!removals().is_empty());
    assert_eq!(removals().len(), 1);
    let removal = removals().remove(0);
    assert_eq!(removal.line, format!("DELETE /consents/v2/consents/{user_id}"));
    assert_eq!((removal.header("authorization"), removal.bytes.len()), (TOKEN, 0));
}
