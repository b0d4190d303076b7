//! `PUT /order-management/v2/{paymentType}/categories/{orderId}`: the order's category, in place of the one before.

use axum::{
    Extension, Json,
    extract::{Request, State},
};
use kvitt_primitives::Msn;
use kvitt_proto::ordermanagement::v1::SetCategoryRequest;

use super::{
    call::{OrderPath, order},
    json::read,
};
use crate::{
    body::{decode, renamed},
    gateway::Gateway,
    problem::Refused,
};

const NAMES: [(&str, &str); 3] =
    [("link.type", "category"), ("link.url", "orderDetailsUrl"), ("link.imageId", "imageId")];

/// The operation; answers the category's id.
pub(crate) async fn set_category(
    State(gateway): State<Gateway>,
    Extension(msn): Extension<Msn>,
    path: OrderPath,
    request: Request,
) -> Result<Json<String>, Refused> {
    let request = decode(request.into_body(), |root, faults| {
        let (payment_type, order_id) = order(path, faults);
        let link = read::link(root, ("category", "orderDetailsUrl"));
        SetCategoryRequest { msn: msn.to_string(), payment_type, order_id, link: Some(link) }
    })
    .await?;
    let answer = gateway.order_management().set_category(request).await;
    Ok(Json(answer.map_err(|status| renamed(status, &NAMES))?.into_inner().category_id))
}
