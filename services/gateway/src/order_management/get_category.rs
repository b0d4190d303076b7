//! `GET /order-management/v3/categories/{categoryId}`: one category.

use axum::{
    Extension, Json,
    extract::{Path, State, rejection::PathRejection},
};
use kvitt_primitives::Msn;
use kvitt_proto::ordermanagement::v1::GetCategoryRequest;

use super::json::Category;
use crate::{gateway::Gateway, problem::Refused};

/// The operation.
pub(crate) async fn get_category(
    State(gateway): State<Gateway>,
    Extension(msn): Extension<Msn>,
    category_id: Result<Path<String>, PathRejection>,
) -> Result<Json<Category>, Refused> {
    // What is no text is no id either.
    let category_id = category_id.map_or_else(|_| "?".to_owned(), |Path(category_id)| category_id);
    let request = GetCategoryRequest { msn: msn.to_string(), category_id };
    let answer = gateway.order_management().get_category(request).await?.into_inner();
    Ok(Json(Category::from_proto(answer.category)?))
}
