//! `GET /order-management/v2/{paymentType}/{orderId}`: what was told of an order.

use axum::{Extension, Json, extract::State};
use kvitt_primitives::Msn;
use kvitt_proto::ordermanagement::v1::GetOrderRequest;

use super::{
    call::{OrderPath, order},
    json::ToldOrder,
};
use crate::{body::Faults, gateway::Gateway, problem::Refused};

/// The operation.
pub(crate) async fn get_order(
    State(gateway): State<Gateway>,
    Extension(msn): Extension<Msn>,
    path: OrderPath,
) -> Result<Json<ToldOrder>, Refused> {
    let faults = Faults::default();
    let (payment_type, order_id) = order(path, &faults);
    faults.finish()?;
    let request = GetOrderRequest { msn: msn.to_string(), payment_type, order_id };
    let answer = gateway.order_management().get_order(request).await?.into_inner();
    Ok(Json(ToldOrder::from_proto(answer)?))
}
