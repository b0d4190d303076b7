//! What other services want merchants to be told.

use kvitt_primitives::{Invalid, Msn};
use kvitt_proto::{
    refusal::{self, FieldViolation},
    webhook::v1::{
        CheckInRequest, CheckInResponse, GetCheckInRequest, GetCheckInResponse, RemoveConsentRequest,
        RemoveConsentResponse, callback_service_server::CallbackService,
    },
};
use tonic::{Request, Response};
use uuid::Uuid;

use super::{Answer, Grpc, encode};
use crate::app::{
    check_in::{CheckIn, CustomerToken, check_in},
    get_check_in::get_check_in,
    remove_consent::{Removal, remove_consent},
};

/// Most characters of a code's id and of a token, far beyond what either has.
const LONGEST: usize = 1000;

#[tonic::async_trait]
impl CallbackService for Grpc {
    async fn remove_consent(&self, request: Request<RemoveConsentRequest>) -> Answer<RemoveConsentResponse> {
        let removal = removal(request.get_ref()).map_err(refusal::fields)?;
        let told = remove_consent(&self.app, &removal).await?;
        Ok(Response::new(RemoveConsentResponse { told }))
    }

    async fn check_in(&self, request: Request<CheckInRequest>) -> Answer<CheckInResponse> {
        let there = there(request.into_inner()).map_err(refusal::fields)?;
        let listening = check_in(&self.app, &there).await?;
        Ok(Response::new(CheckInResponse { listening }))
    }

    async fn get_check_in(&self, request: Request<GetCheckInRequest>) -> Answer<GetCheckInResponse> {
        let which = which(request.get_ref()).map_err(refusal::fields)?;
        let (state, attempt_count) = get_check_in(&self.app, which).await?;
        Ok(Response::new(GetCheckInResponse { state: encode::state(state).into(), attempt_count }))
    }
}

/// The request in the domain's words, or every broken field.
fn removal(request: &RemoveConsentRequest) -> Result<Removal, Vec<FieldViolation>> {
    let mut broken = Vec::new();
    let msn = parse(&mut broken, "msn", &request.msn);
    let consent_id = parse(&mut broken, "consentId", &request.consent_id);
    let sub = parse(&mut broken, "sub", &request.sub);
    match (msn, consent_id, sub) {
        (Some(msn), Some(consent_id), Some(sub)) => Ok(Removal { msn, consent_id, sub }),
        _ => Err(broken),
    }
}

fn there(request: CheckInRequest) -> Result<CheckIn, Vec<FieldViolation>> {
    let mut broken = Vec::new();
    let msn = parse(&mut broken, "msn", &request.msn);
    let check_in_id = uuid(&mut broken, &request.check_in_id);
    let merchant_qr_id = text(&mut broken, "merchantQrId", request.merchant_qr_id);
    let customer_token = text(&mut broken, "customerToken", request.customer_token).map(CustomerToken);
    match (msn, check_in_id, merchant_qr_id, customer_token) {
        (Some(msn), Some(check_in_id), Some(merchant_qr_id), Some(customer_token)) => {
            Ok(CheckIn { msn, check_in_id, merchant_qr_id, customer_token })
        }
        _ => Err(broken),
    }
}

fn which(request: &GetCheckInRequest) -> Result<(Msn, Uuid), Vec<FieldViolation>> {
    let mut broken = Vec::new();
    let msn = parse(&mut broken, "msn", &request.msn);
    let check_in_id = uuid(&mut broken, &request.check_in_id);
    msn.zip(check_in_id).ok_or(broken)
}

fn parse<T: std::str::FromStr<Err = Invalid>>(
    broken: &mut Vec<FieldViolation>,
    field: &str,
    text: &str,
) -> Option<T> {
    let rule = |Invalid { rule }| if text.is_empty() { "is required" } else { rule };
    text.parse().map_err(|invalid| broken.push(FieldViolation::new(field, rule(invalid)))).ok()
}

fn uuid(broken: &mut Vec<FieldViolation>, text: &str) -> Option<Uuid> {
    let id = Uuid::try_parse(text).ok();
    if id.is_none() {
        broken.push(FieldViolation::new("checkInId", "must be a UUID"));
    }
    id
}

/// What can be stored and sent on.
fn text(broken: &mut Vec<FieldViolation>, field: &str, text: String) -> Option<String> {
    let fits = !text.contains('\0') && (1..=LONGEST).contains(&text.chars().count());
    if !fits {
        broken.push(FieldViolation::new(field, "must be 1 to 1000 characters"));
    }
    fits.then_some(text)
}

#[cfg(test)]
mod tests;
