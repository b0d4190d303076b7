//! `GET /ecomm/v2/payments/{orderId}/details`: an order and all that happened to it, newest first.

use axum::extract::State;

use super::{
    call::Call,
    json::{Details, EcomJson},
    order,
};
use crate::{gateway::Gateway, problem::Refused};

/// The operation.
pub(crate) async fn details(
    State(gateway): State<Gateway>,
    call: Call,
) -> Result<EcomJson<Details>, Refused> {
    let payment = order::load(&gateway, &call).await?;
    let events = order::events(&gateway, &call).await?;
    Ok(EcomJson(Details::from_proto(payment, events)?))
}
