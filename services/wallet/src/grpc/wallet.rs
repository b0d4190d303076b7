//! `kvitt.wallet.v1.WalletService`.

use kvitt_primitives::{Msn, PayerId, PhoneNumber, Reference};
use kvitt_proto::wallet::v1::{
    ApprovePaymentRequestRequest, ApprovePaymentRequestResponse, CreatePayerRequest, CreatePayerResponse,
    FindPayerRequest, FindPayerResponse, ForceApproveRequest, ForceApproveResponse, ListCardsRequest,
    ListCardsResponse, ListPaymentRequestsRequest, ListPaymentRequestsResponse, RejectPaymentRequestRequest,
    RejectPaymentRequestResponse, wallet_service_server::WalletService,
};
use kvitt_runtime::Caller;
use tonic::{Request, Response, Status};

use super::{FOR_PAYERS, decode, encode};
#[cfg(feature = "sandbox")]
use crate::app::force_approve::ForceApprove;
use crate::{
    app::{
        App, approve_payment_request::Approve, create_payer::create_payer, find_payer::find_payer,
        list_cards::list_cards, list_payment_requests::list_payment_requests,
    },
    domain::inbox::Key,
    error::Error,
};

/// The wallet as peers see it.
pub(crate) struct WalletGrpc {
    pub(crate) app: App,
}

#[tonic::async_trait]
impl WalletService for WalletGrpc {
    async fn create_payer(
        &self,
        request: Request<CreatePayerRequest>,
    ) -> Result<Response<CreatePayerResponse>, Status> {
        Caller::of(&request)?.is_service(FOR_PAYERS)?;
        let registration = decode::registration(request.into_inner())?;
        create_payer(&self.app.pool, &registration, self.app.clock.now()).await?;
        let payer = encode::payer(registration.payer, Some(&registration.national_id));
        Ok(Response::new(CreatePayerResponse { payer: Some(payer) }))
    }

    async fn find_payer(
        &self,
        request: Request<FindPayerRequest>,
    ) -> Result<Response<FindPayerResponse>, Status> {
        Caller::of(&request)?.is_service(FOR_PAYERS)?;
        let phone_number: Result<PhoneNumber, _> = request.get_ref().phone_number.parse();
        let payer = find_payer(&self.app.payers, phone_number.map_err(|_| Error::PhoneNumber)?).await?;
        Ok(Response::new(FindPayerResponse { payer: Some(encode::payer(payer, None)) }))
    }

    async fn list_cards(
        &self,
        request: Request<ListCardsRequest>,
    ) -> Result<Response<ListCardsResponse>, Status> {
        Caller::of(&request)?.is_service(FOR_PAYERS)?;
        let payer_id: PayerId = decode::one("payerId", &request.get_ref().payer_id)?;
        let cards = list_cards(&self.app.pool, payer_id).await?;
        Ok(Response::new(ListCardsResponse { cards: cards.into_iter().map(encode::card).collect() }))
    }

    async fn list_payment_requests(
        &self,
        request: Request<ListPaymentRequestsRequest>,
    ) -> Result<Response<ListPaymentRequestsResponse>, Status> {
        Caller::of(&request)?.is_service(FOR_PAYERS)?;
        let page = decode::page(request.get_ref())?;
        let (requests, next) = list_payment_requests(&self.app.pool, &page, self.app.clock.now()).await?;
        Ok(Response::new(ListPaymentRequestsResponse {
            payment_requests: requests.into_iter().map(encode::payment_request).collect(),
            next_page_token: next.as_ref().map(encode::page_token).unwrap_or_default(),
        }))
    }

    async fn approve_payment_request(
        &self,
        request: Request<ApprovePaymentRequestRequest>,
    ) -> Result<Response<ApprovePaymentRequestResponse>, Status> {
        Caller::of(&request)?.is_service(FOR_PAYERS)?;
        let request = request.into_inner();
        let mut fields = decode::Fields::default();
        let payer_id = fields.parse("payerId", &request.payer_id);
        let idempotency_key = fields.parse("idempotencyKey", &request.idempotency_key);
        let asked = Some(request.card_id.as_str()).filter(|card_id| !card_id.is_empty());
        let card_id = asked.map(|card_id| fields.parse("cardId", card_id));
        let key = Key { msn: request.msn, reference: request.reference };
        let approve = payer_id.zip(idempotency_key).map(|(payer_id, idempotency_key)| Approve {
            key,
            payer_id,
            card_id: card_id.flatten(),
            idempotency_key,
        });
        self.app.approve_payment_request(fields.finish(approve)?).await?;
        Ok(Response::new(ApprovePaymentRequestResponse {}))
    }

    async fn reject_payment_request(
        &self,
        request: Request<RejectPaymentRequestRequest>,
    ) -> Result<Response<RejectPaymentRequestResponse>, Status> {
        Caller::of(&request)?.is_service(FOR_PAYERS)?;
        let request = request.into_inner();
        let mut fields = decode::Fields::default();
        let payer_id: Option<PayerId> = fields.parse("payerId", &request.payer_id);
        let msn: Option<Msn> = fields.parse("msn", &request.msn);
        let reference: Option<Reference> = fields.parse("reference", &request.reference);
        let ((payer_id, msn), reference) = fields.finish(payer_id.zip(msn).zip(reference))?;
        let key = Key { msn: msn.to_string(), reference: reference.to_string() };
        self.app.reject_payment_request(payer_id, &key).await?;
        Ok(Response::new(RejectPaymentRequestResponse {}))
    }

    #[cfg(feature = "sandbox")]
    async fn force_approve(
        &self,
        request: Request<ForceApproveRequest>,
    ) -> Result<Response<ForceApproveResponse>, Status> {
        let caller = *Caller::of(&request)?;
        let request = request.into_inner();
        let command = ForceApprove {
            msn: decode::one("msn", &request.msn)?,
            reference: request.reference,
            phone_number: request.phone_number,
            token: request.token,
        };
        self.app.force_approve(&caller, command).await?;
        Ok(Response::new(ForceApproveResponse {}))
    }

    #[cfg(not(feature = "sandbox"))]
    async fn force_approve(
        &self,
        _request: Request<ForceApproveRequest>,
    ) -> Result<Response<ForceApproveResponse>, Status> {
        Err(Error::SandboxOff.into())
    }
}
