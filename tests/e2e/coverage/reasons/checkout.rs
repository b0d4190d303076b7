//! Refusals of Checkout.

use kvitt_proto::checkout::v1::{
    CancelSessionRequest, ListShippingOptionsRequest, Person, SessionKey, StartPaymentRequest,
    SubmitDetailsRequest,
};
use kvitt_proto::error::v1::Reason;
use kvitt_tests::requests::fresh_reference;
use kvitt_tests::{Answer, MerchantServer, Mesh, Shop, Stack};
use reqwest::Method;
use serde_json::json;

use super::Provoked;

pub(crate) async fn provoke() -> Vec<Provoked> {
    let stack = Stack::shared();
    let operator = Mesh::operator(stack).await;
    let server = MerchantServer::start(500, "").await;
    let key = opened(&server).await;
    let incomplete = StartPaymentRequest { key: Some(key.clone()), method: 1, ..Default::default() };
    let incomplete = operator.checkout().start_payment(incomplete).await;

    let text = |text: &str| text.to_owned();
    let person = Person {
        first_name: text("Kari"),
        last_name: text("Nordmann"),
        email: text("kari@example.com"),
        phone_number: text("4791234567"),
        street_address: text("Storgata 1"),
        postal_code: text("0155"),
        city: text("Oslo"),
        country: text("NO"),
    };
    let details = SubmitDetailsRequest { key: Some(key.clone()), person: Some(person), ..Default::default() };
    operator.checkout().submit_details(details).await.expect("the session is open");
    let unanswered = ListShippingOptionsRequest { key: Some(key.clone()) };
    let unanswered = operator.checkout().list_shipping_options(unanswered).await;

    operator
        .checkout()
        .cancel_session(CancelSessionRequest { key: Some(key.clone()) })
        .await
        .expect("it is open");
    let late = ListShippingOptionsRequest { key: Some(key) };
    vec![
        Provoked::grpc(Reason::ApprovalIncomplete, incomplete),
        Provoked::grpc(Reason::ShippingNotAnswered, unanswered),
        Provoked::grpc(Reason::SessionNotOpen, operator.checkout().list_shipping_options(late).await),
    ]
}

/// A session whose shop's server names no options.
async fn opened(server: &MerchantServer) -> SessionKey {
    let shop = Shop::named("full").await;
    let reference = fresh_reference();
    let body = json!({
        "merchantInfo": {"callbackUrl": server.url("/callback"), "returnUrl": "https://shop.example/return",
            "callbackAuthorizationToken": "token"},
        "transaction": {"amount": {"value": 10_000, "currency": "NOK"}, "reference": reference,
            "paymentDescription": "One pair of socks"},
        "logistics": {"dynamicOptionsCallback": server.url("/shipping")},
    });
    let request = shop
        .bare(Method::POST, "/checkout/v3/session")
        .header("client_id", &shop.keys.client_id)
        .header("client_secret", &shop.keys.client_secret)
        .header("Ocp-Apim-Subscription-Key", &shop.keys.primary)
        .header("Merchant-Serial-Number", &shop.keys.msn);
    Answer::of(request.json(&body)).await.is(200);
    SessionKey { msn: shop.keys.msn.clone(), reference, token: String::new() }
}
