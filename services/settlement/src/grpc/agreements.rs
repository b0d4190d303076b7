//! What the operator agrees with units, and adds to their ledgers by hand.

use kvitt_proto::settlement::v1::{
    GetAgreementRequest, GetAgreementResponse, PostEntryRequest, PostEntryResponse, SetAgreementRequest,
    SetAgreementResponse, agreement_service_server::AgreementService,
};
use kvitt_runtime::Caller;
use tonic::{Request, Response};

use super::{Answer, Grpc, authorized, decode, encode};
use crate::app::{get_agreement::get_agreement, post_entry::post_entry, set_agreement::set_agreement};

#[tonic::async_trait]
impl AgreementService for Grpc {
    async fn set_agreement(&self, request: Request<SetAgreementRequest>) -> Answer<SetAgreementResponse> {
        let msn = decode::unit_of(&request.get_ref().agreement)?;
        let unit = self.for_operator(Caller::of(&request)?, &msn).await?;
        let agreement = decode::agreement(request.into_inner().agreement.unwrap_or_default())?;
        let since = set_agreement(&self.app, &unit, &agreement).await?;
        let agreement = Some(encode::agreement(&msn, Some(since), agreement));
        Ok(Response::new(SetAgreementResponse { agreement }))
    }

    async fn get_agreement(&self, request: Request<GetAgreementRequest>) -> Answer<GetAgreementResponse> {
        let msn = authorized::msn(&request.get_ref().msn)?;
        let unit = self.for_operator(Caller::of(&request)?, &msn).await?;
        let (since, agreement) = get_agreement(&self.app, &unit).await?;
        let agreement = Some(encode::agreement(&msn, since, agreement));
        Ok(Response::new(GetAgreementResponse { agreement }))
    }

    async fn post_entry(&self, request: Request<PostEntryRequest>) -> Answer<PostEntryResponse> {
        let msn = authorized::msn(&request.get_ref().msn)?;
        let unit = self.for_operator(Caller::of(&request)?, &msn).await?;
        let wish = decode::entry(request.into_inner(), &unit)?;
        let entry = post_entry(&self.app, &unit, &wish).await?;
        Ok(Response::new(PostEntryResponse { entry: Some(encode::entry(&unit, &entry)) }))
    }
}

#[cfg(test)]
mod tests;
