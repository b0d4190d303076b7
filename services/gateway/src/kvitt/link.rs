//! `/kvitt/v1/links/{token}…`: plays whoever holds a payment link, as its page does. Sandbox only; the service lets a client
//! do so whose keys may approve by force for the link's sales unit.

use axum::{
    Json,
    extract::{Path, State, rejection::PathRejection},
};
use kvitt_proto::qr::v1::{self, OpenPaymentLinkRequest, PayPaymentLinkRequest};
use serde::Serialize;
use tonic::Status;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    epayment::{call::Call, json::read},
    gateway::Gateway,
    payment_links::json::{self, LinkTerms},
    problem::Refused,
};

type Token = Result<Path<String>, PathRejection>;

/// What the payer sees.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = kvitt::OpenedLink)]
pub(crate) struct Opened {
    #[schema(value_type = crate::openapi::words::Id)]
    payment_link_id: String,
    #[schema(value_type = crate::openapi::words::SalesUnitNumber)]
    merchant_serial_number: String,
    merchant_name: String,
    #[serde(flatten)]
    terms: LinkTerms,
    #[schema(value_type = crate::openapi::payment_links::StateWord)]
    state: &'static str,
}

/// The payment waits for the payer.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = kvitt::LinkPayment)]
pub(crate) struct Begun {
    #[schema(value_type = crate::openapi::words::SalesUnitNumber)]
    merchant_serial_number: String,
    reference: String,
    redirect_url: String,
}

/// What the payer sees.
pub(crate) async fn open(State(gateway): State<Gateway>, token: Token) -> Result<Json<Opened>, Refused> {
    let request = OpenPaymentLinkRequest { token: text_of(token) };
    let answer = gateway.payment_links().open_payment_link(request).await?.into_inner();
    Ok(Json(Opened::from_proto(answer)?))
}

/// Wants to pay. Every call without a key is an attempt of its own.
pub(crate) async fn pay(
    State(gateway): State<Gateway>,
    token: Token,
    call: Call,
) -> Result<Json<Begun>, Refused> {
    let request = decode(&call, text_of(token), Uuid::new_v4())?;
    let answer = gateway.payment_links().pay_payment_link(request).await?.into_inner();
    Ok(Json(Begun::from_proto(answer)))
}

fn decode(call: &Call, token: String, minted: Uuid) -> Result<PayPaymentLinkRequest, Status> {
    call.decode_optional(|input| PayPaymentLinkRequest {
        token,
        idempotency_key: input.key_if_given().unwrap_or_else(|| minted.to_string()),
        amount: input.field("amount").is_given().then(|| read::amount(&input.field("amount"))).flatten(),
        phone_number: input.field("phoneNumber").text_or_integer().unwrap_or_default(),
        return_url: input.field("returnUrl").text().unwrap_or_default(),
    })
}

/// What is no text is no token either.
fn text_of(token: Token) -> String {
    token.map_or_else(|_| "?".to_owned(), |Path(token)| token)
}

impl Opened {
    fn from_proto(answer: v1::OpenPaymentLinkResponse) -> Result<Self, Status> {
        Ok(Self {
            state: json::state(answer.state())?,
            terms: LinkTerms::from_proto(answer.terms)?,
            payment_link_id: answer.payment_link_id,
            merchant_serial_number: answer.msn,
            merchant_name: answer.merchant_name,
        })
    }
}

impl Begun {
    fn from_proto(answer: v1::PayPaymentLinkResponse) -> Self {
        Self {
            merchant_serial_number: answer.msn,
            reference: answer.reference,
            redirect_url: answer.redirect_url,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::epayment::call::tests::{call, call_without_key, named};

    #[test]
    fn a_payer_may_say_how_much_and_who_they_are() {
        let body =
            r#"{"amount":{"currency":"NOK","value":100},"phoneNumber":4712345678,"returnUrl":"https://a"}"#;
        let request = decode(&call(body), "l".to_owned(), Uuid::nil()).unwrap();
        assert_eq!((request.token.as_str(), request.idempotency_key.as_str()), ("l", "key-1"));
        assert_eq!(request.amount.unwrap().amount_minor, 100);
        assert_eq!((request.phone_number.as_str(), request.return_url.as_str()), ("4712345678", "https://a"));
        for body in ["", "[]", "{}"] {
            let request = decode(&call_without_key(body), "l".to_owned(), Uuid::nil()).unwrap();
            assert_eq!((request.amount, request.idempotency_key), (None, Uuid::nil().to_string()), "{body}");
        }
        let refused =
            decode(&call(r#"{"amount":{"currency":"NOK"}}"#), String::new(), Uuid::nil()).unwrap_err();
        assert_eq!(named(&refused), ["amount.value"]);
    }
}
