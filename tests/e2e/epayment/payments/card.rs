//! Cards: typed in on the landing page with 3-D Secure, and several in the payer's app.

use kvitt_proto::wallet::v1::{Card, FindPayerRequest, ListCardsRequest};
use kvitt_tests::requests::with;
use kvitt_tests::{Answer, Mesh, Shop, Stack};
use reqwest::Method;
use serde_json::{Value, json};

async fn cards(phone: &str) -> Vec<Card> {
    let mesh = Mesh::operator(Stack::shared()).await;
    let request = FindPayerRequest { phone_number: phone.to_owned() };
    let payer = mesh
        .wallet()
        .find_payer(request)
        .await
        .expect("it is answered")
        .into_inner()
        .payer
        .expect("it is there");
    let request = ListCardsRequest { payer_id: payer.payer_id };
    mesh.wallet().list_cards(request).await.expect("it is answered").into_inner().cards
}

/// A number of 16 digits with the first six and last four of the card, whose check digit is right.
fn number(card: &Card) -> String {
    (0..1_000_000)
        .map(|middle| format!("{}{middle:06}{}", card.bin, card.last_four))
        .find(|number| {
            let digits = number.bytes().rev().map(|byte| u32::from(byte - b'0')).enumerate();
            let doubled = digits.map(|(place, digit)| {
                let digit = digit * if place % 2 == 1 { 2 } else { 1 };
                if digit > 9 { digit - 9 } else { digit }
            });
            doubled.sum::<u32>() % 10 == 0
        })
        .expect("it is there")
}

async fn act(shop: &Shop, reference: &str, act: &str, body: &Value) -> Answer {
    let path = format!("/kvitt/v1/payments/{reference}/payer/{act}");
    Answer::of(shop.request(Method::POST, &path).json(body)).await
}

async fn by_card(shop: &Shop) -> String {
    let body = with(&shop.minimal(10_000), "/paymentMethod/type", json!("CARD"));
    shop.create(&body).await.is(201)["reference"].as_str().expect("a text").to_owned()
}

fn typed(card: &Card) -> Value {
    json!({"cardNumber": number(card), "expiresMonth": card.expires_month, "securityCode": "123"})
}

#[tokio::test]
async fn a_typed_card_pays_once_its_owner_has_confirmed() {
    let shop = Shop::named("full").await;
    let reference = by_card(&shop).await;
    let card = cards(&shop.phone).await.remove(0);
    let challenged = act(&shop, &reference, "card", &typed(&card)).await;
    let challenge = challenged.is(200)["challengeId"].as_str().expect("a text").to_owned();
    assert_eq!(shop.state(&reference).await, "CREATED");
    let passed = json!({"challengeId": challenge, "passed": true});
    act(&shop, &reference, "challenge", &passed).await.is(200);
    let payment = shop.payment(&reference).await.is(200).clone();
    assert_eq!(payment["state"], "AUTHORIZED");
    assert_eq!(payment["paymentMethod"], json!({"type": "CARD", "cardBin": card.bin}));
    // The same answer again changes nothing; another one is too late.
    act(&shop, &reference, "challenge", &passed).await.is(200);
    let failed = json!({"challengeId": challenge, "passed": false});
    assert_eq!(act(&shop, &reference, "challenge", &failed).await.status, 400);
    shop.capture(&reference, 10_000).await.is(200);
}

#[tokio::test]
async fn a_challenge_that_is_not_passed_leaves_the_payment_to_another_try() {
    let shop = Shop::named("full").await;
    let reference = by_card(&shop).await;
    let card = cards(&shop.phone).await.remove(0);
    let challenge = act(&shop, &reference, "card", &typed(&card)).await.is(200)["challengeId"].clone();
    let failed = json!({"challengeId": challenge, "passed": false});
    act(&shop, &reference, "challenge", &failed).await.refused(400, "10010");
    assert_eq!(shop.state(&reference).await, "CREATED");
    let challenge = act(&shop, &reference, "card", &typed(&card)).await.is(200)["challengeId"].clone();
    act(&shop, &reference, "challenge", &json!({"challengeId": challenge, "passed": true})).await.is(200);
    assert_eq!(shop.state(&reference).await, "AUTHORIZED");
}

#[tokio::test]
async fn a_card_that_nobody_has_and_one_that_is_none_are_refused() {
    let shop = Shop::named("full").await;
    let reference = by_card(&shop).await;
    let nobodys = json!({"cardNumber": "4242424242424242", "expiresMonth": "2040-12", "securityCode": "123"});
    act(&shop, &reference, "card", &nobodys).await.refused(400, "10010");
    let wrong = json!({"cardNumber": "4242424242424241", "expiresMonth": "2040-12", "securityCode": "123"});
    act(&shop, &reference, "card", &wrong).await.names_field("cardNumber");
    assert_eq!(shop.state(&reference).await, "CREATED");
}

#[tokio::test]
async fn each_method_takes_its_own_source() {
    let shop = Shop::named("full").await;
    let card = cards(&shop.phone).await.remove(0);
    let wallet = shop.created(10_000).await;
    act(&shop, &wallet, "card", &typed(&card)).await.refused(400, "10040");
    let typed = by_card(&shop).await;
    let app = json!({"phoneNumber": shop.phone});
    act(&shop, &typed, "approve", &app).await.refused(400, "10040");
    shop.approve(&typed, &shop.phone).await.refused(400, "10060");
}

#[tokio::test]
async fn a_payer_whose_card_is_declined_takes_another_one() {
    let shop = Shop::named("full").await;
    let cards = cards(&shop.phone).await;
    assert!(cards.len() > 1, "the payer has several cards");
    // The first try is declined by its amount at the bank, so the payment must ask for that amount.
    let reference = shop.created(151).await;
    for card in &cards[..2] {
        let choice = json!({"phoneNumber": shop.phone, "cardId": card.card_id});
        act(&shop, &reference, "approve", &choice).await.refused(400, "10010");
        assert_eq!(shop.state(&reference).await, "CREATED");
    }
    let attempts = shop.events(&reference).await;
    let failed = attempts.iter().filter(|event| event["name"] == "AUTHORIZED" && event["success"] == false);
    assert_eq!(failed.count(), 2);
    let reference = shop.created(10_000).await;
    let choice = json!({"phoneNumber": shop.phone, "cardId": cards[1].card_id});
    act(&shop, &reference, "approve", &choice).await.is(200);
    assert_eq!(shop.payment(&reference).await.is(200)["paymentMethod"]["cardBin"], cards[1].bin.as_str());
}
