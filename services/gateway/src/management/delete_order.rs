//! `DELETE /management/v1/product-orders/{productOrderId}`: a partner takes a prefilled order back.

use axum::{
    Json,
    extract::{Path, State, rejection::PathRejection},
};
use kvitt_proto::merchant::v1::DeleteOrderRequest;

use super::json::Deleted;
use crate::{gateway::Gateway, problem::Refused};

/// The operation.
pub(crate) async fn delete_order(
    State(gateway): State<Gateway>,
    order_id: Result<Path<String>, PathRejection>,
) -> Result<Json<Deleted>, Refused> {
    // What is no text is no id either.
    let order_id = order_id.map_or_else(|_| "?".to_owned(), |Path(order_id)| order_id);
    gateway.orders().delete_order(DeleteOrderRequest { order_id }).await?;
    Ok(Json(Deleted {}))
}
