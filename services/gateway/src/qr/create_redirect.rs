//! `POST /qr/v1/merchant-redirect`: a printed code that leads to a page of the merchant.

use axum::{
    Extension, Json,
    extract::{Request, State},
};
use kvitt_primitives::Msn;
use kvitt_proto::qr::v1::CreateMerchantRedirectRequest;

use super::{image, json::Redirect};
use crate::{body::decode, gateway::Gateway, problem::Refused};

/// The operation.
pub(crate) async fn create_redirect(
    State(gateway): State<Gateway>,
    Extension(msn): Extension<Msn>,
    request: Request,
) -> Result<Json<Redirect>, Refused> {
    let (parts, body) = request.into_parts();
    let format = image::format(&parts.headers)?;
    let request = decode(body, |root, faults| CreateMerchantRedirectRequest {
        msn: msn.to_string(),
        id: root.field("id").required().text_or_integer().unwrap_or_default(),
        redirect_url: root.field("redirectUrl").required().text().unwrap_or_default(),
        ttl_seconds: root.field("ttl").integer(),
        image: Some(image::of_call(format, &parts.headers, root, faults)),
    })
    .await?;
    let answer = gateway.codes().create_merchant_redirect(request).await?;
    let redirect = answer.into_inner().merchant_redirect;
    Ok(Json(Redirect::from_proto(redirect.unwrap_or_default())))
}
