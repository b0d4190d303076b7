//! What the payer's side hears of a payment, by its name and by the token of its redirect URL.

use kvitt_proto::{
    error::v1::Reason,
    payment::v1::{
        CardPassthrough, CreatePaymentRequest, CustomerInteraction, GetPayerTermsRequest, PaymentMethodType,
        PaymentState, QrFormat, QrOptions, UserFlow,
    },
};

use crate::support::{MSN, Shop, Stage, broken_fields, minor, reason};

const REFERENCE: &str = "order-0001";

fn by_token(token: &str) -> GetPayerTermsRequest {
    GetPayerTermsRequest { redirect_token: token.to_owned(), ..GetPayerTermsRequest::default() }
}

fn by_name(reference: &str) -> GetPayerTermsRequest {
    let (msn, reference) = (MSN.to_string(), reference.to_owned());
    GetPayerTermsRequest { msn, reference, ..GetPayerTermsRequest::default() }
}

/// The token in a landing page's URL.
fn token_of(url: &str) -> &str {
    url.rsplit_once("?token=").unwrap().1
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_is_found_by_its_name_and_by_the_token_that_was_given_out() {
    let stage = Stage::start().await;
    let shop = stage.shop(MSN);
    let url = shop.create(REFERENCE).await.redirect_url;
    let terms = shop.payer_terms(by_token(token_of(&url))).await.unwrap();
    assert_eq!(shop.payer_terms(by_name(REFERENCE)).await.unwrap(), terms);
    assert_eq!((terms.reference.as_str(), terms.amount), (REFERENCE, minor(1000)));
    assert_eq!((terms.redirect_token.as_str(), terms.landing_url.as_str()), (token_of(&url), url.as_str()));
    assert_eq!(terms.description, "Three socks");
    shop.approve(REFERENCE, "one").await.unwrap();
    let terms = shop.payer_terms(by_token(token_of(&url))).await.unwrap();
    assert_eq!(terms.state(), PaymentState::Authorized);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_was_never_given_out_finds_nothing() {
    let stage = Stage::start().await;
    let shop = stage.shop(MSN);
    let url = shop.create(REFERENCE).await.redirect_url;
    let token = token_of(&url);
    // The 17th byte is the first that nobody can guess.
    let guess = if token.as_bytes()[30] == b'A' { "B" } else { "A" };
    let guessed = [&token[..30], guess, &token[31..]].concat();
    for token in [guessed.as_str(), &token[1..], "token", "%00", &"A".repeat(58)] {
        assert_eq!(reason(shop.payer_terms(by_token(token)).await), Reason::ReferenceNotFound, "{token}");
    }
    assert_eq!(reason(shop.payer_terms(by_name("order-0002")).await), Reason::ReferenceNotFound);
    assert_eq!(broken_fields(shop.payer_terms(GetPayerTermsRequest::default()).await), ["msn"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_services_of_the_mesh_hear_it_and_only_they_name_payment_links() {
    let stage = Stage::start().await;
    let shop = stage.shop(MSN);
    let link = |id: &str| CreatePaymentRequest { payment_link_id: id.to_owned(), ..shop.order(REFERENCE) };
    let id = "9f0f6c1e-7b38-4f0c-93f6-3b8c8d6a8b10";
    assert_eq!(reason(shop.create_as(link(id)).await), Reason::PermissionDenied);
    assert_eq!(broken_fields(shop.create_by_service(link("a link")).await), ["paymentLinkId"]);
    shop.create_by_service(link(id)).await.unwrap();
    assert_eq!(reason(shop.own_payer_terms(by_name(REFERENCE)).await), Reason::PermissionDenied);
    let other = stage.shop(654_321);
    assert_eq!(other.payer_terms(by_name(REFERENCE)).await.unwrap().reference, REFERENCE);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_passed_through_payment_knows_the_client_that_asked_and_services_cannot_ask() {
    let stage = Stage::start().await;
    let shop = stage.shop(MSN);
    let of = |client: &str| CreatePaymentRequest {
        payment_method_type: PaymentMethodType::CardPassthrough.into(),
        card_passthrough: Some(CardPassthrough {
            psp_reference: "psp-1".to_owned(),
            card_callback_url: "https://psp.example/card".to_owned(),
            allowed_card_types: vec!["DANKORT".to_owned()],
            client_id: client.to_owned(),
            ..CardPassthrough::default()
        }),
        ..shop.order(REFERENCE)
    };
    let created = shop.create_as(of("somebody else")).await.unwrap();
    assert_eq!(shop.create_as(of("")).await.unwrap(), created, "what is sent there is ignored");
    let terms = shop.payer_terms(by_name(REFERENCE)).await.unwrap();
    let client = uuid::Uuid::from_u128(MSN.into()).to_string();
    assert_eq!(terms.card_passthrough.unwrap().client_id, client);
    let by_service = CreatePaymentRequest {
        idempotency_key: "other".to_owned(),
        reference: "order-0002".to_owned(),
        ..of(&client)
    };
    assert_eq!(reason(shop.create_by_service(by_service).await), Reason::InvalidPaymentMethodType);
}

async fn redirect_url(shop: &Shop, number: usize, qr_options: Option<QrOptions>) -> (String, String) {
    let reference = format!("order-{number:04}");
    let request = CreatePaymentRequest {
        qr_options,
        user_flow: UserFlow::Qr.into(),
        customer_interaction: CustomerInteraction::CustomerPresent.into(),
        ..shop.order(&reference)
    };
    let url = shop.create_as(request).await.unwrap().redirect_url;
    (url, shop.payer_terms(by_name(&reference)).await.unwrap().redirect_token)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_an_image_of_the_asked_kind_or_what_it_holds() {
    let stage = Stage::start().await;
    let shop = stage.shop(MSN);
    let options = |format: QrFormat, size| Some(QrOptions { format: format.into(), size });
    let images = "https://qr.kvitt.localhost/qr-images/v1/";
    let table = [
        (None, images, ".svg"),
        (options(QrFormat::ImageSvg, Some(300)), images, ".svg"),
        (options(QrFormat::ImagePng, None), images, ".png?size=1024"),
        (options(QrFormat::ImagePng, Some(300)), images, ".png?size=300"),
        (options(QrFormat::TextTargetUrl, None), "https://landing.kvitt.localhost/?token=", ""),
    ];
    for (number, (options, before, after)) in table.into_iter().enumerate() {
        let (url, token) = redirect_url(&shop, number, options).await;
        assert_eq!(url, format!("{before}{token}{after}"));
    }
}
