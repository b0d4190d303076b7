//! `/kvitt/v1/agreements`: what a sales unit pays and how it is paid out, which only the operator decides elsewhere. Sandbox
//! only.

use axum::{
    Extension, Json,
    extract::{Request, State},
};
use kvitt_primitives::Msn;
use kvitt_proto::settlement::v1::{self, GetAgreementRequest, SetAgreementRequest};
use tonic::Status;

use super::ledger_json::Agreement;
use crate::{body, gateway::Gateway, problem::Refused};

/// `GET`: the agreement in force.
pub(crate) async fn get(
    State(gateway): State<Gateway>,
    Extension(msn): Extension<Msn>,
) -> Result<Json<Agreement>, Refused> {
    let request = GetAgreementRequest { msn: msn.to_string() };
    let answer = gateway.agreements().get_agreement(request).await?.into_inner();
    Ok(Json(Agreement::from_proto(answer.agreement)?))
}

/// `PUT`: agrees all of it from the first open ledger date on; what is left out is nothing.
pub(crate) async fn set(
    State(gateway): State<Gateway>,
    Extension(msn): Extension<Msn>,
    request: Request,
) -> Result<Json<Agreement>, Refused> {
    let request = decode(&body::collect(request.into_body()).await?, &msn)?;
    let answer = gateway.agreements().set_agreement(request).await?.into_inner();
    Ok(Json(Agreement::from_proto(answer.agreement)?))
}

fn decode(body: &[u8], msn: &Msn) -> Result<SetAgreementRequest, Status> {
    body::decode_bytes(body, |root, _| SetAgreementRequest {
        agreement: Some(v1::Agreement {
            msn: msn.to_string(),
            product: root.field("product").text().unwrap_or_default(),
            percentage: root.field("percentage").text().unwrap_or_default(),
            fixed_minor: root.field("fixedMinor").integer().unwrap_or_default(),
            minimum_minor: root.field("minimumMinor").integer().unwrap_or_default(),
            reserve_minor: root.field("reserveMinor").integer().unwrap_or_default(),
            payout_delay_days: root.field("payoutDelayDays").small_integer().unwrap_or_default(),
            cut_off_minutes: root.field("cutOffMinutes").small_integer().unwrap_or_default(),
            effective_from: String::new(),
        }),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::epayment::call::tests::named;

    #[test]
    fn an_agreement_is_read_whole_and_what_is_left_out_is_nothing() {
        let msn: Msn = "123456".parse().unwrap();
        let body = br#"{"product":"Vipps Netthandel","percentage":"2.99","fixedMinor":100,"minimumMinor":200,
            "reserveMinor":300,"payoutDelayDays":4,"cutOffMinutes":240}"#;
        let agreement = decode(body, &msn).unwrap().agreement.unwrap();
        assert_eq!((agreement.product.as_str(), agreement.percentage.as_str()), ("Vipps Netthandel", "2.99"));
        let minor = (agreement.fixed_minor, agreement.minimum_minor, agreement.reserve_minor);
        assert_eq!(minor, (100, 200, 300));
        assert_eq!((agreement.payout_delay_days, agreement.cut_off_minutes), (4, 240));
        let nothing = decode(b"{}", &msn).unwrap().agreement.unwrap();
        assert_eq!(nothing, v1::Agreement { msn: msn.to_string(), ..Default::default() });
        let refused =
            decode(br#"{"percentage":2.99,"fixedMinor":"x","cutOffMinutes":1.5}"#, &msn).unwrap_err();
        let mut broken = named(&refused);
        broken.sort();
        assert_eq!(broken, ["cutOffMinutes", "fixedMinor", "percentage"]);
    }
}
