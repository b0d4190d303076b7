//! What goes out, and when: statements 61 to 64.

use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use kvitt_runtime::wall_now;
use kvitt_signing::{Message, content_sha256};
use kvitt_testing::eventually;
use kvitt_tests::{Answer, Received, Receiver, Reply, Shop, Stack, StackPlan};
use reqwest::Method;
use serde_json::json;

const CREATED: &str = "epayments.payment.created.v1";
const TERMINATED: &str = "epayments.payment.terminated.v1";
const AUTHORIZED: &str = "epayments.payment.authorized.v1";
const CAPTURED: &str = "epayments.payment.captured.v1";

/// A registration as its owner knows it.
struct Registered {
    id: String,
    secret: String,
}

async fn register(shop: &Shop, url: &str, events: &[&str]) -> Registered {
    let body = json!({"url": url, "events": events});
    let answer = Answer::of(shop.request(Method::POST, "/webhooks/v1/webhooks").json(&body)).await;
    let registered = answer.is(201);
    let text = |field: &str| registered[field].as_str().expect("a text").to_owned();
    Registered { id: text("id"), secret: text("secret") }
}

/// The request's own signature, made again from what was received.
fn signature(received: &Received, secret: &str) -> String {
    let path_and_query = received.line.strip_prefix("POST ").expect("deliveries are posted");
    let message = Message {
        method: "POST",
        path_and_query,
        date: received.header("x-ms-date"),
        host: received.header("host"),
        content_sha256: received.header("x-ms-content-sha256"),
    };
    message.authorization(secret)
}

fn signed_at(received: &Received) -> DateTime<Utc> {
    let date = received.header("x-ms-date");
    DateTime::parse_from_rfc2822(date).expect("a date as RFC 1123 writes it").to_utc()
}

#[test]
fn p61_the_published_check_vector_is_reproduced() {
    let body = br#"{"some-unique-content":"ee6e441b-cc4a-46f8-895d-a5af79bcc233/hello-world"}"#;
    assert_eq!(content_sha256(body), "lNlsp1XA03N34HrQsVzPgJKtC+r7l/RBF4V3JQUWMj4=");
    let message = Message {
        method: "POST",
        path_and_query: "/e2cee29b-012e-4f1d-8ef4-e95fd74a7a63",
        date: "Thu, 30 Mar 2023 08:38:32 GMT",
        host: "webhook.site",
        content_sha256: &content_sha256(body),
    };
    let secret = "A0+AeKBRG2KRGvnNwJpQlb6IJFk48CKXCIcrLoHncVJKDILsQSxS6NWCccwWm6r6FhGKhiHTBsG2wo/xU6FY/A==";
    let signature = "agAiSyogQbDHpeucoNwYz+yAr5nJ+v+zasdkSbqzv+U=";
    let expected =
        format!("HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature={signature}");
    assert_eq!(message.authorization(secret), expected);
}

#[tokio::test]
async fn p62_a_delivery_is_signed_over_its_body_and_its_url_and_says_whose_it_is() {
    let shop = Shop::named("full").await;
    let receiver = Receiver::kind().await;
    let registered = register(&shop, &receiver.url("/hook?callback=webhook&a=%20b"), &[AUTHORIZED]).await;
    let reference = shop.authorized(49_900).await;
    eventually!(receiver.about(&reference).len() == 1);
    let received = receiver.about(&reference).remove(0);
    assert_eq!(received.line, "POST /hook?callback=webhook&a=%20b");
    assert_eq!(received.header("x-ms-content-sha256"), content_sha256(&received.bytes));
    assert_eq!(received.header("host"), receiver.address().to_string());
    assert_eq!(received.header("authorization"), signature(&received, &registered.secret));
    assert_eq!(received.header("x-vipps-authorization"), received.header("authorization"));
    assert_eq!(received.header("webhook-id"), registered.id);
    assert_eq!(received.header("content-type"), "application/json; charset=utf-8");
    assert_eq!(received.header("user-agent"), "Vipps MobilePay/1.0 Webhooks/1.0");
    assert_eq!(received.header("accept-encoding"), "gzip");
    assert!((wall_now() - signed_at(&received)).abs() < TimeDelta::seconds(60), "it is signed just now");
    let event = shop.events(&reference).await.pop().expect("it was authorized");
    let body = received.json();
    for field in ["reference", "pspReference", "name", "amount", "success"] {
        assert_eq!(body[field], event[field], "{field}");
    }
    assert_eq!(body["msn"], json!(shop.keys.msn));
    assert_eq!(body["timestamp"], event["timestamp"]);
}

