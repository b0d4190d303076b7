//! `kvitt.payment.v1.PaymentService`.

use kvitt_primitives::{Money, Msn, Reference};
use kvitt_proto::payment::v1::{
    ApprovePaymentRequest, ApprovePaymentResponse, CancelPaymentRequest, CancelPaymentResponse,
    CapturePaymentRequest, CapturePaymentResponse, CreatePaymentRequest, CreatePaymentResponse,
    GetPaymentRequest, GetPaymentResponse, ListPaymentEventsRequest, ListPaymentEventsResponse,
    RefundPaymentRequest, RefundPaymentResponse, RejectPaymentRequest, RejectPaymentResponse,
    payment_service_server::PaymentService,
};
use kvitt_runtime::{Action, Caller, Principal, ServiceName};
use prost::Message as _;
use tonic::{Request, Response, Status};

use super::{
    decode::{self, Fields},
    encode,
    refusal::{Verb, status},
};
use crate::{
    app::{self, App},
    engine::Key,
};

/// Events on one page.
const MOST_EVENTS: i32 = 1000;

/// The rpcs over the use cases.
#[derive(Debug, Clone)]
pub(crate) struct PaymentGrpc {
    pub(crate) app: App,
}

impl PaymentGrpc {
    /// Who may act for whom comes before everything but the form of the MSN itself.
    async fn authorized<T>(
        &self,
        request: Request<T>,
        msn: fn(&T) -> &str,
        action: Action,
    ) -> Result<(T, Msn), Status> {
        let caller = *Caller::of(&request)?;
        let request = request.into_inner();
        let msn = decode::msn(msn(&request))?;
        self.app.authority.may(&caller, action, &msn).await?;
        Ok((request, msn))
    }

    /// Only the wallet speaks for payers; a client behind it must cover the MSN.
    async fn by_wallet<T>(&self, request: Request<T>, msn: fn(&T) -> &str) -> Result<(T, Msn), Status> {
        let caller = *Caller::of(&request)?;
        caller.is_service(&[ServiceName::Wallet])?;
        let request = request.into_inner();
        let msn = decode::msn(msn(&request))?;
        if let Principal::Client(_) | Principal::User(_) = caller.principal {
            self.app.authority.may(&caller, Action::ForceApprove, &msn).await?;
        }
        Ok((request, msn))
    }
}

#[tonic::async_trait]
impl PaymentService for PaymentGrpc {
    async fn create_payment(
        &self,
        request: Request<CreatePaymentRequest>,
    ) -> Result<Response<CreatePaymentResponse>, Status> {
        let (request, msn) = self.authorized(request, |r| &r.msn, Action::CreatePayment).await?;
        let mut fields = Fields::default();
        let key = fields.key(&request.idempotency_key);
        let normalised = CreatePaymentRequest { idempotency_key: String::new(), ..request.clone() };
        let wanted = decode::create(request, msn, &mut fields);
        let (key, wanted) = fields.all(key.zip(wanted))?;
        let key = Key::new("create", "", &key, &normalised.encode_to_vec());
        let created =
            app::create::create(&self.app, wanted, key).await.map_err(|e| status(Verb::Create, &e))?;
        Ok(Response::new(CreatePaymentResponse {
            reference: created.reference.to_string(),
            redirect_url: created.redirect_url.unwrap_or_default(),
        }))
    }

    async fn get_payment(
        &self,
        request: Request<GetPaymentRequest>,
    ) -> Result<Response<GetPaymentResponse>, Status> {
        let (request, msn) = self.authorized(request, |r| &r.msn, Action::ReadPayment).await?;
        let mut fields = Fields::default();
        let reference = fields.reference(&request.reference);
        let reference = fields.all(reference)?;
        let read = app::get::get(&self.app, &msn, &reference).await.map_err(|e| status(Verb::Read, &e))?;
        Ok(Response::new(GetPaymentResponse { payment: Some(encode::payment(read)) }))
    }

    async fn list_payment_events(
        &self,
        request: Request<ListPaymentEventsRequest>,
    ) -> Result<Response<ListPaymentEventsResponse>, Status> {
        let (request, msn) = self.authorized(request, |r| &r.msn, Action::ReadPayment).await?;
        let mut fields = Fields::default();
        let reference = fields.reference(&request.reference);
        let limit = fields.page_size(request.page_size, MOST_EVENTS);
        let after = fields.page_token(&request.page_token);
        let ((reference, limit), after) = fields.all(reference.zip(limit).zip(after))?;
        let page = app::events::events(&self.app, &msn, &reference, after, limit)
            .await
            .map_err(|e| status(Verb::Read, &e))?;
        let next_page_token =
            page.events.last().filter(|_| page.more).map(|last| last.seq.to_string()).unwrap_or_default();
        let events = page.events.iter().map(encode::event).collect();
        Ok(Response::new(ListPaymentEventsResponse { events, next_page_token }))
    }

