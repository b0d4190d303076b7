//! `GET /ecomm/v2/payments/{orderId}/status`: the last thing that happened to an order. Upstream advises against it, and
//! old integrations call it.

use axum::extract::State;

use super::{
    call::Call,
    json::{EcomJson, OrderStatus},
    order,
};
use crate::{gateway::Gateway, problem::Refused};

/// The operation.
pub(crate) async fn status(
    State(gateway): State<Gateway>,
    call: Call,
) -> Result<EcomJson<OrderStatus>, Refused> {
    let payment = order::load(&gateway, &call).await?;
    let events = order::events(&gateway, &call).await?;
    Ok(EcomJson(OrderStatus::from_proto(payment, events)?))
}
