//! Refusals of codes and links.

use kvitt_proto::error::v1::Reason;
use kvitt_proto::money::v1::{Currency, Money};
use kvitt_proto::qr::v1::{
    CreateOneTimeQrRequest, CreatePaymentLinkRequest, PayPaymentLinkRequest, PaymentLinkTerms,
    ScreenPaymentLinkRequest, payment_link_terms::Price,
};
use kvitt_tests::{Answer, Mesh, Shop, Stack};
use reqwest::Method;
use serde_json::json;
use uuid::Uuid;

use super::Provoked;

pub(crate) async fn provoke() -> Vec<Provoked> {
    let stack = Stack::shared();
    let (shop, plain) = (Shop::named("full").await, Shop::named("plain").await);
    let client = Mesh::with_token(stack, &shop.token);

    let order = shop.create(&shop.minimal(1_000)).await;
    let url = order.is(201)["redirectUrl"].as_str().expect("a text").to_owned();
    shop.cancel(order.body["reference"].as_str().expect("a text")).await.is(200);
    let late = CreateOneTimeQrRequest { msn: shop.keys.msn.clone(), url, image: None };
    let late = client.codes().create_one_time_qr(late).await;

    let none = Mesh::with_token(stack, &plain.token).payment_links().create_payment_link(socks(&plain)).await;

    let made = client.payment_links().create_payment_link(socks(&shop)).await.expect("a link").into_inner();
    let link = made.payment_link.expect("a link is answered");
    let again = ScreenPaymentLinkRequest {
        msn: link.msn.clone(),
        payment_link_id: link.payment_link_id,
        rejection_reason: "too late".to_owned(),
    };
    let operator = Mesh::operator(stack).await;
    let closed = operator.payment_links().screen_payment_link(again).await;
    let token = link.url.rsplit('/').next().expect("a last segment").to_owned();
    let request = PayPaymentLinkRequest { token, idempotency_key: String::new(), ..Default::default() };
    client.payment_links().pay_payment_link(request).await.expect_err("it has no key");
    vec![
        Provoked::grpc(Reason::QrOrderTimeout, late),
        Provoked::grpc(Reason::PaymentLinksNotAllowed, none),
        Provoked::grpc(Reason::PaymentLinkNotOpen, closed),
        Provoked::in_own_form(Reason::MediaTypeNotSupported, html(&shop).await),
    ]
}

fn socks(shop: &Shop) -> CreatePaymentLinkRequest {
    let price = Money { currency: Currency::Nok.into(), amount_minor: 1_000 };
    CreatePaymentLinkRequest {
        msn: shop.keys.msn.clone(),
        payment_link_id: Uuid::new_v4().to_string(),
        terms: Some(PaymentLinkTerms {
            title: "Socks".to_owned(),
            price: Some(Price::Amount(price)),
            ..Default::default()
        }),
    }
}

/// A code whose picture is asked for as a web page.
async fn html(shop: &Shop) -> Answer {
    let request = shop.request(Method::POST, "/qr/v1/merchant-redirect").header("Accept", "text/html");
    Answer::of(request.json(&json!({"id": "page", "redirectUrl": "https://example.com/"}))).await
}
