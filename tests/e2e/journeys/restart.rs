//! The platform stops and starts on the same data.

use kvitt_tests::requests::fresh_key;
use kvitt_tests::{Shop, Stack, StackPlan};

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_keeps_payments_keys_and_remembered_answers() {
    let stack = Stack::own(StackPlan { durable: true, ..StackPlan::default() }).await;
    let shop = Shop::open(&stack, stack.keys("full")).await;
    let (key, body) = (fresh_key(), shop.minimal(10_000));
    let created = shop.create_keyed(&key, &body).await;
    let reference = created.is(201)["reference"].as_str().unwrap().to_owned();
    assert_eq!(shop.approve(&reference, &shop.phone).await.status, 200);
    let capture_key = fresh_key();
    let captured = shop.capture_keyed(&reference, &capture_key, 4_000).await;
    captured.is(200);
    let waiting = shop.created(10_000).await;
    let before = shop.payment(&reference).await;
    let events = shop.events(&reference).await;
    let old_token = shop.token.clone();

    let stack = stack.restarted().await;
    let mut shop = Shop::open(&stack, stack.keys("full")).await;
    let fresh_token = std::mem::replace(&mut shop.token, old_token);
    assert_eq!(shop.payment(&reference).await.text, before.text, "a token outlives a restart");
    shop.token = fresh_token;
    assert_eq!(shop.payment(&reference).await.text, before.text);
    assert_eq!(shop.events(&reference).await, events);
    assert_eq!(shop.create_keyed(&key, &body).await.text, created.text);
    assert_eq!(shop.capture_keyed(&reference, &capture_key, 4_000).await.text, captured.text);
    assert_eq!(shop.sums(&reference).await, [10_000, 4_000, 0, 0]);

    shop.capture(&reference, 6_000).await.is(200);
    shop.refund(&reference, 10_000).await.is(200);
    assert_eq!(shop.approve(&waiting, &shop.phone).await.status, 200);
    assert_eq!(shop.sums(&reference).await, [10_000, 10_000, 0, 10_000]);
    stack.stop().await;
}
