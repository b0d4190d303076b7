//! `/qr`: codes that merchants print and show, their pictures, and what scanning them leads to.

mod exchange;
mod images;
mod merchant_callback;
mod merchant_redirect;
mod one_time;
mod till;

use std::io::Cursor;

use kvitt_tests::{Answer, Shop};
use reqwest::{Method, Response, Url};
use serde_json::{Value, json};

/// Every operation that needs a token: method, path and a body. None of the paths names anything.
pub(crate) fn operations() -> Vec<(Method, &'static str, Option<Value>)> {
    let target = || Some(json!({"redirectUrl": "https://shop.example/"}));
    let location = || Some(json!({"locationDescription": "Kasse 1"}));
    vec![
        (Method::POST, "/qr/v1", Some(json!({"url": "https://landing.example/?token=t"}))),
        (Method::POST, "/qr/v1/merchant-redirect", target()),
        (Method::GET, "/qr/v1/merchant-redirect", None),
        (Method::GET, "/qr/v1/merchant-redirect/{id}", None),
        (Method::PUT, "/qr/v1/merchant-redirect/{id}", target()),
        (Method::DELETE, "/qr/v1/merchant-redirect/{id}", None),
        (Method::GET, "/qr/v1/merchant-callback", None),
        (Method::GET, "/qr/v1/merchant-callback/{merchantQrId}", None),
        (Method::PUT, "/qr/v1/merchant-callback/{merchantQrId}", location()),
        (Method::DELETE, "/qr/v1/merchant-callback/{merchantQrId}", None),
        (Method::PUT, "/qr/v1/merchant-callback/mobilepay/{beaconId}", location()),
        (Method::POST, "/qr/v1/exchange", Some(json!({"qrCode": "https://qr.vipps.no/p/t"}))),
        (Method::POST, "/qr/v1/exchange/customer", Some(json!({"customer": {"customerToken": "t"}}))),
    ]
}

/// An id that nobody has used.
pub(crate) fn fresh_id(prefix: &str) -> String {
    format!("{prefix}-{}", uuid::Uuid::new_v4().simple())
}

/// A code that leads there.
pub(crate) async fn redirect(shop: &Shop, id: &str, target: &str) -> Answer {
    let body = json!({"id": id, "redirectUrl": target});
    let request = shop.request(Method::POST, "/qr/v1/merchant-redirect").header("Accept", "image/png");
    Answer::of(request.json(&body)).await
}

/// Fetches from the edge without any credentials, and follows nothing.
pub(crate) async fn fetch(shop: &Shop, url: &str) -> Response {
    let url = Url::parse(url).expect("an address");
    let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
    let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
    let http = http.build().expect("a client can be made");
    http.get(format!("{}{}{query}", shop.base, url.path())).send().await.expect("it is answered")
}

/// What a camera reads in the PNG at this address.
pub(crate) async fn scanned(shop: &Shop, url: &str) -> String {
    let picture = fetch(shop, url).await;
    assert_eq!(picture.status(), 200, "{url}");
    read(&picture.bytes().await.expect("it is answered"))
}

/// What a decoder that shares no code with ours reads in a PNG.
pub(crate) fn read(file: &[u8]) -> String {
    let mut decoder = png::Decoder::new(Cursor::new(file));
    decoder.set_transformations(png::Transformations::EXPAND);
    let mut reader = decoder.read_info().expect("a PNG");
    let mut bytes = vec![0; reader.output_buffer_size().expect("it fits into memory")];
    let info = reader.next_frame(&mut bytes).expect("a PNG");
    let (width, height) = (info.width as usize, info.height as usize);
    let channels = info.buffer_size() / (width * height);
    // Green is most of what an eye, or a camera, takes for brightness.
    let pixel = |x: usize, y: usize| bytes[(y * width + x) * channels + channels / 2];
    let mut prepared = rqrr::PreparedImage::prepare_from_greyscale(width, height, pixel);
    let grids = prepared.detect_grids();
    let (_, text) = grids.first().expect("a code is found").decode().expect("the code is readable");
    text
}

/// What becomes of a payer's scan.
pub(crate) async fn scan(shop: &Shop, phone: &str, text: &str) -> Answer {
    let path = format!("/kvitt/v1/payers/{phone}/scan");
    Answer::of(shop.request(Method::POST, &path).json(&json!({"qrCode": text}))).await
}
