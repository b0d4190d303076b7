//! Refusals of payers' answers.

use kvitt_proto::error::v1::Reason;
use kvitt_proto::wallet::v1::{
    AnswerChallengeRequest, ApprovePaymentRequestRequest, ApprovePaymentRequestResponse, CreatePayerRequest,
    FindPayerRequest, ListCardsRequest, ListShippingOptionsRequest,
};
use kvitt_tests::requests::{amount, fresh_key, with};
use kvitt_tests::{Mesh, PayerPlan, Shop, Stack};
use serde_json::json;
use tonic::{Response, Status};
use uuid::Uuid;

use super::Provoked;

pub(super) async fn provoke() -> Vec<Provoked> {
    let shop = Shop::named("full").await;
    let operator = Mesh::operator(Stack::shared()).await;
    let reference = shop.created(10_000).await;
    let unidentified = shop.approve(&reference, "4799900006").await;

    let typed = with(&shop.minimal(10_000), "/paymentMethod/type", json!("CARD"));
    let typed = shop.create(&typed).await.is(201)["reference"].as_str().expect("a text").to_owned();
    let wrong_source = approve(&operator, &shop, &typed, &shop.phone).await;
    let unsupported = shop.approve(&typed, &shop.phone).await;

    let limited = with_limit(&operator).await;
    let beyond = shop.approve(&reference, &limited).await;

    let challenge = AnswerChallengeRequest {
        challenge_id: Uuid::new_v4().to_string(),
        passed: true,
        msn: shop.keys.msn.clone(),
    };
    vec![
        Provoked::rest(Reason::ApproveIdentificationRequired, unidentified),
        Provoked::grpc(Reason::ApproveInvalidSource, wrong_source),
        Provoked::rest(Reason::ApproveNotSupported, unsupported),
        Provoked::rest(Reason::ApproveLimitExceeded, beyond),
        Provoked::grpc(Reason::ChallengeInvalid, operator.wallet().answer_challenge(challenge).await),
        Provoked::grpc(Reason::ShippingNotPossible, abroad(&operator, &shop).await),
    ]
}

async fn approve(
    operator: &Mesh,
    shop: &Shop,
    reference: &str,
    phone: &str,
) -> Result<Response<ApprovePaymentRequestResponse>, Status> {
    let request = ApprovePaymentRequestRequest {
        msn: shop.keys.msn.clone(),
        reference: reference.to_owned(),
        phone_number: phone.to_owned(),
        idempotency_key: fresh_key(),
        ..Default::default()
    };
    operator.wallet().approve_payment_request(request).await
}

/// A payer who may pay one krone at a time.
async fn with_limit(operator: &Mesh) -> String {
    let payer = Stack::shared().open_payer(PayerPlan::default()).await;
    let found = FindPayerRequest { phone_number: payer.phone };
    let found = operator
        .wallet()
        .find_payer(found)
        .await
        .expect("it is answered")
        .into_inner()
        .payer
        .expect("it is there");
    let cards = ListCardsRequest { payer_id: found.payer_id.clone() };
    let mut cards = operator.wallet().list_cards(cards).await.expect("it is answered").into_inner().cards;
    for card in &mut cards {
        card.card_id = Uuid::new_v4().to_string();
    }
    // Behind the demo payers, of whom the first is asked where nobody is named.
    let phone_number = format!("479993{:09}", Uuid::new_v4().as_u128() % 1_000_000_000);
    let payer = kvitt_proto::wallet::v1::Payer {
        payer_id: Uuid::new_v4().to_string(),
        phone_number: phone_number.clone(),
        national_id: "12345678901".to_owned(),
        payment_limit_minor: 100,
        ..found
    };
    operator
        .wallet()
        .create_payer(CreatePayerRequest { payer: Some(payer), cards })
        .await
        .expect("it is answered");
    phone_number
}

/// An Express payment that is sent to Sweden only, and a payer in Norway.
async fn abroad(
    operator: &Mesh,
    shop: &Shop,
) -> Result<Response<kvitt_proto::wallet::v1::ListShippingOptionsResponse>, Status> {
    let options = json!([{"id": "a", "name": "A", "amount": amount("NOK", 0)}]);
    let group = json!({"type": "MAILBOX", "brand": "POSTEN", "options": options});
    let shipping = json!({"fixedOptions": [group], "allowedCountries": ["SE"]});
    let body = with(&with(&shop.minimal(10_000), "/shipping", shipping), "/profile/scope", json!("address"));
    let reference = shop.create(&body).await.is(201)["reference"].as_str().expect("a text").to_owned();
    let request = ListShippingOptionsRequest {
        phone_number: shop.phone.clone(),
        msn: shop.keys.msn.clone(),
        reference,
        ..Default::default()
    };
    operator.wallet().list_shipping_options(request).await
}
