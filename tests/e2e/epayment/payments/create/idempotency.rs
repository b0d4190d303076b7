//! A create under a key that has been used.

use kvitt_tests::Shop;
use kvitt_tests::requests::{fresh_key, fresh_reference, with};
use serde_json::json;

#[tokio::test]
async fn p17_a_create_repeated_under_its_key_gets_the_first_answer() {
    let shop = Shop::named("full").await;
    let (key, body) = (fresh_key(), shop.minimal(10_000));
    let first = shop.create_keyed(&key, &body).await;
    first.is(201);
    let again = shop.create_keyed(&key, &body).await;
    again.is(201);
    assert_eq!(again.text, first.text);
    let reference = body["reference"].as_str().unwrap();
    assert_eq!(shop.event_names(reference).await, ["CREATED"]);

    shop.cancel(reference).await.is(200);
    let late = shop.create_keyed(&key, &body).await;
    assert_eq!(late.text, first.text, "the answer does not change with the payment");
}

#[tokio::test]
async fn p18_a_create_key_used_with_another_amount_is_a_conflict() {
    let shop = Shop::named("full").await;
    let (key, body) = (fresh_key(), shop.minimal(10_000));
    shop.create_keyed(&key, &body).await.is(201);
    shop.create_keyed(&key, &with(&body, "/amount/value", json!(20_000))).await.refused(409, "4020");
    shop.create_keyed(&key, &with(&body, "/reference", json!(fresh_reference()))).await.refused(409, "4020");
    let answer = shop.payment(body["reference"].as_str().unwrap()).await;
    assert_eq!(answer.is(200)["amount"]["value"], 10_000);
}

#[tokio::test]
async fn the_same_create_in_other_words_is_the_same_create() {
    let shop = Shop::named("full").await;
    let (key, body) = (fresh_key(), shop.minimal(10_000));
    let first = shop.create_keyed(&key, &body).await;
    first.is(201);
    let in_other_words = [
        with(&body, "/minimumUserAge", json!(null)),
        with(&body, "/someUnknownField", json!({"deep": [1, 2, 3]})),
        with(&body, "/amount/value", json!(10_000.0)),
        with(&body, "/customer", json!(null)),
    ];
    for words in in_other_words {
        let again = shop.create_keyed(&key, &words).await;
        again.is(201);
        assert_eq!(again.text, first.text);
    }
}

#[tokio::test]
async fn a_refused_create_is_remembered_and_a_broken_field_is_not() {
    let shop = Shop::named("full").await;
    let (key, body) = (fresh_key(), shop.minimal(10_000));
    let small = with(&body, "/amount/value", json!(99));
    shop.create_keyed(&key, &small).await.refused(400, "6010");
    shop.create_keyed(&key, &small).await.refused(400, "6010");
    shop.create_keyed(&key, &body).await.refused(409, "4020");

    let key = fresh_key();
    let broken = with(&body, "/paymentDescription", json!("ab"));
    shop.create_keyed(&key, &broken).await.names_field("paymentDescription");
    shop.create_keyed(&key, &body).await.is(201);
}

#[tokio::test]
async fn a_create_key_is_the_sales_units_own() {
    let shop = Shop::named("full").await;
    let second = Shop::named("second").await;
    let (key, body) = (fresh_key(), shop.minimal(10_000));
    shop.create_keyed(&key, &body).await.is(201);
    second.create_keyed(&key, &with(&body, "/amount/value", json!(20_000))).await.is(201);
}
