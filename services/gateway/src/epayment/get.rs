//! `GET /epayment/v1/payments/{reference}`: a payment as it stands.

use axum::{Json, extract::State};
use kvitt_proto::payment::v1::GetPaymentRequest;

use super::{call::Call, json::Payment};
use crate::{gateway::Gateway, problem::Refused};

/// The operation.
pub(crate) async fn get(State(gateway): State<Gateway>, call: Call) -> Result<Json<Payment>, Refused> {
    let request = call.decode(|input| GetPaymentRequest {
        msn: input.msn(),
        reference: input.reference(),
        ..Default::default()
    })?;
    let answer = gateway.payments().get_payment(request).await?.into_inner();
    Ok(Json(Payment::from_proto(answer.payment)?))
}
