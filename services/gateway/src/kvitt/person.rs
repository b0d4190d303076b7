//! `/kvitt/v1/payers/{phoneNumber}/…`: what a payer does in the app besides paying. Sandbox only.

use axum::{
    Json,
    extract::{Path, Request, State, rejection::PathRejection},
};
use chrono::SecondsFormat;
use kvitt_proto::{
    error::v1::Reason,
    time,
    wallet::v1::{
        FindPayerRequest, IssueCustomerTokenRequest, IssuePersonalCodeRequest, PayerStatus,
        PersonalCodeVersion, RevokeConsentRequest, SetPayerStatusRequest, SetPushDeliveryRequest,
    },
};
use serde::Serialize;
use tonic::Status;
use utoipa::ToSchema;

use crate::{
    body::{self, Faults, Field, Tree},
    gateway::Gateway,
    problem::Refused,
};

/// Versions of the personal code; the first one is shown unless another one is asked for.
pub(crate) const VERSIONS: [(&str, PersonalCodeVersion); 2] = [
    ("2.0", PersonalCodeVersion::PersonalCodeVersion20),
    ("1.0", PersonalCodeVersion::PersonalCodeVersion10),
];

/// What may become of a payer.
pub(crate) const STATUSES: [(&str, PayerStatus); 3] =
    [("ACTIVE", PayerStatus::Active), ("BLOCKED", PayerStatus::Blocked), ("DELETED", PayerStatus::Deleted)];

/// A phone number in the path, perhaps not even text.
pub(super) type Number = Result<Path<String>, PathRejection>;

/// A token that names the payer once.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = kvitt::CustomerToken)]
pub(crate) struct CustomerToken {
    customer_token: String,
    #[schema(value_type = crate::openapi::words::Instant)]
    expires_at: String,
}

/// What a scanner reads from the payer's own code.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = kvitt::PersonalQr)]
pub(crate) struct PersonalQr {
    personal_qr: String,
}

/// Nothing to tell.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = kvitt::Done)]
pub(crate) struct Done {}

/// `POST …/customer-token`: checks in at a merchant.
pub(crate) async fn customer_token(
    State(gateway): State<Gateway>,
    number: Number,
) -> Result<Json<CustomerToken>, Refused> {
    let payer_id = payer_id(&gateway, number).await?;
    let request = IssueCustomerTokenRequest { payer_id };
    let answer = gateway.payers().issue_customer_token(request).await?.into_inner();
    let expires_at = answer.expires_at.and_then(|at| time::from_proto(at, "expires_at").ok());
    let expires_at =
        expires_at.ok_or_else(|| Refused::because(Reason::Internal, "the answer lacks the time"))?;
    Ok(Json(CustomerToken {
        customer_token: answer.customer_token,
        expires_at: expires_at.to_rfc3339_opts(SecondsFormat::Millis, true),
    }))
}

/// `POST …/personal-qr`: shows the payer's own code; `version` is `2.0` (default) or `1.0`.
pub(crate) async fn personal_qr(
    State(gateway): State<Gateway>,
    number: Number,
    request: Request,
) -> Result<Json<PersonalQr>, Refused> {
    let version = read(request, |root| root.field("version").choice(&VERSIONS)).await?;
    let payer_id = payer_id(&gateway, number).await?;
    let request = IssuePersonalCodeRequest { payer_id, version: version.unwrap_or_default().into() };
    let answer = gateway.payers().issue_personal_code(request).await?.into_inner();
    Ok(Json(PersonalQr { personal_qr: answer.personal_qr }))
}

/// `POST …/push`: switches `on` or off that requests are pushed to the payer's phone.
pub(crate) async fn push(
    State(gateway): State<Gateway>,
    number: Number,
    request: Request,
) -> Result<Json<Done>, Refused> {
    let on = read(request, |root| root.field("on").required().boolean()).await?;
    let payer_id = payer_id(&gateway, number).await?;
    let request = SetPushDeliveryRequest { payer_id, push_off: on == Some(false) };
    gateway.payers().set_push_delivery(request).await?;
    Ok(Json(Done {}))
}

/// `POST …/status`: blocks, deletes or readmits the payer.
pub(crate) async fn status(
    State(gateway): State<Gateway>,
    number: Number,
    request: Request,
) -> Result<Json<Done>, Refused> {
    let status = read(request, |root| root.field("status").required().choice(&STATUSES)).await?;
    let payer_id = payer_id(&gateway, number).await?;
    let request = SetPayerStatusRequest { payer_id, status: status.unwrap_or_default().into() };
    gateway.payers().set_payer_status(request).await?;
    Ok(Json(Done {}))
}

/// `POST …/revoke-consent`: no longer shares anything with a sales unit.
pub(crate) async fn revoke_consent(
    State(gateway): State<Gateway>,
    number: Number,
    request: Request,
) -> Result<Json<Done>, Refused> {
    let msn = read(request, |root| root.field("merchantSerialNumber").required().text_or_integer()).await?;
    let payer_id = payer_id(&gateway, number).await?;
    let request = RevokeConsentRequest { payer_id, msn: msn.unwrap_or_default() };
    gateway.payers().revoke_consent(request).await?;
    Ok(Json(Done {}))
}

/// The payer who has this number.
pub(super) async fn payer_id(gateway: &Gateway, number: Number) -> Result<String, Refused> {
    let nobody = || Refused::because(Reason::NotFound, "No payer has this phone number.");
    let Path(phone_number) = number.map_err(|_| nobody())?;
    let found = gateway.wallet().find_payer(FindPayerRequest { phone_number }).await?.into_inner();
    found.payer.map(|payer| payer.payer_id).ok_or_else(nobody)
}

async fn read<T>(request: Request, field: impl Fn(&Field<'_>) -> Option<T>) -> Result<Option<T>, Refused> {
    let body = body::collect(request.into_body()).await?;
    let read = || -> Result<Option<T>, Status> {
        let (tree, faults) = (Tree::parse(&body)?, Faults::default());
        let read = field(&Field::root(&tree, &faults)?);
        faults.finish().map(|()| read)
    };
    Ok(read()?)
}
