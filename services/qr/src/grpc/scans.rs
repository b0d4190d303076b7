//! What is scanned.

use kvitt_proto::qr::v1::{
    CheckInRequest, CheckInResponse, CheckInState, GetCheckInRequest, GetCheckInResponse, GetCodeRequest,
    GetCodeResponse, ResolveQrRequest, ResolveQrResponse, UnitFound, resolve_qr_response::Found as OnWire,
    scan_service_server::ScanService,
};
use kvitt_runtime::Caller;
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::{
    Answer, Grpc, authorized::msn, codes::CUSTOMER_TOKEN, decode::Fields, shown::callback_found,
    wish::callback_id,
};
use crate::{
    app::{
        Error,
        check_in::{CheckIn, check_in},
        get_check_in::{Standing, get_check_in},
        get_code::get_code,
        resolve_qr::{Found, resolve_qr},
    },
    domain::scanned::MOST_SCANNED,
};

#[tonic::async_trait]
impl ScanService for Grpc {
    async fn get_code(&self, request: Request<GetCodeRequest>) -> Answer<GetCodeResponse> {
        let code = request.get_ref().code.parse().map_err(|_| Error::CodeNotFound)?;
        let held = get_code(&self.app, &code).await?;
        let target_url = held.target_url.unwrap_or_default();
        Ok(Response::new(GetCodeResponse { content: held.content, target_url }))
    }

    async fn resolve_qr(&self, request: Request<ResolveQrRequest>) -> Answer<ResolveQrResponse> {
        let mut fields = Fields::default();
        let text = fields.text("text", request.into_inner().text, (0, MOST_SCANNED));
        let found = resolve_qr(&self.app, &fields.finish(text)?).await?;
        Ok(Response::new(ResolveQrResponse { found: Some(on_wire(found)) }))
    }

    async fn check_in(&self, request: Request<CheckInRequest>) -> Answer<CheckInResponse> {
        let listening = check_in(&self.app, decoded(request.into_inner())?).await?;
        Ok(Response::new(CheckInResponse { listening }))
    }

    async fn get_check_in(&self, request: Request<GetCheckInRequest>) -> Answer<GetCheckInResponse> {
        let caller = *Caller::of(&request)?;
        let GetCheckInRequest { msn, check_in_id } = request.into_inner();
        let msn = self::msn(&msn)?;
        self.plays_payer(&caller, &msn).await?;
        let check_in_id = Uuid::try_parse(&check_in_id).map_err(|_| Error::CheckInNotFound)?;
        let state = match get_check_in(&self.app, &msn, check_in_id).await? {
            Standing::Waiting => CheckInState::Waiting,
            Standing::Reached => CheckInState::Reached,
            Standing::Unreached => CheckInState::Unreached,
        };
        Ok(Response::new(GetCheckInResponse { state: state.into() }))
    }
}

/// Who scanned what. A code that cannot be is none.
fn decoded(request: CheckInRequest) -> Result<CheckIn, Status> {
    let mut fields = Fields::default();
    let msn = fields.parse("msn", &request.msn);
    let customer_token = fields.text("customerToken", request.customer_token, CUSTOMER_TOKEN);
    let check_in_id = Uuid::try_parse(&request.check_in_id).ok();
    let check_in_id = check_in_id.or_else(|| fields.broken("checkInId", "must be a UUID"));
    let ((msn, customer_token), check_in_id) = fields.finish(msn.zip(customer_token).zip(check_in_id))?;
    Ok(CheckIn { msn, callback_id: callback_id(&request.merchant_qr_id)?, customer_token, check_in_id })
}

fn on_wire(found: Found) -> OnWire {
    match found {
        Found::Payment(token) => OnWire::RedirectToken(token),
        Found::Redirect(url) => OnWire::RedirectUrl(url.as_str().to_owned()),
        Found::Callback(callback) => OnWire::Callback(callback_found(&callback)),
        Found::Link(code) => OnWire::PaymentLinkToken(code.as_str().to_owned()),
        Found::Unit(unit) => {
            OnWire::Unit(UnitFound { msn: unit.msn, name: unit.name, currency: unit.currency })
        }
    }
}

#[cfg(test)]
mod tests;
