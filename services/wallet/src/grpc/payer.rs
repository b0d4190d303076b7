//! `kvitt.wallet.v1.PayerService`.

use kvitt_primitives::{Msn, PayerId};
use kvitt_proto::{
    time,
    wallet::v1::{
        ExchangeCustomerRequest, ExchangeCustomerResponse, GetSharedDetailsRequest, GetSharedDetailsResponse,
        IssueCustomerTokenRequest, IssueCustomerTokenResponse, IssuePersonalCodeRequest,
        IssuePersonalCodeResponse, ListConsentsRequest, ListConsentsResponse, PayVmNumberRequest,
        PayVmNumberResponse, ResolveCustomerRequest, ResolveCustomerResponse, RevokeConsentRequest,
        RevokeConsentResponse, ScanQrRequest, ScanQrResponse, SetAddressesRequest, SetAddressesResponse,
        SetPayerStatusRequest, SetPayerStatusResponse, SetPushDeliveryRequest, SetPushDeliveryResponse,
        payer_service_server::PayerService,
    },
};
use kvitt_runtime::Caller;
use tonic::{Request, Response, Status};

use super::{decode, may_play, people, scans};
use crate::{
    app::{
        App, exchange_customer::exchange_customer, get_shared_details::get_shared_details,
        issue_customer_token::issue_customer_token, issue_personal_code::issue_personal_code,
        list_consents::list_consents, resolve_customer::resolve_customer, revoke_consent::revoke_consent,
        set_addresses::set_addresses, set_payer_status::set_payer_status,
        set_push_delivery::set_push_delivery,
    },
    domain::person::Push,
};

/// Payers' own affairs as peers see them.
pub(crate) struct PayerGrpc {
    pub(crate) app: App,
}

#[tonic::async_trait]
impl PayerService for PayerGrpc {
    async fn set_addresses(
        &self,
        request: Request<SetAddressesRequest>,
    ) -> Result<Response<SetAddressesResponse>, Status> {
        let request = request.into_inner();
        let mut fields = decode::Fields::default();
        let payer_id: Option<PayerId> = fields.parse("payerId", &request.payer_id);
        let addresses = people::addresses(&mut fields, "addresses", request.addresses);
        set_addresses(&self.app.pool, fields.finish(payer_id)?, &addresses).await?;
        Ok(Response::new(SetAddressesResponse {}))
    }

    async fn set_payer_status(
        &self,
        request: Request<SetPayerStatusRequest>,
    ) -> Result<Response<SetPayerStatusResponse>, Status> {
        may_play(&self.app, Caller::of(&request)?)?;
        let request = request.into_inner();
        let mut fields = decode::Fields::default();
        let payer_id: Option<PayerId> = fields.parse("payerId", &request.payer_id);
        let status = people::status(&mut fields, "status", request.status);
        let (payer_id, status) = fields.finish(payer_id.zip(status))?;
        set_payer_status(&self.app.pool, payer_id, status, self.app.clock.now()).await?;
        self.app.taken_back.notify_one();
        Ok(Response::new(SetPayerStatusResponse {}))
    }

    async fn set_push_delivery(
        &self,
        request: Request<SetPushDeliveryRequest>,
    ) -> Result<Response<SetPushDeliveryResponse>, Status> {
        may_play(&self.app, Caller::of(&request)?)?;
        let request = request.into_inner();
        let payer_id = decode::one("payerId", &request.payer_id)?;
        set_push_delivery(&self.app.pool, payer_id, Push::from_off(request.push_off)).await?;
        Ok(Response::new(SetPushDeliveryResponse {}))
    }

    async fn list_consents(
        &self,
        request: Request<ListConsentsRequest>,
    ) -> Result<Response<ListConsentsResponse>, Status> {
        let payer_id = decode::one("payerId", &request.get_ref().payer_id)?;
        let consents = list_consents(&self.app.pool, payer_id).await?;
        let consents = consents.into_iter().map(people::encode_consent).collect();
        Ok(Response::new(ListConsentsResponse { consents }))
    }

    async fn revoke_consent(
        &self,
        request: Request<RevokeConsentRequest>,
    ) -> Result<Response<RevokeConsentResponse>, Status> {
        may_play(&self.app, Caller::of(&request)?)?;
        let request = request.into_inner();
        let mut fields = decode::Fields::default();
        let payer_id: Option<PayerId> = fields.parse("payerId", &request.payer_id);
        let msn: Option<Msn> = fields.parse("msn", &request.msn);
        let (payer_id, msn) = fields.finish(payer_id.zip(msn))?;
        revoke_consent(&self.app.pool, payer_id, &msn, self.app.clock.now()).await?;
        self.app.taken_back.notify_one();
        Ok(Response::new(RevokeConsentResponse {}))
    }