#[tokio::test]
async fn p63_a_delivery_that_fails_is_repeated_signed_anew_and_only_its_payment_waits() {
    let shop = Shop::named("full").await;
    let failing = shop.created(1_000).await;
    let receiver = {
        let failing = failing.clone();
        let tries = std::sync::atomic::AtomicUsize::new(0);
        Receiver::start(move |one| {
            let first = one.text("reference") == failing
                && tries.fetch_add(1, std::sync::atomic::Ordering::Relaxed) == 0;
            Reply::Status(if first { 500 } else { 200 })
        })
        .await
    };
    let registered = register(&shop, &receiver.url("/"), &[AUTHORIZED, CAPTURED]).await;
    shop.approve(&failing, &shop.phone).await.is(200);
    eventually!(!receiver.about(&failing).is_empty());
    shop.capture(&failing, 400).await.is(200);
    shop.capture(&failing, 600).await.is(200);
    let other = shop.authorized(2_000).await;
    eventually!(receiver.about(&failing).len() == 4);

    let told = receiver.about(&failing);
    let names: Vec<_> = told.iter().map(|one| one.text("name")).collect();
    assert_eq!(names, ["AUTHORIZED", "AUTHORIZED", "CAPTURED", "CAPTURED"]);
    let amounts: Vec<_> = told.iter().map(|one| one.json()["amount"]["value"].clone()).collect();
    assert_eq!(amounts[2..], [json!(400), json!(600)]);
    let pause = told[1].at - told[0].at;
    assert!(pause >= Duration::from_millis(1_500), "tried again after {pause:?}");
    assert_eq!(told[0].bytes, told[1].bytes);
    assert!(signed_at(&told[1]) > signed_at(&told[0]));
    assert_eq!(told[1].header("authorization"), signature(&told[1], &registered.secret));
    assert_ne!(told[1].header("authorization"), told[0].header("authorization"));
    let other = receiver.about(&other);
    assert_eq!(other.len(), 1);
    assert!(other[0].at < told[1].at, "another payment does not wait");
}

#[tokio::test(flavor = "multi_thread")]
async fn p64_202_is_a_success_and_eleven_seconds_of_silence_are_none() {
    // Its own, since what other tests do would keep the silent receiver busy.
    let stack = Stack::own(StackPlan::default()).await;
    let shop = Shop::open(&stack, stack.keys("full")).await;
    let taking = Receiver::start(|_| Reply::Status(202)).await;
    let silent = Receiver::start(|_| Reply::Silence).await;
    register(&shop, &taking.url("/"), &[CREATED, TERMINATED]).await;
    register(&shop, &silent.url("/"), &[CREATED, TERMINATED]).await;
    let reference = shop.created(1_000).await;
    shop.cancel(&reference).await.is(200);
    eventually!(!silent.about(&reference).is_empty() && !taking.about(&reference).is_empty());
    // Ten seconds, then two more until the next try.
    let begun = Instant::now();
    while silent.about(&reference).len() < 2 && begun.elapsed() < Duration::from_secs(60) {
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let tries = silent.about(&reference);
    assert!(tries.len() >= 2, "silence counts as a failure");
    assert!(tries.iter().all(|one| one.text("name") == "CREATED"));
    assert!(tries[1].at - tries[0].at >= Duration::from_secs(11));
    let taken = taking.about(&reference);
    assert_eq!(taken.len(), 2, "what was taken is not sent again");
    assert!(taken[1].at < tries[1].at, "nobody waits for another's receiver");
    stack.stop().await;
}

#[tokio::test]
async fn whatever_a_receiver_does_is_bounded_and_delays_nobody_else() {
    let shop = Shop::named("full").await;
    let healthy = Receiver::kind().await;
    let elsewhere = Receiver::kind().await;
    let target = elsewhere.url("/caught");
    let bad = [
        Receiver::start(|_| Reply::Silence).await,
        Receiver::start(|_| Reply::Reset).await,
        Receiver::start(move |_| Reply::Redirect(target.clone())).await,
        Receiver::start(|_| Reply::Status(404)).await,
        Receiver::start(|_| Reply::Drip).await,
        Receiver::start(|_| Reply::Large(10 << 20)).await,
    ];
    for receiver in &bad {
        register(&shop, &receiver.url("/"), &[CREATED]).await;
    }
    register(&shop, "http://127.0.0.1:9/", &[CREATED]).await;
    register(&shop, &healthy.url("/"), &[CREATED]).await;
    let mut references = Vec::new();
    for _ in 0..20 {
        references.push(shop.created(1_000).await);
    }
    eventually!(references.iter().all(|reference| healthy.about(reference).len() == 1));
    eventually!(bad.iter().all(|receiver| references.iter().any(|one| !receiver.about(one).is_empty())));
    assert_eq!(elsewhere.count(), 0, "a redirect is not followed");
    // A success is one whatever its body does: none of those is repeated.
    let [.., drip, large] = &bad;
    eventually!(references.iter().all(|one| drip.about(one).len() == 1 && large.about(one).len() == 1));
}

#[tokio::test]
async fn a_registration_may_be_signed_by_the_convention_of_standard_webhooks_too() {
    let shop = Shop::named("full").await;
    let receiver = Receiver::kind().await;
    let body = json!({"url": receiver.url("/"), "events": [CREATED], "standardWebhooks": true});
    let answer = Answer::of(shop.request(Method::POST, "/webhooks/v1/webhooks").json(&body)).await;
    let secret = answer.is(201)["secret"].as_str().expect("a text").to_owned();
    let reference = shop.created(1_000).await;
    eventually!(receiver.about(&reference).len() == 1);
    let received = receiver.about(&reference).remove(0);
    assert_eq!(received.header("webhook-id"), received.text("pspReference"));
    let parts = (received.header("webhook-id"), received.header("webhook-timestamp"));
    let expected = kvitt_signing::standard_webhooks(&secret, parts, &received.bytes);
    assert_eq!(received.header("webhook-signature"), expected);
    assert_eq!(received.header("authorization"), signature(&received, &secret));
}
