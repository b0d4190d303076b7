//! `DELETE /order-management/v3/categories/{categoryId}`: the category is gone.

use axum::{
    Extension, Json,
    extract::{Path, State, rejection::PathRejection},
};
use kvitt_primitives::Msn;
use kvitt_proto::ordermanagement::v1::DeleteCategoryRequest;

use super::json::DeletedCategory;
use crate::{gateway::Gateway, problem::Refused};

/// The operation.
pub(crate) async fn delete_category(
    State(gateway): State<Gateway>,
    Extension(msn): Extension<Msn>,
    category_id: Result<Path<String>, PathRejection>,
) -> Result<Json<DeletedCategory>, Refused> {
    // What is no text is no id either.
    let category_id = category_id.map_or_else(|_| "?".to_owned(), |Path(category_id)| category_id);
    let request = DeleteCategoryRequest { msn: msn.to_string(), category_id };
    gateway.order_management().delete_category(request).await?;
    Ok(Json(DeletedCategory {}))
}
