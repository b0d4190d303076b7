//! `POST /qr/v1/exchange`: who shows this code at the till.

use axum::{
    Extension, Json,
    extract::{Request, State},
};
use kvitt_primitives::Msn;
use kvitt_proto::qr::v1::ExchangeQrRequest;

use super::json::{Exchanged, REQUESTED_DATA};
use crate::{
    body::{Field, decode},
    gateway::Gateway,
    problem::Refused,
};

/// The operation.
pub(crate) async fn exchange(
    State(gateway): State<Gateway>,
    Extension(msn): Extension<Msn>,
    request: Request,
) -> Result<Json<Exchanged>, Refused> {
    let request = decode(request.into_body(), |root, _| {
        judge_requested_data(root);
        let qr_code = root.field("qrCode").required().text().unwrap_or_default();
        ExchangeQrRequest { msn: msn.to_string(), qr_code }
    })
    .await?;
    let answer = gateway.codes().exchange_qr(request).await?.into_inner();
    Ok(Json(Exchanged::from_proto(answer)))
}

/// `requestedData` may name the phone number and nothing else, and is the same when it is left out.
pub(super) fn judge_requested_data(body: &Field<'_>) {
    for asked in body.field("requestedData").items() {
        asked.required().choice(&REQUESTED_DATA);
    }
}

#[cfg(test)]
mod tests {
    use kvitt_proto::refusal;

    use super::*;
    use crate::body::decode_bytes;

    #[test]
    fn only_a_phone_number_may_be_asked_for() {
        let judge = |body: &str| decode_bytes(body.as_bytes(), |root, _| judge_requested_data(root));
        for body in
            ["{}", r#"{"requestedData":null}"#, r#"{"requestedData":[]}"#, r#"{"requestedData":["MSISDN"]}"#]
        {
            assert!(judge(body).is_ok(), "{body}");
        }
        for (body, field) in [
            (r#"{"requestedData":["MSISDN","EMAIL"]}"#, "requestedData[1]"),
            (r#"{"requestedData":[null]}"#, "requestedData[0]"),
            (r#"{"requestedData":"MSISDN"}"#, "requestedData"),
        ] {
            let refused = refusal::field_violations_of(&judge(body).unwrap_err());
            assert_eq!(refused[0].field, field, "{body}");
        }
    }
}
