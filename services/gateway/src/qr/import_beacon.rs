//! `PUT /qr/v1/merchant-callback/mobilepay/{beaconId}`: takes a code over that MobilePay's old API printed. The answer is 200
//! without a body.

use axum::{
    Extension,
    extract::{Request, State},
};
use http::StatusCode;
use kvitt_primitives::Msn;
use kvitt_proto::qr::v1::ImportBeaconRequest;

use super::call::{IdPath, new_id};
use crate::{body::decode, gateway::Gateway, problem::Refused};

/// The operation.
pub(crate) async fn import_beacon(
    State(gateway): State<Gateway>,
    Extension(msn): Extension<Msn>,
    id: IdPath,
    request: Request,
) -> Result<StatusCode, Refused> {
    let beacon_id = new_id(id, "beaconId")?;
    let request = decode(request.into_body(), |root, _| ImportBeaconRequest {
        msn: msn.to_string(),
        beacon_id,
        location_description: root.field("locationDescription").required().text().unwrap_or_default(),
    })
    .await?;
    gateway.codes().import_beacon(request).await?;
    Ok(StatusCode::OK)
}
