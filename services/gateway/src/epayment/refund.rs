//! `POST /epayment/v1/payments/{reference}/refund`: pays captured money back, in parts if wanted.

use axum::{Json, extract::State};
use kvitt_proto::payment::v1::RefundPaymentRequest;
use tonic::Status;

use super::{
    call::Call,
    json::{Modification, read},
};
use crate::{gateway::Gateway, problem::Refused};

/// The operation.
pub(crate) async fn refund(
    State(gateway): State<Gateway>,
    call: Call,
) -> Result<Json<Modification>, Refused> {
    let request = decode(&call)?;
    let answer = gateway.payments().refund_payment(request).await?.into_inner();
    Ok(Json(Modification::from_proto(answer.modification)?))
}

fn decode(call: &Call) -> Result<RefundPaymentRequest, Status> {
    call.decode(|input| RefundPaymentRequest {
        msn: input.msn(),
        reference: input.reference(),
        idempotency_key: input.key(),
        amount: read::amount(&input.field("modificationAmount").required()),
        ..Default::default()
    })
}
