//! `GET /vipps-userinfo-api/userinfo/{sub}`: what a payer shares with the sales unit, as it is now.

use axum::{
    Extension, Json,
    extract::{Path, State, rejection::PathRejection},
};
use kvitt_primitives::Msn;
use kvitt_proto::{error::v1::Reason, wallet::v1::GetUserinfoRequest};

use super::json::Userinfo;
use crate::{gateway::Gateway, problem::Refused};

/// The operation.
pub(crate) async fn get(
    State(gateway): State<Gateway>,
    Extension(msn): Extension<Msn>,
    sub: Result<Path<String>, PathRejection>,
) -> Result<Json<Userinfo>, Refused> {
    // A name that is not even text is nobody's.
    let Ok(Path(sub)) = sub else { return Err(Refused::because(Reason::NotFound, "Nobody has this sub.")) };
    let request = GetUserinfoRequest { msn: msn.to_string(), sub };
    let answer = gateway.userinfo().get_userinfo(request).await?.into_inner();
    Ok(Json(Userinfo::from_proto(answer)))
}
