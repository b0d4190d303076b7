//! `GET /order-management/v3/categories?orderId=`: the categories of an order.

use std::collections::HashMap;

use axum::{
    Extension, Json,
    extract::{Query, State, rejection::QueryRejection},
};
use kvitt_primitives::Msn;
use kvitt_proto::ordermanagement::v1::ListCategoriesRequest;

use super::json::Categories;
use crate::{gateway::Gateway, problem::Refused};

/// The operation.
pub(crate) async fn list_categories(
    State(gateway): State<Gateway>,
    Extension(msn): Extension<Msn>,
    query: Result<Query<HashMap<String, String>>, QueryRejection>,
) -> Result<Json<Categories>, Refused> {
    // A query that cannot be read names no order; the service says that it must.
    let order_id = query.ok().and_then(|Query(mut query)| query.remove("orderId")).unwrap_or_default();
    let request = ListCategoriesRequest { msn: msn.to_string(), order_id };
    let answer = gateway.order_management().list_categories(request).await?.into_inner();
    Ok(Json(Categories::from_proto(answer.categories)?))
}
