//! `/qr/v1/merchant-callback`: printed codes that tell the merchant that a payer is there.

use kvitt_testing::eventually;
use kvitt_tests::requests::{fresh_reference, push_message, with, without};
use kvitt_tests::{Answer, Receiver, Reply, Shop, Stack, StackPlan};
use reqwest::Method;
use serde_json::{Value, json};

use super::{fetch, fresh_id, read, scan};

const BASE: &str = "/qr/v1/merchant-callback";
const CHECKED_IN: &str = "user.checked-in.v1";

async fn put(shop: &Shop, id: &str, body: &Value) -> Answer {
    Answer::of(shop.request(Method::PUT, &format!("{BASE}/{id}")).json(body)).await
}

async fn get(shop: &Shop, id: &str, query: &str) -> Value {
    shop.get(&format!("{BASE}/{id}{query}")).await.is(200).clone()
}

fn content(code: &Value) -> &str {
    code["qrContent"].as_str().expect("a text")
}

/// Hears of check-ins of the unit.
async fn listen(shop: &Shop, receiver: &Receiver) {
    let body = json!({"url": receiver.url("/"), "events": [CHECKED_IN]});
    Answer::of(shop.request(Method::POST, "/webhooks/v1/webhooks").json(&body)).await.is(201);
}

async fn state(shop: &Shop, scanned: &Answer) -> String {
    let id = scanned.body["checkInId"].as_str().expect("a text");
    let answer = shop.get(&format!("/kvitt/v1/check-ins/{id}")).await;
    answer.is(200)["state"].as_str().expect("a text").to_owned()
}

