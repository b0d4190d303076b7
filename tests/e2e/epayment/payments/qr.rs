//! Codes that payers scan: real pictures, as long as their payments wait.

use kvitt_tests::requests::{fresh_reference, qr, with};
use kvitt_tests::{Answer, Shop};
use reqwest::{Response, Url};
use serde_json::json;

async fn created(shop: &Shop, format: &str, size: Option<i64>) -> (String, String) {
    let body = qr(&fresh_reference(), "NOK", 10_000, format);
    let body = size.map_or(body.clone(), |size| with(&body, "/qrFormat/size", json!(size)));
    let answer = shop.create(&body).await;
    let text = |name: &str| answer.is(201)[name].as_str().expect("a text").to_owned();
    (text("reference"), text("redirectUrl"))
}

/// Fetches a picture without any credentials.
async fn fetch(shop: &Shop, url: &str) -> Response {
    let url = Url::parse(url).expect("it is there");
    let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
    shop.http.get(format!("{}{}{query}", shop.base, url.path())).send().await.expect("it is answered")
}

#[tokio::test]
async fn a_code_is_a_picture_of_the_asked_format_and_size() {
    let shop = Shop::named("full").await;
    let (_, svg) = created(&shop, "IMAGE/SVG+XML", None).await;
    let picture = fetch(&shop, &svg).await;
    assert_eq!(
        (picture.status().as_u16(), &picture.headers()["content-type"]),
        (200, &"image/svg+xml".parse().expect("it is there"))
    );
    assert!(picture.text().await.expect("it is answered").starts_with("<svg"));

    for (size, pixels) in [(None, 1024), (Some(333), 333)] {
        let (_, png) = created(&shop, "IMAGE/PNG", size).await;
        let picture = fetch(&shop, &png).await;
        assert_eq!(picture.headers()["content-type"], "image/png");
        let bytes = picture.bytes().await.expect("it is answered");
        assert_eq!(&bytes[..8], b"\x89PNG\r\n\x1a\n");
        // Width and height stand at fixed places of the first chunk.
        let number = |at: usize| u32::from_be_bytes(bytes[at..at + 4].try_into().expect("it is there"));
        assert_eq!((number(16), number(20)), (pixels, pixels));
    }
    let (_, target) = created(&shop, "TEXT/TARGETURL", None).await;
    assert!(Url::parse(&target).expect("it is there").query().expect("it is there").starts_with("token="));
}

#[tokio::test]
async fn a_code_ends_with_its_payment_and_cannot_be_guessed() {
    let shop = Shop::named("full").await;
    let (reference, svg) = created(&shop, "IMAGE/SVG+XML", None).await;
    shop.approve(&reference, &shop.phone).await.is(200);
    assert_eq!(fetch(&shop, &svg).await.status(), 404);
    for path in ["/qr-images/v1/made-up.svg", "/qr-images/v1/.png", "/qr-images/v1/made-up.gif"] {
        Answer::of(shop.http.get(format!("{}{path}", shop.base))).await.problem(404);
    }
    // The picture of a payment that is not a code's is none either.
    let answer = shop.create(&shop.minimal(10_000)).await;
    let url = Url::parse(answer.is(201)["redirectUrl"].as_str().expect("a text")).expect("it is there");
    let token = url.query().expect("it is there").trim_start_matches("token=").to_owned();
    Answer::of(shop.http.get(format!("{}/qr-images/v1/{token}.svg", shop.base))).await.problem(404);
}
