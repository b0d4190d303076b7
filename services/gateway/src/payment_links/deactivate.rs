//! `POST /kvitt/v1/payment-links/{paymentLinkId}/deactivate`: it takes no more payments.

use axum::{
    Extension, Json,
    extract::{Path, State, rejection::PathRejection},
};
use kvitt_primitives::Msn;
use kvitt_proto::qr::v1::DeactivatePaymentLinkRequest;

use super::{id, json::PaymentLink};
use crate::{gateway::Gateway, problem::Refused};

/// The operation.
pub(crate) async fn deactivate(
    State(gateway): State<Gateway>,
    Extension(msn): Extension<Msn>,
    path: Result<Path<String>, PathRejection>,
) -> Result<Json<PaymentLink>, Refused> {
    let request = DeactivatePaymentLinkRequest { msn: msn.to_string(), payment_link_id: id(path) };
    let answer = gateway.payment_links().deactivate_payment_link(request).await?.into_inner();
    Ok(Json(PaymentLink::from_proto(answer.payment_link)?))
}
