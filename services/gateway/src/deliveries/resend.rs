//! `POST /kvitt/v1/deliveries/{deliveryId}/resend`: delivers it again.

use axum::{
    Extension, Json,
    extract::{Path, State, rejection::PathRejection},
};
use kvitt_primitives::Msn;
use kvitt_proto::webhook::v1::ResendDeliveryRequest;

use super::id;
use crate::{gateway::Gateway, problem::Refused, webhooks::delivery::Delivery};

/// The operation.
pub(crate) async fn resend(
    State(gateway): State<Gateway>,
    Extension(msn): Extension<Msn>,
    path: Result<Path<String>, PathRejection>,
) -> Result<Json<Delivery>, Refused> {
    let request = ResendDeliveryRequest { msn: msn.to_string(), delivery_id: id(path) };
    let answer = gateway.deliveries().resend_delivery(request).await?.into_inner();
    Ok(Json(Delivery::from_proto(answer.delivery.unwrap_or_default())?))
}
