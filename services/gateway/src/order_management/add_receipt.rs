//! `POST /order-management/v2/{paymentType}/receipts/{orderId}`: the order's receipt, once.

use axum::{
    Extension, Json,
    extract::{Request, State},
};
use http::StatusCode;
use kvitt_primitives::Msn;
use kvitt_proto::ordermanagement::v1::AddReceiptRequest;

use super::call::{OrderPath, order};
use crate::{
    body::{decode, renamed},
    epayment::json::read,
    gateway::Gateway,
    problem::Refused,
};

/// The operation; answers the receipt's id. The body is the receipt, as ePayment has it in a field.
pub(crate) async fn add_receipt(
    State(gateway): State<Gateway>,
    Extension(msn): Extension<Msn>,
    path: OrderPath,
    request: Request,
) -> Result<(StatusCode, Json<String>), Refused> {
    let request = decode(request.into_body(), |root, faults| {
        let (payment_type, order_id) = order(path, faults);
        AddReceiptRequest { msn: msn.to_string(), payment_type, order_id, receipt: read::receipt(root) }
    })
    .await?;
    let answer = gateway.order_management().add_receipt(request).await;
    let receipt_id = answer.map_err(|status| renamed(status, &[("receipt.", "")]))?.into_inner().receipt_id;
    Ok((StatusCode::CREATED, Json(receipt_id)))
}
