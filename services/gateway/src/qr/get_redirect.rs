//! `GET /qr/v1/merchant-redirect/{id}`: one code, and where it leads.

use axum::{Extension, Json, extract::State};
use http::HeaderMap;
use kvitt_primitives::Msn;
use kvitt_proto::qr::v1::GetMerchantRedirectRequest;

use super::{
    call::{IdPath, known_id},
    image,
    json::Redirect,
};
use crate::{gateway::Gateway, problem::Refused};

/// The operation.
pub(crate) async fn get_redirect(
    State(gateway): State<Gateway>,
    Extension(msn): Extension<Msn>,
    id: IdPath,
    headers: HeaderMap,
) -> Result<Json<Redirect>, Refused> {
    let image = Some(image::of_headers(&headers)?);
    let request = GetMerchantRedirectRequest { msn: msn.to_string(), id: known_id(id)?, image };
    let answer = gateway.codes().get_merchant_redirect(request).await?;
    let redirect = answer.into_inner().merchant_redirect;
    Ok(Json(Redirect::from_proto(redirect.unwrap_or_default())))
}
