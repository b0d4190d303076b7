//! `DELETE /qr/v1/merchant-callback/{merchantQrId}`: scans of it lead nowhere any more. The answer is 200 without a body.

use axum::{Extension, extract::State};
use http::StatusCode;
use kvitt_primitives::Msn;
use kvitt_proto::qr::v1::DeleteMerchantCallbackRequest;

use super::call::{IdPath, known_id};
use crate::{gateway::Gateway, problem::Refused};

/// The operation.
pub(crate) async fn delete_callback(
    State(gateway): State<Gateway>,
    Extension(msn): Extension<Msn>,
    id: IdPath,
) -> Result<StatusCode, Refused> {
    let request = DeleteMerchantCallbackRequest { msn: msn.to_string(), merchant_qr_id: known_id(id)? };
    gateway.codes().delete_merchant_callback(request).await?;
    Ok(StatusCode::OK)
}
