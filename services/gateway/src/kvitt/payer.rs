//! `/kvitt/v1/payments/{reference}/payer/…`: plays the payer of a payment, as the landing page and the app do. Sandbox
//! only; the wallet lets a client do so whose keys may approve by force.

use axum::{Json, extract::State};
use kvitt_proto::wallet::v1::{
    AnswerChallengeRequest, ApprovePaymentRequestRequest, ListShippingOptionsRequest,
    OpenPaymentRequestRequest, PayWithCardRequest, RejectPaymentRequestRequest,
};
use tonic::Status;
use uuid::Uuid;

use super::payer_json::{Answered, Groups, Terms};
use crate::{epayment::call::Call, gateway::Gateway, problem::Refused};

/// What the payer sees.
pub(crate) async fn open(State(gateway): State<Gateway>, call: Call) -> Result<Json<Terms>, Refused> {
    let request = call.decode(|input| OpenPaymentRequestRequest {
        msn: input.msn(),
        reference: input.reference(),
        redirect_token: String::new(),
    })?;
    let answer = gateway.wallet().open_payment_request(request).await?.into_inner();
    Ok(Json(Terms::from_proto(answer.terms)?))
}

/// How the goods can be sent to one of the payer's addresses.
pub(crate) async fn shipping_options(
    State(gateway): State<Gateway>,
    call: Call,
) -> Result<Json<Groups>, Refused> {
    let request = call.decode(|input| ListShippingOptionsRequest {
        payer_id: String::new(),
        phone_number: input.field("phoneNumber").required().text_or_integer().unwrap_or_default(),
        msn: input.msn(),
        reference: input.reference(),
        address_id: input.field("addressId").text().unwrap_or_default(),
    })?;
    let answer = gateway.wallet().list_shipping_options(request).await?.into_inner();
    Ok(Json(Groups::from_proto(answer.groups)?))
}

/// Says yes. The answer names a challenge where one has to be answered first.
pub(crate) async fn approve(State(gateway): State<Gateway>, call: Call) -> Result<Json<Answered>, Refused> {
    let request = decode_approval(&call, Uuid::new_v4())?;
    let answer = gateway.wallet().approve_payment_request(request).await?.into_inner();
    Ok(Json(Answered::new(answer.challenge_id)))
}

/// Every call without a key is an attempt of its own, here named `minted`.
fn decode_approval(call: &Call, minted: Uuid) -> Result<ApprovePaymentRequestRequest, Status> {
    call.decode(|input| ApprovePaymentRequestRequest {
        payer_id: String::new(),
        phone_number: input.field("phoneNumber").required().text_or_integer().unwrap_or_default(),
        msn: input.msn(),
        reference: input.reference(),
        card_id: input.field("cardId").text().unwrap_or_default(),
        idempotency_key: input.key_if_given().unwrap_or_else(|| minted.to_string()),
        consent: input.field("consent").boolean().unwrap_or_default(),
        shipping_option_id: input.field("shippingOptionId").text_or_integer().unwrap_or_default(),
        address_id: input.field("addressId").text().unwrap_or_default(),
    })
}

/// Types in a card.
pub(crate) async fn card(State(gateway): State<Gateway>, call: Call) -> Result<Json<Answered>, Refused> {
    let request = call.decode(|input| {
        let required = |name| input.field(name).required().text_or_integer().unwrap_or_default();
        PayWithCardRequest {
            msn: input.msn(),
            reference: input.reference(),
            card_number: required("cardNumber"),
            expires_month: required("expiresMonth"),
            security_code: required("securityCode"),
            idempotency_key: input.key_if_given().unwrap_or_else(|| Uuid::new_v4().to_string()),
        }
    })?;
    let answer = gateway.wallet().pay_with_card(request).await?.into_inner();
    Ok(Json(Answered::new(answer.challenge_id)))
}

/// Answers a challenge of 3-D Secure.
pub(crate) async fn challenge(State(gateway): State<Gateway>, call: Call) -> Result<Json<Answered>, Refused> {
    let request = call.decode(|input| AnswerChallengeRequest {
        msn: input.msn(),
        challenge_id: input.field("challengeId").required().text().unwrap_or_default(),
        passed: input.field("passed").required().boolean().unwrap_or_default(),
    })?;
    gateway.wallet().answer_challenge(request).await?;
    Ok(Json(Answered::new(String::new())))
}

/// Says no.
pub(crate) async fn reject(State(gateway): State<Gateway>, call: Call) -> Result<Json<Answered>, Refused> {
    let request = call.decode_optional(|input| RejectPaymentRequestRequest {
        payer_id: String::new(),
        msn: input.msn(),
        reference: input.reference(),
        phone_number: input.field("phoneNumber").text_or_integer().unwrap_or_default(),
    })?;
    gateway.wallet().reject_payment_request(request).await?;
    Ok(Json(Answered::new(String::new())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::epayment::call::tests::{call, call_without_key, named};

    #[test]
    fn an_approval_names_the_payer_and_perhaps_more() {
        let body = r#"{"phoneNumber":4712345678,"consent":true,"shippingOptionId":"home","cardId":"c"}"#;
        let request = decode_approval(&call(body), Uuid::nil()).unwrap();
        assert_eq!(
            (request.phone_number.as_str(), request.idempotency_key.as_str()),
            ("4712345678", "key-1")
        );
        assert!(request.consent && request.shipping_option_id == "home" && request.card_id == "c");
        let request = decode_approval(&call_without_key(r#"{"phoneNumber":"47"}"#), Uuid::nil()).unwrap();
        assert_eq!(request.idempotency_key, Uuid::nil().to_string());
        let refused = decode_approval(&call(r#"{"consent":"yes"}"#), Uuid::nil()).unwrap_err();
        assert_eq!(named(&refused), ["phoneNumber", "consent"]);
    }
}
