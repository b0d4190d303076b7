//! Bodies that are no request at all, and headers beyond the limits.

use kvitt_tests::requests::{fresh_key, fresh_reference, web_redirect, with};
use kvitt_tests::{Answer, Shop};
use reqwest::Method;
use serde_json::json;

const CREATE: &str = "/epayment/v1/payments";

#[tokio::test]
async fn truncated_json_is_a_400_wherever_it_is_cut() {
    let shop = Shop::named("full").await;
    let reference = fresh_reference();
    let whole = web_redirect(&reference, "NOK", 10_000).to_string();
    for cut in (0..whole.len()).step_by(7) {
        shop.post_bytes(CREATE, whole[..cut].to_owned()).await.problem(400);
    }
    shop.payment(&reference).await.refused(404, "5090");
}

#[tokio::test]
async fn json_that_is_no_object_is_a_400() {
    let shop = Shop::named("full").await;
    let bodies =
        ["null", "true", "7", "\"text\"", "[]", "[{}]", "", " ", "{}{}", "{} x", "nul", "NaN", "{'a':1}"];
    for body in bodies {
        shop.post_bytes(CREATE, body).await.problem(400);
    }
}

#[tokio::test]
async fn a_body_of_a_megabyte_is_refused_and_not_read() {
    let shop = Shop::named("full").await;
    let reference = fresh_reference();
    let body = with(&web_redirect(&reference, "NOK", 10_000), "/padding", json!("x".repeat(1 << 20)));
    let request = shop.post_request(CREATE, &fresh_key(), &body);
    // The gateway may close the connection on a sender that goes on; then there is no answer to look at.
    if let Some(answer) = Answer::try_of(request).await {
        answer.problem(413);
    }
    shop.payment(&reference).await.refused(404, "5090");
    let below = with(&web_redirect(&reference, "NOK", 10_000), "/padding", json!("x".repeat(60_000)));
    shop.create(&below).await.is(201);
}

#[tokio::test]
async fn json_ten_thousand_deep_is_refused() {
    let shop = Shop::named("full").await;
    let reference = fresh_reference();
    let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    let sound = web_redirect(&reference, "NOK", 10_000).to_string();
    let inside = sound.replacen('{', &format!("{{\"unknown\":{deep},"), 1);
    let objects = format!("{}1{}", "{\"a\":".repeat(10_000), "}".repeat(10_000));
    let unclosed = "[".repeat(60_000);
    for body in [deep, inside, objects, unclosed] {
        shop.post_bytes(CREATE, body).await.problem(400);
    }
    shop.payment(&reference).await.refused(404, "5090");
}

#[tokio::test]
async fn bytes_that_are_no_utf_8_are_refused() {
    let shop = Shop::named("full").await;
    let reference = fresh_reference();
    let body = with(&web_redirect(&reference, "NOK", 10_000), "/paymentDescription", json!("two coffees"));
    let mut bytes = body.to_string().into_bytes();
    let place = bytes.windows(3).position(|three| three == b"two").unwrap();
    for wrong in [[0xff, 0xfe, 0xfd], [0xed, 0xa0, 0x80], [0xc0, 0xaf, 0x20]] {
        bytes[place..place + 3].copy_from_slice(&wrong);
        shop.post_bytes(CREATE, bytes.clone()).await.problem(400);
    }
    shop.payment(&reference).await.refused(404, "5090");
}

#[tokio::test]
async fn texts_with_odd_characters_are_taken_or_refused_cleanly() {
    let shop = Shop::named("full").await;
    for text in
        ["æøå ☕️ 👩‍👩‍👧", "'; DROP TABLE payments; --", "line\nbreak\ttab", "\u{0}nul\u{0}byte", "\u{200f}rtl"]
    {
        let body = with(&shop.minimal(10_000), "/paymentDescription", json!(text));
        let answer = shop.create(&body).await;
        assert!(matches!(answer.status, 201 | 400), "{text:?}: {} {}", answer.status, answer.text);
        let body = with(&shop.minimal(10_000), "/metadata", json!({"text": text, "k\u{0}": "v"}));
        let answer = shop.create(&body).await;
        assert!(matches!(answer.status, 201 | 400), "{text:?}: {} {}", answer.status, answer.text);
    }
}

