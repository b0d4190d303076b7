//! `GET /qr/v1/merchant-callback/{merchantQrId}`: one code, and what it says.

use axum::{
    Extension, Json,
    extract::{RawQuery, State},
};
use kvitt_primitives::Msn;
use kvitt_proto::qr::v1::GetMerchantCallbackRequest;

use super::{
    call::{IdPath, known_id},
    image,
    json::Callback,
};
use crate::{gateway::Gateway, problem::Refused};

/// The operation.
pub(crate) async fn get_callback(
    State(gateway): State<Gateway>,
    Extension(msn): Extension<Msn>,
    id: IdPath,
    RawQuery(query): RawQuery,
) -> Result<Json<Callback>, Refused> {
    let image = Some(image::of_query(query.as_deref().unwrap_or_default())?);
    let request = GetMerchantCallbackRequest { msn: msn.to_string(), merchant_qr_id: known_id(id)?, image };
    let callback = gateway.codes().get_merchant_callback(request).await?.into_inner().merchant_callback;
    Ok(Json(Callback::from_proto(callback.unwrap_or_default())))
}