    async fn issue_customer_token(
        &self,
        request: Request<IssueCustomerTokenRequest>,
    ) -> Result<Response<IssueCustomerTokenResponse>, Status> {
        may_play(&self.app, Caller::of(&request)?)?;
        let payer_id = decode::one("payerId", &request.get_ref().payer_id)?;
        let (token, expires_at) =
            issue_customer_token(&self.app.pool, payer_id, self.app.clock.now()).await?;
        Ok(Response::new(IssueCustomerTokenResponse {
            customer_token: token.expose(),
            expires_at: Some(time::to_proto(expires_at)),
        }))
    }

    async fn issue_personal_code(
        &self,
        request: Request<IssuePersonalCodeRequest>,
    ) -> Result<Response<IssuePersonalCodeResponse>, Status> {
        may_play(&self.app, Caller::of(&request)?)?;
        let request = request.into_inner();
        let mut fields = decode::Fields::default();
        let payer_id: Option<PayerId> = fields.parse("payerId", &request.payer_id);
        let version = people::code_version(&mut fields, request.version);
        let (payer_id, version) = fields.finish(payer_id.zip(version))?;
        let code = issue_personal_code(&self.app.pool, payer_id, version, self.app.clock.now()).await?;
        Ok(Response::new(IssuePersonalCodeResponse { personal_qr: code.expose() }))
    }

    async fn resolve_customer(
        &self,
        request: Request<ResolveCustomerRequest>,
    ) -> Result<Response<ResolveCustomerResponse>, Status> {
        let (key, named) = people::naming(request.into_inner())?;
        let App { pool, payers, clock, .. } = &self.app;
        let customer = resolve_customer(pool, payers, &key, named, clock.now()).await?;
        let payer = &customer.wallet.payer;
        Ok(Response::new(ResolveCustomerResponse {
            payer_id: payer.payer_id.to_string(),
            phone_number: payer.phone_number.to_string(),
            birth_date: payer.birth_date.to_string(),
            personal_code_version: people::encode_code_version(customer.code_version).into(),
        }))
    }

    async fn exchange_customer(
        &self,
        request: Request<ExchangeCustomerRequest>,
    ) -> Result<Response<ExchangeCustomerResponse>, Status> {
        let shown = scans::shown(request.into_inner())?;
        let App { pool, payers, clock, .. } = &self.app;
        let exchanged = exchange_customer(pool, payers, shown, clock.now()).await?;
        Ok(Response::new(ExchangeCustomerResponse {
            phone_number: exchanged.phone_number.to_string(),
            made_at: exchanged.made_at.map(time::to_proto),
            personal_code_version: people::encode_code_version(exchanged.code_version).into(),
        }))
    }

    async fn scan_qr(&self, request: Request<ScanQrRequest>) -> Result<Response<ScanQrResponse>, Status> {
        may_play(&self.app, Caller::of(&request)?)?;
        let scan = scans::scan(request.into_inner())?;
        let found = self.app.scan_qr(scan).await?;
        Ok(Response::new(ScanQrResponse { found: Some(found) }))
    }

    async fn pay_vm_number(
        &self,
        request: Request<PayVmNumberRequest>,
    ) -> Result<Response<PayVmNumberResponse>, Status> {
        may_play(&self.app, Caller::of(&request)?)?;
        let pay = scans::pay(request.into_inner())?;
        let (reference, challenge) = self.app.pay_vm_number(pay).await?;
        let challenge_id = challenge.map(|challenge| challenge.0.to_string()).unwrap_or_default();
        Ok(Response::new(PayVmNumberResponse { reference, challenge_id }))
    }

    async fn get_shared_details(
        &self,
        request: Request<GetSharedDetailsRequest>,
    ) -> Result<Response<GetSharedDetailsResponse>, Status> {
        let (key, sub) = people::shared_with(request.into_inner())?;
        let shared = get_shared_details(&self.app.pool, &key, sub, self.app.clock.now()).await?;
        Ok(Response::new(GetSharedDetailsResponse {
            user_details: Some(people::encode_details(Some(shared.details))),
            shipping_address: shared.shipping_address.map(people::encode_address),
        }))
    }
}