    async fn capture_payment(
        &self,
        request: Request<CapturePaymentRequest>,
    ) -> Result<Response<CapturePaymentResponse>, Status> {
        let (request, msn) = self.authorized(request, |r| &r.msn, Action::CapturePayment).await?;
        let (reference, amount) = (request.reference.clone(), request.amount);
        let normalised = CapturePaymentRequest { idempotency_key: String::new(), ..request.clone() };
        let Modification { reference, amount, key } = modification(
            "capture",
            &reference,
            amount,
            &request.idempotency_key,
            &normalised.encode_to_vec(),
        )?;
        let record = app::capture::capture(&self.app, &msn, &reference, amount, key)
            .await
            .map_err(|e| status(Verb::Capture, &e))?;
        Ok(Response::new(CapturePaymentResponse { modification: Some(encode::modification(&record)) }))
    }

    async fn refund_payment(
        &self,
        request: Request<RefundPaymentRequest>,
    ) -> Result<Response<RefundPaymentResponse>, Status> {
        let (request, msn) = self.authorized(request, |r| &r.msn, Action::RefundPayment).await?;
        let (reference, amount) = (request.reference.clone(), request.amount);
        let normalised = RefundPaymentRequest { idempotency_key: String::new(), ..request.clone() };
        let Modification { reference, amount, key } = modification(
            "refund",
            &reference,
            amount,
            &request.idempotency_key,
            &normalised.encode_to_vec(),
        )?;
        let record = app::refund::refund(&self.app, &msn, &reference, amount, key)
            .await
            .map_err(|e| status(Verb::Refund, &e))?;
        Ok(Response::new(RefundPaymentResponse { modification: Some(encode::modification(&record)) }))
    }

    async fn cancel_payment(
        &self,
        request: Request<CancelPaymentRequest>,
    ) -> Result<Response<CancelPaymentResponse>, Status> {
        let (request, msn) = self.authorized(request, |r| &r.msn, Action::CancelPayment).await?;
        let mut fields = Fields::default();
        let (reference, key) = (fields.reference(&request.reference), fields.key(&request.idempotency_key));
        let (reference, key) = fields.all(reference.zip(key))?;
        let (only, minted) = (request.cancel_transaction_only, request.idempotency_key_minted);
        let normalised =
            CancelPaymentRequest { idempotency_key: String::new(), idempotency_key_minted: false, ..request };
        let key = Key::new("cancel", reference.as_str(), &key, &normalised.encode_to_vec());
        let key = if minted { key.hidden() } else { key };
        let record = app::cancel::cancel(&self.app, &msn, &reference, only, key)
            .await
            .map_err(|e| status(Verb::Cancel, &e))?;
        Ok(Response::new(CancelPaymentResponse { modification: Some(encode::modification(&record)) }))
    }

    async fn approve_payment(
        &self,
        request: Request<ApprovePaymentRequest>,
    ) -> Result<Response<ApprovePaymentResponse>, Status> {
        let (request, msn) = self.by_wallet(request, |r| &r.msn).await?;
        // How the wallet came to the card is no part of what the payer wants.
        let normalised = ApprovePaymentRequest {
            idempotency_key: String::new(),
            card_currency: String::new(),
            ..request.clone()
        };
        let mut fields = Fields::default();
        let (reference, key) = (fields.reference(&request.reference), fields.key(&request.idempotency_key));
        let approval = decode::approval(&request, &mut fields);
        let ((reference, key), approval) = fields.all(reference.zip(key).zip(approval))?;
        let key = Key::new("approve", reference.as_str(), &key, &normalised.encode_to_vec());
        let record = app::approve::approve(&self.app, &msn, &reference, approval, key)
            .await
            .map_err(|e| status(Verb::Approve, &e))?;
        Ok(Response::new(ApprovePaymentResponse { modification: Some(encode::modification(&record)) }))
    }

    async fn reject_payment(
        &self,
        request: Request<RejectPaymentRequest>,
    ) -> Result<Response<RejectPaymentResponse>, Status> {
        let (request, msn) = self.by_wallet(request, |r| &r.msn).await?;
        let mut fields = Fields::default();
        let reference = fields.reference(&request.reference);
        let reference = fields.all(reference)?;
        let rejected =
            app::reject::reject(&self.app, &msn, &reference).await.map_err(|e| status(Verb::Reject, &e))?;
        Ok(Response::new(RejectPaymentResponse { modification: Some(encode::rejected(&rejected)) }))
    }
}

/// What a capture and a refund have in common.
struct Modification {
    reference: Reference,
    amount: Money,
    key: Key,
}

fn modification(
    operation: &str,
    reference: &str,
    amount: Option<kvitt_proto::money::v1::Money>,
    key: &str,
    normalised: &[u8],
) -> Result<Modification, Status> {
    let mut fields = Fields::default();
    let reference = fields.reference(reference);
    let key = fields.key(key);
    let amount = fields.modification_amount(amount);
    let ((reference, key), amount) = fields.all(reference.zip(key).zip(amount))?;
    let key = Key::new(operation, reference.as_str(), &key, normalised);
    Ok(Modification { reference, amount, key })
}
