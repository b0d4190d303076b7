//! `PUT /qr/v1/merchant-redirect/{id}`: the code leads elsewhere, and what is printed stays. Plugins send the id in the body
//! too; the one in the path counts.

use axum::{
    Extension, Json,
    extract::{Request, State},
};
use kvitt_primitives::Msn;
use kvitt_proto::qr::v1::UpdateMerchantRedirectRequest;

use super::{
    call::{IdPath, known_id},
    image,
    json::Redirect,
};
use crate::{body::decode, gateway::Gateway, problem::Refused};

/// The operation.
pub(crate) async fn update_redirect(
    State(gateway): State<Gateway>,
    Extension(msn): Extension<Msn>,
    id: IdPath,
    request: Request,
) -> Result<Json<Redirect>, Refused> {
    let (parts, body) = request.into_parts();
    let format = image::format(&parts.headers)?;
    let id = known_id(id)?;
    let request = decode(body, |root, faults| UpdateMerchantRedirectRequest {
        msn: msn.to_string(),
        id,
        redirect_url: root.field("redirectUrl").required().text().unwrap_or_default(),
        image: Some(image::of_call(format, &parts.headers, root, faults)),
    })
    .await?;
    let answer = gateway.codes().update_merchant_redirect(request).await?;
    let redirect = answer.into_inner().merchant_redirect;
    Ok(Json(Redirect::from_proto(redirect.unwrap_or_default())))
}
