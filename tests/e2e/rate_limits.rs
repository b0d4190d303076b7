//! How often upstream lets an operation be called, and how often credentials may be wrong. Every test has a stack of its
//! own, since what one uses up would be missed by another; they wait for nothing, so limits are met faster than they
//! refill.

use kvitt_tests::requests::{fresh_key, without};
use kvitt_tests::{Answer, Shop, Stack, StackPlan};
use reqwest::Method;
use serde_json::json;
use tokio::task::JoinSet;

async fn limited() -> (Stack, Shop) {
    let stack = Stack::own(StackPlan { rate_limits: true, ..StackPlan::default() }).await;
    let shop = Shop::open(&stack, stack.keys("full")).await;
    (stack, shop)
}

/// Checks a refusal in problem+json, and that it says when to come back.
#[track_caller]
fn is_told_to_wait(answer: &Answer, most_seconds: u64) {
    let problem = answer.problem(429);
    assert_eq!(problem["title"], "Too Many Requests");
    assert_eq!(problem["extraDetails"], serde_json::Value::Null);
    let seconds = seconds(answer);
    assert!((1..=most_seconds).contains(&seconds), "{seconds}");
    let unit = if seconds == 1 { "second" } else { "seconds" };
    assert_eq!(problem["detail"], format!("Rate limit is exceeded. Try again in {seconds} {unit}."));
}

#[track_caller]
fn seconds(answer: &Answer) -> u64 {
    let told = answer.headers.get("retry-after").expect("a 429 says when to come back");
    told.to_str().ok().and_then(|told| told.parse().ok()).expect("it says so in whole seconds")
}

#[tokio::test]
async fn p52_the_sixth_capture_call_in_a_minute_is_429_and_another_reference_is_not() {
    let (_stack, shop) = limited().await;
    let reference = shop.authorized(10_000).await;
    let other = shop.authorized(10_000).await;
    let key = fresh_key();
    // Repetitions count like any call.
    for key in [&key, &key, &fresh_key(), &fresh_key(), &fresh_key()] {
        shop.capture_keyed(&reference, key, 1_000).await.is(200);
    }
    for key in [key, fresh_key()] {
        let sixth = shop.capture_keyed(&reference, &key, 1_000).await;
        is_told_to_wait(&sixth, 12);
        assert_eq!(sixth.body["instance"], format!("/v1/payments/{reference}/capture"));
    }
    shop.capture(&other, 1_000).await.is(200);

    assert_eq!(shop.sums(&reference).await, [10_000, 4_000, 0, 0], "what is refused is not done");
    shop.refund(&reference, 1_000).await.is(200);
    shop.cancel(&reference).await.is(200);
}

#[tokio::test]
async fn a_reference_written_in_another_way_is_the_same_reference() {
    let (_stack, shop) = limited().await;
    let reference = shop.created(10_000).await;
    for _ in 0..5 {
        shop.refund(&reference, 1_000).await.refused(400, "6020");
    }
    let escaped = reference.replace('-', "%2d");
    is_told_to_wait(&shop.refund(&escaped, 1_000).await, 12);
    let shouted = format!("/ePayment/v1/payments/{reference}/REFUND/");
    is_told_to_wait(&shop.post(&shouted, &fresh_key(), &json!({})).await, 12);
}

#[tokio::test]
async fn creates_whose_reference_is_missing_or_misspelt_share_one_limit() {
    let (stack, shop) = limited().await;
    let missing = without(&shop.minimal(10_000), "/reference");
    for number in 0..5 {
        let mut misspelt = missing.clone();
        misspelt["Reference"] = json!(format!("order-{number}-1234567"));
        shop.create(&misspelt).await.names_field("reference");
    }
    is_told_to_wait(&shop.create(&missing).await, 12);
    shop.created(10_000).await;
    let second = Shop::open(&stack, stack.keys("second")).await;
    second.create(&missing).await.names_field("reference");

    let body = shop.minimal(10_000);
    let key = fresh_key();
    for _ in 0..5 {
        shop.create_keyed(&key, &body).await.is(201);
    }
    is_told_to_wait(&shop.create_keyed(&key, &body).await, 12);
}

#[tokio::test]
async fn a_payment_and_its_events_may_each_be_read_120_times_a_minute() {
    const ASKED: usize = 300;
    let (_stack, shop) = limited().await;
    let reference = shop.created(10_000).await;
    let mut asking = JoinSet::new();
    for _ in 0..ASKED {
        let (shop, reference) = (shop.clone(), reference.clone());
        asking.spawn(async move { shop.payment(&reference).await });
    }
    let answers = asking.join_all().await;
    let read = answers.iter().filter(|answer| answer.status == 200).count();
    assert!((120..ASKED).contains(&read), "{read}");
    for refused in answers.iter().filter(|answer| answer.status != 200) {
        is_told_to_wait(refused, 1);
    }
    shop.events(&reference).await;
    shop.created(10_000).await;
}

#[tokio::test]
async fn whoever_guesses_has_to_wait_and_whoever_is_proven_has_not() {
    let (stack, shop) = limited().await;
    let second = stack.keys("second");
    let guess = |id: &str| {
        let request = shop.token_request_with(id, "guess", Some(&second.primary));
        async { Answer::of(request).await }
    };
    let of_client = refused_after(|| guess(&second.client_id)).await;
    assert!((10..30).contains(&of_client.0), "one client: {}", of_client.0);
    assert_eq!(of_client.1.body["statusCode"], 429);
    assert!((1..=6).contains(&seconds(&of_client.1)));

    let mut others = 0..;
    let of_address = refused_after(|| guess(&others.next().unwrap().to_string())).await;
    assert!(of_client.0 + of_address.0 >= 30, "one address: {}", of_address.0);
    let of_key = || shop.bare(Method::GET, "/epayment/v1/payments/order-12345678");
    let of_key = || of_key().header("Authorization", format!("Bearer {}", shop.token));
    let of_key = refused_after(|| Answer::of(of_key().header("Ocp-Apim-Subscription-Key", "guess"))).await;
    is_told_to_wait(&of_key.1, 2);

    // The same address, but what is known to be right is no guess.
    Answer::of(shop.token_request()).await.is(200);
    shop.created(10_000).await;
}

/// How often it is 401 before it is 429, and that answer.
async fn refused_after<F: Future<Output = Answer>>(mut ask: impl FnMut() -> F) -> (usize, Answer) {
    for times in 0..200 {
        let answer = ask().await;
        if answer.status == 429 {
            return (times, answer);
        }
        assert_eq!(answer.status, 401, "{}", answer.text);
    }
    panic!("nothing limits it");
}

#[tokio::test]
async fn a_stack_that_was_not_asked_to_limits_nothing() {
    let shop = Shop::named("full").await;
    let reference = shop.authorized(10_000).await;
    for _ in 0..10 {
        shop.capture(&reference, 1_000).await.is(200);
    }
    for _ in 0..40 {
        let guess = shop.token_request_with(&shop.keys.client_id, "guess", Some(&shop.keys.primary));
        assert_eq!(Answer::of(guess).await.status, 401);
    }
}
