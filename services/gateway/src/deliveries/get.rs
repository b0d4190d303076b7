//! `GET /kvitt/v1/deliveries/{deliveryId}`: a delivery with its tries.

use axum::{
    Extension, Json,
    extract::{Path, State, rejection::PathRejection},
};
use kvitt_primitives::Msn;
use kvitt_proto::webhook::v1::GetDeliveryRequest;

use super::id;
use crate::{gateway::Gateway, problem::Refused, webhooks::delivery::Delivery};

/// The operation.
pub(crate) async fn get(
    State(gateway): State<Gateway>,
    Extension(msn): Extension<Msn>,
    path: Result<Path<String>, PathRejection>,
) -> Result<Json<Delivery>, Refused> {
    let request = GetDeliveryRequest { msn: msn.to_string(), delivery_id: id(path) };
    let answer = gateway.deliveries().get_delivery(request).await?.into_inner();
    Ok(Json(Delivery::from_proto(answer.delivery.unwrap_or_default())?))
}