#[tokio::test]
async fn bad_bodies_of_capture_and_refund_change_nothing() {
    let shop = Shop::named("full").await;
    let reference = shop.authorized(10_000).await;
    shop.capture(&reference, 5_000).await.is(200);
    let bodies = [
        "",
        "{}",
        "null",
        "[]",
        r#"{"modificationAmount":null}"#,
        r#"{"modificationAmount":100}"#,
        r#"{"modificationAmount":{"currency":"NOK"}}"#,
        r#"{"modificationAmount":{"value":100}}"#,
        r#"{"modificationAmount":{"currency":"XYZ","value":100}}"#,
        r#"{"modificationAmount":{"currency":"NOK","value":0.5}}"#,
        r#"{"modificationAmount":{"currency":"NOK","value":-100}}"#,
        r#"{"modificationAmount":{"currency":"NOK","value":99999999999999999999}}"#,
        r#"{"modificationAmount":{"currency":"NOK","value":"x"}}"#,
        r#"{"modificationAmount":{"currency":"NOK","value":100}"#,
    ];
    for verb in ["capture", "refund"] {
        for body in bodies {
            let answer = shop.post_bytes(&format!("/epayment/v1/payments/{reference}/{verb}"), body).await;
            answer.problem(400);
        }
    }
    assert_eq!(shop.sums(&reference).await, [10_000, 5_000, 0, 0]);
}

#[tokio::test]
async fn bad_bodies_of_cancel_change_nothing() {
    let shop = Shop::named("full").await;
    let reference = shop.authorized(10_000).await;
    let path = format!("/epayment/v1/payments/{reference}/cancel");
    for body in ["{", "7", "\"text\"", r#"{"cancelTransactionOnly":"perhaps"}"#, "[1]"] {
        shop.post_bytes(&path, body).await.problem(400);
    }
    assert_eq!(shop.sums(&reference).await, [10_000, 0, 0, 0]);
}

#[tokio::test]
async fn headers_beyond_the_limits_are_refused_cleanly() {
    let shop = Shop::named("full").await;
    let body = shop.minimal(10_000);
    for length in [20_000, 200_000, 2_000_000] {
        let request =
            shop.post_request(CREATE, &fresh_key(), &body).header("Vipps-System-Name", "x".repeat(length));
        // Far beyond the limit the connection is closed without a problem body, or without an answer.
        if let Some(answer) = Answer::try_of(request).await {
            assert!((400..500).contains(&answer.status), "{} {}", answer.status, answer.text);
        }
    }
    shop.payment(body["reference"].as_str().unwrap()).await.refused(404, "5090");
    for key in ["tab\tkey", "æøå"] {
        let request = shop.post_request(CREATE, key, &body);
        if let Some(answer) = Answer::try_of(request).await {
            assert!(
                answer.status == 201 || (400..500).contains(&answer.status),
                "{} {}",
                answer.status,
                answer.text
            );
        }
    }
}

#[tokio::test]
async fn unknown_paths_and_methods_are_problems_too() {
    let shop = Shop::named("full").await;
    let reference = shop.created(10_000).await;
    for path in ["/", "/nowhere", "/epayment", "/epayment/v2/payments", "/epayment/v1/payments/a/b/c/d"] {
        let answer = shop.get(path).await;
        assert_eq!(answer.status, 404, "{path}: {}", answer.text);
    }
    let wrong = [
        (Method::DELETE, format!("{CREATE}/{reference}")),
        (Method::PUT, CREATE.to_owned()),
        (Method::GET, format!("{CREATE}/{reference}/capture")),
        (Method::POST, format!("{CREATE}/{reference}/events")),
        (Method::GET, "/accesstoken/get".to_owned()),
    ];
    for (method, path) in wrong {
        let answer = Answer::of(shop.request(method.clone(), &path)).await;
        assert_eq!(answer.status, 405, "{method} {path}: {}", answer.text);
    }
}
