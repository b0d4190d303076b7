//! What other services want merchants to be told.

use kvitt_primitives::Invalid;
use kvitt_proto::{
    refusal::{self, FieldViolation},
    webhook::v1::{RemoveConsentRequest, RemoveConsentResponse, callback_service_server::CallbackService},
};
use kvitt_runtime::{Caller, ServiceName};
use tonic::{Request, Response};

use super::{Answer, Grpc};
use crate::app::remove_consent::{Removal, remove_consent};

#[tonic::async_trait]
impl CallbackService for Grpc {
    async fn remove_consent(&self, request: Request<RemoveConsentRequest>) -> Answer<RemoveConsentResponse> {
        Caller::of(&request)?.is_service(&[ServiceName::Wallet])?;
        let removal = removal(request.get_ref()).map_err(refusal::fields)?;
        let told = remove_consent(&self.app, &removal).await?;
        Ok(Response::new(RemoveConsentResponse { told }))
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

fn parse<T: std::str::FromStr<Err = Invalid>>(
    broken: &mut Vec<FieldViolation>,
    field: &str,
    text: &str,
) -> Option<T> {
    let rule = |Invalid { rule }| if text.is_empty() { "is required" } else { rule };
    text.parse().map_err(|invalid| broken.push(FieldViolation::new(field, rule(invalid)))).ok()
}

#[cfg(test)]
mod tests;
