//! `GET /management/v2/product-orders/{productOrderId}/details`: an order as it stands.

use axum::extract::{Path, State, rejection::PathRejection};
use kvitt_proto::{error::v1::Reason, merchant::v1::GetOrderRequest, refusal};
use tonic::Status;

use super::json::{Order, Reading};
use crate::{gateway::Gateway, problem::Refused};

/// The operation. An order of something else than a product is none here.
pub(crate) async fn get_order(
    State(gateway): State<Gateway>,
    order_id: Result<Path<String>, PathRejection>,
) -> Result<Reading<Order>, Refused> {
    // What is no text is no id either.
    let order_id = order_id.map_or_else(|_| "?".to_owned(), |Path(order_id)| order_id);
    let answer = gateway.orders().get_order(GetOrderRequest { order_id }).await?.into_inner();
    let order = Order::from_proto(answer.order.unwrap_or_default(), gateway.prefill_url())?;
    Ok(Reading(order.ok_or_else(no_such_order)?))
}

/// In the words of the service behind, so that nobody learns of an order of another kind.
fn no_such_order() -> Status {
    refusal::status(Reason::NotFound, "there is no such order")
}