#[tokio::test]
async fn p67_a_callback_code_needs_its_unit_named_and_is_put_with_an_empty_answer() {
    let shop = Shop::named("full").await;
    let id = fresh_id("machine");
    let body = json!({"locationDescription": "Kasse 1"});
    let nameless = shop
        .bare(Method::PUT, &format!("{BASE}/{id}"))
        .header("Authorization", format!("Bearer {}", shop.token))
        .header("Ocp-Apim-Subscription-Key", &shop.keys.primary)
        .json(&body);
    let refused = Answer::of(nameless).await;
    assert_eq!(refused.status, 400, "{}", refused.text);
    assert_eq!(refused.body["invalidParams"][0]["name"], "Merchant-Serial-Number", "{}", refused.text);

    let put_once = put(&shop, &id, &body).await;
    assert_eq!((put_once.status, put_once.text.as_str()), (200, ""));
    for wrong in ["x".repeat(37), String::new()] {
        let refused = put(&shop, &id, &json!({"locationDescription": wrong})).await;
        assert_eq!(refused.status, 400, "{}", refused.text);
        assert_eq!(refused.body["invalidParams"][0]["name"], "locationDescription", "{}", refused.text);
    }
    assert_eq!(put(&shop, &id, &json!({})).await.status, 400);
    let wrong = json!({"locationDescription": "Kasse 1", "category": "ON_THE_MOON"});
    assert_eq!(put(&shop, &id, &wrong).await.status, 400);

    let code = get(&shop, &id, "").await;
    assert_eq!(code["merchantSerialNumber"], json!(shop.keys.msn));
    assert_eq!(code["merchantQrId"], json!(id));
    assert_eq!(code["locationDescription"], "Kasse 1");
    let picture = fetch(&shop, code["qrImageUrl"].as_str().expect("a text")).await;
    assert_eq!(picture.headers()["content-type"], "image/svg+xml");
    // Any case of the query's names and values will do.
    for query in ["?QrImageFormat=PNG&QrImageSize=300", "?qrImageFormat=png&qrimagesize=300"] {
        let code = get(&shop, &id, query).await;
        let picture = fetch(&shop, code["qrImageUrl"].as_str().expect("a text")).await;
        assert_eq!(read(&picture.bytes().await.expect("it is answered")), content(&code));
    }
    let refused = shop.get(&format!("{BASE}/{id}?QrImageFormat=PNG&QrImageSize=2001")).await;
    assert_eq!(refused.status, 400, "{}", refused.text);

    // Put again, it says something else, and the print stays.
    put(&shop, &id, &json!({"locationDescription": "Kasse 2", "category": "VENDING"})).await;
    let changed = get(&shop, &id, "").await;
    assert_eq!((&changed["locationDescription"], content(&changed)), (&json!("Kasse 2"), content(&code)));
    assert!(shop.get(BASE).await.is(200).as_array().expect("an array").contains(&changed));

    let gone = Answer::of(shop.request(Method::DELETE, &format!("{BASE}/{id}"))).await;
    assert_eq!((gone.status, gone.text.as_str()), (200, ""));
    assert_eq!(shop.get(&format!("{BASE}/{id}")).await.status, 404);
    assert_eq!(scan(&shop, &shop.phone, content(&code)).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn p68_a_scan_tells_the_merchant_who_can_ask_for_money_once_within_a_quarter_of_an_hour() {
    let stack = Stack::own(StackPlan::default()).await;
    let shop = Shop::open(&stack, stack.keys("full")).await;
    let receiver = Receiver::kind().await;
    listen(&shop, &receiver).await;
    put(&shop, "machine-1", &json!({"locationDescription": "Platform 3", "category": "VENDING"})).await;
    let code = get(&shop, "machine-1", "").await;

    let scanned = scan(&shop, &shop.phone, content(&code)).await;
    assert_eq!(scanned.is(200)["kind"], "CHECK_IN");
    assert_eq!(
        (&scanned.body["locationDescription"], &scanned.body["listening"]),
        (&json!("Platform 3"), &json!(true))
    );
    eventually!(receiver.count() == 1);
    eventually!(state(&shop, &scanned).await == "REACHED");
    let told = receiver.received().remove(0).json();
    let mut names: Vec<&String> = told.as_object().expect("an object").keys().collect();
    names.sort();
    assert_eq!(names, ["customerToken", "initiatedAt", "merchantQrId", "merchantSerialNumber", "msn"]);
    assert_eq!((&told["msn"], &told["merchantSerialNumber"]), (&json!(shop.keys.msn), &json!(shop.keys.msn)));
    assert_eq!(told["merchantQrId"], "machine-1");

    // The vending machine asks whoever stands before it, and is paid.
    let customer = json!({"customerToken": told["customerToken"]});
    let order = with(
        &without(&push_message(&fresh_reference(), "NOK", 2_500, ""), "/customer"),
        "/customer",
        customer,
    );
    let made = shop.create(&order).await;
    let reference = made.is(201)["reference"].as_str().expect("a text").to_owned();
    shop.approve(&reference, &shop.phone).await.is(200);
    shop.capture(&reference, 2_500).await.is(200);
    shop.create(&with(&order, "/reference", json!(fresh_reference()))).await.refused(400, "4050");

    scan(&shop, &shop.phone, content(&code)).await.is(200);
    eventually!(receiver.count() == 2);
    let late = receiver.received().remove(1).json()["customerToken"].clone();
    Answer::of(shop.request(Method::POST, "/kvitt/v1/clock").json(&json!({"advance": "15m"}))).await.is(200);
    let order = with(&order, "/customer/customerToken", late);
    shop.create(&with(&order, "/reference", json!(fresh_reference()))).await.refused(400, "4050");
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payer_is_told_when_the_shop_cannot_be_reached() {
    let stack = Stack::own(StackPlan::default()).await;
    let shop = Shop::open(&stack, stack.keys("full")).await;
    put(&shop, "till", &json!({"locationDescription": "Kiosk"})).await;
    let code = get(&shop, "till", "").await;
    let scanned = scan(&shop, &shop.phone, content(&code)).await;
    assert_eq!(scanned.is(200)["listening"], false);

    let failing = Receiver::start(|_| Reply::Status(500)).await;
    listen(&shop, &failing).await;
    let scanned = scan(&shop, &shop.phone, content(&code)).await;
    assert_eq!(scanned.is(200)["listening"], true);
    eventually!(state(&shop, &scanned).await == "UNREACHED");
    // Nobody is told of a payer who has long gone.
    Answer::of(shop.request(Method::POST, "/kvitt/v1/clock").json(&json!({"advance": "20m"}))).await.is(200);
    let listed = async || shop.get("/kvitt/v1/deliveries").await.is(200)["deliveries"][0].clone();
    eventually!(listed().await["state"] == "GIVEN_UP");
    stack.stop().await;
}

#[tokio::test]
async fn a_beacon_of_mobilepay_becomes_a_callback_code_of_the_first_who_takes_it_over() {
    let (shop, other) = (Shop::named("danish").await, Shop::named("finnish").await);
    let beacon = fresh_id("beacon");
    let import = |shop: &Shop, id: &str| {
        let path = format!("{BASE}/mobilepay/{id}");
        Answer::of(shop.request(Method::PUT, &path).json(&json!({"locationDescription": "Kasse 7"})))
    };
    let taken = import(&shop, &beacon).await;
    assert_eq!((taken.status, taken.text.as_str()), (200, ""));
    assert_eq!(import(&shop, &beacon).await.status, 200);
    assert_eq!(import(&other, &beacon).await.status, 409);
    let code = get(&shop, &beacon, "").await;
    assert_eq!(content(&code), format!("mobilepaypos://pos?id={beacon}&source=qr"));
    let scanned = scan(&shop, &shop.phone, content(&code)).await;
    assert_eq!(
        (&scanned.is(200)["kind"], &scanned.body["locationDescription"]),
        (&json!("CHECK_IN"), &json!("Kasse 7"))
    );
    assert_eq!(import(&shop, "b%20c").await.status, 400);
}
