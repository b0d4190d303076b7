//! `POST /epayment/v1/payments`: asks a payer for money.

use axum::{Json, extract::State};
use http::StatusCode;
use kvitt_proto::payment::v1::CreatePaymentRequest;
use tonic::Status;

use super::{
    call::Call,
    json::{Created, express, read},
};
use crate::{
    body::{Faults, Field, Tree},
    gateway::Gateway,
    problem::Refused,
};

/// The operation.
pub(crate) async fn create(
    State(gateway): State<Gateway>,
    call: Call,
) -> Result<(StatusCode, Json<Created>), Refused> {
    let body = call.parse()?;
    gateway.rate_limits().take_create(call.msn(), named_reference(&body).as_deref())?;
    let request = decode(&call, &body)?;
    let created = gateway.payments().create_payment(request).await?.into_inner();
    Ok((StatusCode::CREATED, Json(created.into())))
}

/// The reference, if the body names one: `Reference` is none, and neither is a list. Whatever else is wrong is told later.
fn named_reference(body: &Tree) -> Option<String> {
    let faults = Faults::default();
    Field::root(body, &faults).ok()?.field("reference").text_or_integer()
}

fn decode(call: &Call, body: &Tree) -> Result<CreatePaymentRequest, Status> {
    call.decode_body(body, |input| {
        let method = input.field("paymentMethod").required();
        let links = input.field("merchantLegalLinks");
        let text = |name| input.field(name).text().unwrap_or_default();
        CreatePaymentRequest {
            msn: input.msn(),
            idempotency_key: input.key(),
            reference: read::reference(&input.field("reference").required()),
            amount: read::amount(&input.field("amount").required()),
            payment_method_type: read::method_type(&method.field("type").required()),
            blocked_sources: read::blocked_sources(&method.field("blockedSources")),
            user_flow: read::user_flow(&input.field("userFlow").required()),
            customer: read::customer(&input.field("customer")),
            return_url: text("returnUrl"),
            payment_description: text("paymentDescription"),
            metadata: read::metadata(&input.field("metadata")),
            expires_at: input.field("expiresAt").instant().map(kvitt_proto::time::to_proto),
            minimum_user_age: input.field("minimumUserAge").small_integer(),
            customer_interaction: read::customer_interaction(&input.field("customerInteraction")),
            profile_scope: input.field("profile").field("scope").text().unwrap_or_default(),
            qr_options: read::qr_options(&input.field("qrFormat")),
            receipt: read::receipt(&input.field("receipt")),
            receipt_url: text("receiptUrl"),
            airline_data: read::airline_data(&input.field("industryData").field("airlineData")),
            terms_of_sale_url: links.field("termsOfSaleUrl").text().unwrap_or_default(),
            privacy_policy_url: links.field("privacyPolicyUrl").text().unwrap_or_default(),
            shipping: express::shipping(&input.field("shipping")),
            card_passthrough: express::card_passthrough(&input.field("cardPassthrough")),
            ..Default::default()
        }
    })
}

#[cfg(test)]
mod tests;
