//! `POST /qr/v1`: a code for one payment, from the URL to which its payer is sent.

use axum::{
    Extension, Json,
    extract::{Request, State},
};
use kvitt_primitives::Msn;
use kvitt_proto::qr::v1::CreateOneTimeQrRequest;

use super::{image, json::OneTime};
use crate::{body::decode, gateway::Gateway, problem::Refused};

/// The operation.
pub(crate) async fn create_one_time(
    State(gateway): State<Gateway>,
    Extension(msn): Extension<Msn>,
    request: Request,
) -> Result<Json<OneTime>, Refused> {
    let (parts, body) = request.into_parts();
    let format = image::format(&parts.headers)?;
    let request = decode(body, |root, faults| CreateOneTimeQrRequest {
        msn: msn.to_string(),
        // Upstream's own example begins with blanks.
        url: root.field("url").required().text().unwrap_or_default().trim().to_owned(),
        image: Some(image::of_call(format, &parts.headers, root, faults)),
    })
    .await?;
    let answer = gateway.codes().create_one_time_qr(request).await?;
    Ok(Json(OneTime::from_proto(answer.into_inner())))
}
