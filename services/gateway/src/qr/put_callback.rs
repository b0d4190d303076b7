//! `PUT /qr/v1/merchant-callback/{merchantQrId}`: a printed code whose scan tells the merchant, or what it says from now on.
//! The answer is 200 without a body.

use axum::{
    Extension,
    extract::{Request, State},
};
use http::StatusCode;
use kvitt_primitives::Msn;
use kvitt_proto::qr::v1::PutMerchantCallbackRequest;

use super::{
    call::{IdPath, new_id},
    json::CATEGORIES,
};
use crate::{body::decode, gateway::Gateway, problem::Refused};

/// The operation.
pub(crate) async fn put_callback(
    State(gateway): State<Gateway>,
    Extension(msn): Extension<Msn>,
    id: IdPath,
    request: Request,
) -> Result<StatusCode, Refused> {
    let merchant_qr_id = new_id(id, "merchantQrId")?;
    let request = decode(request.into_body(), |root, _| PutMerchantCallbackRequest {
        msn: msn.to_string(),
        merchant_qr_id,
        location_description: root.field("locationDescription").required().text().unwrap_or_default(),
        category: root.field("category").choice(&CATEGORIES).unwrap_or_default().into(),
    })
    .await?;
    gateway.codes().put_merchant_callback(request).await?;
    Ok(StatusCode::OK)
}
