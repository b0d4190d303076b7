//! `DELETE /qr/v1/merchant-redirect/{id}`: what is printed leads nowhere any more. The answer is 200 without a body.

use axum::{Extension, extract::State};
use http::StatusCode;
use kvitt_primitives::Msn;
use kvitt_proto::qr::v1::DeleteMerchantRedirectRequest;

use super::call::{IdPath, known_id};
use crate::{gateway::Gateway, problem::Refused};

/// The operation.
pub(crate) async fn delete_redirect(
    State(gateway): State<Gateway>,
    Extension(msn): Extension<Msn>,
    id: IdPath,
) -> Result<StatusCode, Refused> {
    let request = DeleteMerchantRedirectRequest { msn: msn.to_string(), id: known_id(id)? };
    gateway.codes().delete_merchant_redirect(request).await?;
    Ok(StatusCode::OK)
}
