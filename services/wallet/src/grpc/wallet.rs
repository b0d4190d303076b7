//! `kvitt.wallet.v1.WalletService`.

#[cfg(feature = "sandbox")]
use kvitt_primitives::Msn;
use kvitt_primitives::{PayerId, PhoneNumber};
use kvitt_proto::wallet::v1::{
    AnswerChallengeRequest, AnswerChallengeResponse, ApprovePaymentRequestRequest,
    ApprovePaymentRequestResponse, CreatePayerRequest, CreatePayerResponse, FindPayerRequest,
    FindPayerResponse, ForceApproveRequest, ForceApproveResponse, ListCardsRequest, ListCardsResponse,
    ListPaymentRequestsRequest, ListPaymentRequestsResponse, ListShippingOptionsRequest,
    ListShippingOptionsResponse, OpenPaymentRequestRequest, OpenPaymentRequestResponse, PayWithCardRequest,
    PayWithCardResponse, Payer, RejectPaymentRequestRequest, RejectPaymentRequestResponse,
    wallet_service_server::WalletService,
};
use kvitt_runtime::Caller;
#[cfg(feature = "sandbox")]
use kvitt_runtime::{Action, Principal};
use tonic::{Request, Response, Status};

use super::{answers, decode, encode, is_operator, may_play, people};
#[cfg(feature = "sandbox")]
use crate::app::force_approve::ForceApprove;
use crate::{
    app::{
        App, create_payer::create_payer, find_payer::find_payer, list_cards::list_cards,
        list_payment_requests::list_payment_requests, payments::Named, terms::group_message,
    },
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
        let registration = decode::registration(request.into_inner())?;
        create_payer(&self.app.pool, &registration, self.app.clock.now()).await?;
        let payer = people::encode_person(registration.person);
        Ok(Response::new(CreatePayerResponse { payer: Some(payer) }))
    }

    async fn find_payer(
        &self,
        request: Request<FindPayerRequest>,
    ) -> Result<Response<FindPayerResponse>, Status> {
        may_play(&self.app, Caller::of(&request)?)?;
        let phone_number: Result<PhoneNumber, _> = request.get_ref().phone_number.parse();
        let person = find_payer(&self.app.pool, &phone_number.map_err(|_| Error::PhoneNumber)?).await?;
        let payer = Payer { national_id: String::new(), ..people::encode_person(person) };
        Ok(Response::new(FindPayerResponse { payer: Some(payer) }))
    }

    async fn list_cards(
        &self,
        request: Request<ListCardsRequest>,
    ) -> Result<Response<ListCardsResponse>, Status> {
        let payer_id: PayerId = decode::one("payerId", &request.get_ref().payer_id)?;
        let cards = list_cards(&self.app.pool, payer_id).await?;
        Ok(Response::new(ListCardsResponse { cards: cards.into_iter().map(encode::card).collect() }))
    }

    async fn list_payment_requests(
        &self,
        request: Request<ListPaymentRequestsRequest>,
    ) -> Result<Response<ListPaymentRequestsResponse>, Status> {
        let page = decode::page(request.get_ref())?;
        let (requests, next) = list_payment_requests(&self.app.pool, &page, self.app.clock.now()).await?;
        Ok(Response::new(ListPaymentRequestsResponse {
            payment_requests: requests.into_iter().map(encode::payment_request).collect(),
            next_page_token: next.as_ref().map(encode::page_token).unwrap_or_default(),
        }))
    }

    async fn open_payment_request(
        &self,
        request: Request<OpenPaymentRequestRequest>,
    ) -> Result<Response<OpenPaymentRequestResponse>, Status> {
        let caller = *Caller::of(&request)?;
        let named = answers::open(request.into_inner());
        match &named {
            Ok(Named::ByReference(key)) => self.may_answer(&caller, &key.msn).await?,
            Ok(Named::ByToken(_)) | Err(_) => is_operator(&caller)?,
        }
        let terms = self.app.open_payment_request(named?).await?;
        Ok(Response::new(OpenPaymentRequestResponse { terms: Some(terms) }))
    }

    async fn list_shipping_options(
        &self,
        request: Request<ListShippingOptionsRequest>,
    ) -> Result<Response<ListShippingOptionsResponse>, Status> {
        self.may_answer(Caller::of(&request)?, &request.get_ref().msn).await?;
        let list = answers::list_shipping(request.into_inner())?;
        let groups = self.app.list_shipping_options(list).await?;
        let groups = groups.into_iter().map(group_message).collect();
        Ok(Response::new(ListShippingOptionsResponse { groups }))
    }

    async fn approve_payment_request(
        &self,
        request: Request<ApprovePaymentRequestRequest>,
    ) -> Result<Response<ApprovePaymentRequestResponse>, Status> {
        self.may_answer(Caller::of(&request)?, &request.get_ref().msn).await?;
        let (who, answer) = answers::approve(request.into_inner())?;
        let challenge = self.app.approve_payment_request(who, answer).await?;
        let challenge_id = challenge.map(|challenge| challenge.0.to_string()).unwrap_or_default();
        Ok(Response::new(ApprovePaymentRequestResponse { challenge_id }))
    }

    async fn pay_with_card(
        &self,
        request: Request<PayWithCardRequest>,
    ) -> Result<Response<PayWithCardResponse>, Status> {
        self.may_answer(Caller::of(&request)?, &request.get_ref().msn).await?;
        let pay = answers::pay_with_card(request.into_inner())?;
        let challenge_id = self.app.pay_with_card(pay).await?.0.to_string();
        Ok(Response::new(PayWithCardResponse { challenge_id }))
    }

    async fn answer_challenge(
        &self,
        request: Request<AnswerChallengeRequest>,
    ) -> Result<Response<AnswerChallengeResponse>, Status> {
        self.may_answer(Caller::of(&request)?, &request.get_ref().msn).await?;
        let (msn, id, verdict) = answers::answer_challenge(request.get_ref())?;
        self.app.answer_challenge(&msn, id, verdict).await?;
        Ok(Response::new(AnswerChallengeResponse {}))
    }

    async fn reject_payment_request(
        &self,
        request: Request<RejectPaymentRequestRequest>,
    ) -> Result<Response<RejectPaymentRequestResponse>, Status> {
        self.may_answer(Caller::of(&request)?, &request.get_ref().msn).await?;
        let (who, key) = answers::reject(request.into_inner())?;
        self.app.reject_payment_request(who, &key).await?;
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

impl WalletGrpc {
    /// Passes for the operator, and in the sandbox for clients that may approve by force on the sales unit, who thereby play
    /// the payer.
    #[cfg_attr(
        not(feature = "sandbox"),
        expect(clippy::unused_async, unused_variables, reason = "only the sandbox asks")
    )]
    async fn may_answer(&self, caller: &Caller, msn: &str) -> Result<(), Status> {
        let refused = match is_operator(caller) {
            Ok(()) => return Ok(()),
            Err(refused) => refused,
        };
        #[cfg(feature = "sandbox")]
        if self.app.sandbox && matches!(caller.principal, Principal::Client(_)) {
            let msn: Msn = decode::one("msn", msn)?;
            return self.app.authority.may(caller, Action::ForceApprove, &msn).await;
        }
        Err(refused)
    }
}
