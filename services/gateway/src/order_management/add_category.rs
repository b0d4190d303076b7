//! `POST /order-management/v3/categories`: one more category for an order.

use axum::{
    Extension, Json,
    extract::{Request, State},
};
use http::StatusCode;
use kvitt_primitives::Msn;
use kvitt_proto::ordermanagement::v1::AddCategoryRequest;

use super::json::{AddedCategory, read};
use crate::{
    body::{decode, renamed},
    gateway::Gateway,
    problem::Refused,
};

/// The operation.
pub(crate) async fn add_category(
    State(gateway): State<Gateway>,
    Extension(msn): Extension<Msn>,
    request: Request,
) -> Result<(StatusCode, Json<AddedCategory>), Refused> {
    let request = decode(request.into_body(), |root, _| AddCategoryRequest {
        msn: msn.to_string(),
        payment_type: read::payment_type_field(&root.field("paymentType").required()),
        order_id: read::order_id(&root.field("orderId").required()),
        link: Some(read::link(root, ("type", "url"))),
    })
    .await?;
    let answer = gateway.order_management().add_category(request).await;
    let category_id = answer.map_err(|status| renamed(status, &[("link.", "")]))?.into_inner().category_id;
    Ok((StatusCode::CREATED, Json(AddedCategory { category_id })))
}
