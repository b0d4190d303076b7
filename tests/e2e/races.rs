//! Many at once: sums hold, keys hold, somebody wins.

use std::collections::HashSet;

use kvitt_tests::requests::fresh_key;
use kvitt_tests::{Answer, Shop};
use tokio::task::JoinSet;

#[tokio::test]
async fn of_64_parallel_captures_of_the_last_ore_one_wins() {
    let shop = Shop::named("full").await;
    let reference = shop.authorized(10_000).await;
    shop.capture(&reference, 9_999).await.is(200);
    let mut captures = JoinSet::new();
    for _ in 0..64 {
        let (shop, reference) = (shop.clone(), reference.clone());
        captures.spawn(async move { shop.capture(&reference, 1).await });
    }
    let answers = captures.join_all().await;
    let (won, lost): (Vec<Answer>, Vec<Answer>) =
        answers.into_iter().partition(|answer| answer.status == 200);
    assert_eq!(won.len(), 1);
    for answer in lost {
        answer.refused(400, "6170");
    }
    assert_eq!(shop.sums(&reference).await, [10_000, 10_000, 0, 0]);
    assert_eq!(shop.event_names(&reference).await, ["CREATED", "AUTHORIZED", "CAPTURED", "CAPTURED"]);
}

#[tokio::test]
async fn of_50_parallel_creates_under_one_key_there_is_one_payment_and_50_equal_answers() {
    let shop = Shop::named("full").await;
    let (key, body) = (fresh_key(), shop.minimal(10_000));
    let mut creates = JoinSet::new();
    for _ in 0..50 {
        let (shop, key, body) = (shop.clone(), key.clone(), body.clone());
        creates.spawn(async move { shop.create_keyed(&key, &body).await });
    }
    let answers = creates.join_all().await;
    for answer in &answers {
        answer.is(201);
        assert_eq!(answer.text, answers[0].text);
    }
    let reference = body["reference"].as_str().unwrap();
    assert_eq!(shop.event_names(reference).await, ["CREATED"]);
}

#[tokio::test]
async fn of_30_parallel_creates_of_one_reference_under_their_own_keys_one_wins() {
    let shop = Shop::named("full").await;
    let body = shop.minimal(10_000);
    let mut creates = JoinSet::new();
    for _ in 0..30 {
        let (shop, body) = (shop.clone(), body.clone());
        creates.spawn(async move { shop.create(&body).await });
    }
    let answers = creates.join_all().await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 1);
    for answer in answers.iter().filter(|answer| answer.status != 201) {
        answer.refused(409, "4150");
    }
}

#[tokio::test]
async fn captures_and_a_cancel_at_once_never_take_more_than_is_authorized() {
    let shop = Shop::named("full").await;
    for _ in 0..8 {
        let reference = shop.authorized(10_000).await;
        let mut calls = JoinSet::new();
        for _ in 0..4 {
            let (shop, reference) = (shop.clone(), reference.clone());
            calls.spawn(async move { ("capture", shop.capture(&reference, 3_000).await) });
        }
        let (canceller, cancelled) = (shop.clone(), reference.clone());
        calls.spawn(async move { ("cancel", canceller.cancel(&cancelled).await) });
        let answers = calls.join_all().await;
        let count = |verb: &str| {
            answers.iter().filter(|(name, answer)| *name == verb && answer.status == 200).count()
        };
        let captured = i64::try_from(count("capture")).unwrap() * 3_000;
        let released = if count("cancel") == 1 { 10_000 - captured } else { 0 };
        assert_eq!(shop.sums(&reference).await, [10_000, captured, released, 0]);
        assert!(answers.iter().all(|(_, answer)| matches!(answer.status, 200 | 400 | 423)));
    }
}

#[tokio::test]
async fn of_16_parallel_approvals_one_reserves() {
    let shop = Shop::named("full").await;
    let reference = shop.created(10_000).await;
    let mut approvals = JoinSet::new();
    for _ in 0..16 {
        let (shop, reference) = (shop.clone(), reference.clone());
        approvals.spawn(async move { shop.approve(&reference, &shop.phone).await });
    }
    let answers = approvals.join_all().await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1, "{answers:?}");
    for answer in answers.iter().filter(|answer| answer.status != 200) {
        assert!(matches!(answer.code(), Some("6230" | "6160")), "{}", answer.text);
    }
    assert_eq!(shop.event_names(&reference).await, ["CREATED", "AUTHORIZED"]);
}

#[tokio::test]
async fn parallel_refunds_never_pay_back_more_than_was_captured() {
    let shop = Shop::named("full").await;
    let reference = shop.authorized(10_000).await;
    shop.capture(&reference, 10_000).await.is(200);
    let mut refunds = JoinSet::new();
    for _ in 0..12 {
        let (shop, reference) = (shop.clone(), reference.clone());
        refunds.spawn(async move { shop.refund(&reference, 3_000).await });
    }
    let answers = refunds.join_all().await;
    let done = answers.iter().filter(|answer| answer.status == 200).count();
    assert!((1..=3).contains(&done), "{done}");
    for answer in answers.iter().filter(|answer| answer.status != 200) {
        assert!(matches!(answer.code(), Some("6150" | "6160")), "{}", answer.text);
    }
    assert_eq!(shop.sums(&reference).await[3], i64::try_from(done).unwrap() * 3_000);
}

#[tokio::test]
async fn payments_made_at_once_all_get_their_own_ids() {
    let shop = Shop::named("full").await;
    let mut journeys = JoinSet::new();
    for _ in 0..20 {
        let shop = shop.clone();
        journeys.spawn(async move {
            let reference = shop.authorized(10_000).await;
            shop.capture(&reference, 10_000).await.is(200)["pspReference"].as_str().map(str::to_owned)
        });
    }
    let ids: HashSet<Option<String>> = journeys.join_all().await.into_iter().collect();
    assert_eq!(ids.len(), 20);
    assert!(!ids.contains(&None));
}
