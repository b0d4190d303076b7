//! `kvitt.payment.v1.PaymentService`.

use kvitt_primitives::{IdempotencyKey, Msn};
use kvitt_proto::payment::v1::{
    ApprovePaymentRequest, ApprovePaymentResponse, CancelPaymentRequest, CancelPaymentResponse,
    CapturePaymentRequest, CapturePaymentResponse, CreatePaymentRequest, CreatePaymentResponse,
    GetPayerTermsRequest, GetPayerTermsResponse, GetPaymentRequest, GetPaymentResponse,
    ListPaymentEventsRequest, ListPaymentEventsResponse, RefundPaymentRequest, RefundPaymentResponse,
    RejectPaymentRequest, RejectPaymentResponse, payment_service_server::PaymentService,
};
use kvitt_runtime::{Action, Caller, Principal, ServiceName};
use tonic::{Request, Response, Status};

use super::{
    decode::{self, Fields},
    encode,
    refusal::{Verb, status},
};
use crate::{
    app::{self, App, Said},
    domain::Cancel,
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

    /// The wallet speaks for payers; a client behind it must cover the MSN.
    async fn by_wallet<T>(&self, request: Request<T>, msn: fn(&T) -> &str) -> Result<(T, Msn), Status> {
        let caller = *Caller::of(&request)?;
        let request = request.into_inner();
        let msn = decode::msn(msn(&request))?;
        if let Principal::Client(_) | Principal::User(_) = caller.principal {
            self.app.authority.may(&caller, Action::ForceApprove, &msn).await?;
        }
        Ok((request, msn))
    }

    /// A client or a user behind a service must be allowed to read payments there; services act for payers.
    async fn covered(&self, caller: &Caller, msn: &Msn) -> Result<(), Status> {
        match caller.principal {
            Principal::Client(_) | Principal::User(_) => {
                self.app.authority.may(caller, Action::ReadPayment, msn).await
            }
            Principal::Service(_) => Ok(()),
        }
    }
}

#[tonic::async_trait]
impl PaymentService for PaymentGrpc {
    async fn create_payment(
        &self,
        request: Request<CreatePaymentRequest>,
    ) -> Result<Response<CreatePaymentResponse>, Status> {
        let caller = *Caller::of(&request)?;
        let (mut request, msn) = self.authorized(request, |r| &r.msn, Action::CreatePayment).await?;
        let by_services = !request.payment_link_id.is_empty()
            || request.capture_on_approval
            || request.vm_number.is_some()
            || !request.external_id.is_empty();
        if by_services {
            caller.is_service(&ServiceName::ALL)?;
        }
        let mut fields = Fields::default();
        let (key, minted) = (fields.key(&request.idempotency_key), request.idempotency_key_minted);
        // Who asks is no part of what is asked for.
        set_client(&mut request, String::new());
        let normalised = CreatePaymentRequest {
            idempotency_key: String::new(),
            idempotency_key_minted: false,
            ..request.clone()
        };
        if let Principal::Client(client) = caller.principal {
            set_client(&mut request, client.to_string());
        }
        let wanted = decode::create(request, msn, self.app.callbacks, &mut fields);
        let (key, wanted) = fields.all(key.zip(wanted))?;
        let key = ShownKey { key, minted }.of("create", "", &normalised);
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
        let read = app::get::get(&self.app, &msn, &reference, decode::origin(request.origin()))
            .await
            .map_err(|e| status(Verb::Read, &e))?;
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
        let mut fields = Fields::default();
        let (reference, key) = (fields.reference(&request.reference), fields.key(&request.idempotency_key));
        let (amount, text) = (fields.modification_amount(request.amount), fields.text(&request.text));
        let ((reference, key), (amount, text)) = fields.all(reference.zip(key).zip(amount.zip(text)))?;
        let minted = request.idempotency_key_minted;
        let normalised = CapturePaymentRequest {
            idempotency_key: String::new(),
            idempotency_key_minted: false,
            ..request
        };
        let key = ShownKey { key, minted }.of("capture", reference.as_str(), &normalised);
        let record = app::capture::capture(&self.app, &msn, &reference, amount, Said { key, text })
            .await
            .map_err(|e| status(Verb::Capture, &e))?;
        Ok(Response::new(CapturePaymentResponse { modification: Some(encode::modification(&record)) }))
    }

    async fn refund_payment(
        &self,
        request: Request<RefundPaymentRequest>,
    ) -> Result<Response<RefundPaymentResponse>, Status> {
        let (request, msn) = self.authorized(request, |r| &r.msn, Action::RefundPayment).await?;
        let mut fields = Fields::default();
        let (reference, key) = (fields.reference(&request.reference), fields.key(&request.idempotency_key));
        let (amount, text) = (fields.modification_amount(request.amount), fields.text(&request.text));
        let ((reference, key), (amount, text)) = fields.all(reference.zip(key).zip(amount.zip(text)))?;
        let minted = request.idempotency_key_minted;
        let normalised =
            RefundPaymentRequest { idempotency_key: String::new(), idempotency_key_minted: false, ..request };
        let key = ShownKey { key, minted }.of("refund", reference.as_str(), &normalised);
        let record = app::refund::refund(&self.app, &msn, &reference, amount, Said { key, text })
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
        let text = fields.text(&request.text);
        let ((reference, key), text) = fields.all(reference.zip(key).zip(text))?;
        let cancel = Cancel {
            transaction_only: request.cancel_transaction_only,
            uncaptured_only: request.uncaptured_only,
        };
        let minted = request.idempotency_key_minted;
        let normalised =
            CancelPaymentRequest { idempotency_key: String::new(), idempotency_key_minted: false, ..request };
        let key = ShownKey { key, minted }.of("cancel", reference.as_str(), &normalised);
        let record = app::cancel::cancel(&self.app, &msn, &reference, cancel, Said { key, text })
            .await
            .map_err(|e| status(Verb::Cancel, &e))?;
        Ok(Response::new(CancelPaymentResponse { modification: Some(encode::modification(&record)) }))
    }

    async fn approve_payment(
        &self,
        request: Request<ApprovePaymentRequest>,
    ) -> Result<Response<ApprovePaymentResponse>, Status> {
        let (request, msn) = self.by_wallet(request, |r| &r.msn).await?;
        // How the wallet came to the card, and what it knows of it, is no part of what the payer wants. What they said besides
        // yes stands in the log: sent again after the payment was answered, the attempt comes without it.
        let normalised = ApprovePaymentRequest {
            idempotency_key: String::new(),
            card_currency: String::new(),
            commercial_card: false,
            sub: String::new(),
            shipping: None,
            ..request.clone()
        };
        let mut fields = Fields::default();
        let (reference, key) = (fields.reference(&request.reference), fields.key(&request.idempotency_key));
        let approval = decode::approval(&request, &mut fields);
        let ((reference, key), approval) = fields.all(reference.zip(key).zip(approval))?;
        let key = Key::new("approve", reference.as_str(), &key, &prost::Message::encode_to_vec(&normalised));
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

    async fn get_payer_terms(
        &self,
        request: Request<GetPayerTermsRequest>,
    ) -> Result<Response<GetPayerTermsResponse>, Status> {
        let caller = *Caller::of(&request)?;
        let request = request.into_inner();
        let found = if request.redirect_token.is_empty() {
            let msn = decode::msn(&request.msn)?;
            self.covered(&caller, &msn).await?;
            let mut fields = Fields::default();
            let reference = fields.reference(&request.reference);
            app::payer_terms::of_reference(&self.app, &msn, &fields.all(reference)?).await
        } else {
            app::payer_terms::of_token(&self.app, &request.redirect_token).await
        };
        let found = found.map_err(|e| status(Verb::Read, &e))?;
        if !request.redirect_token.is_empty() {
            self.covered(&caller, &found.payment.msn).await?;
        }
        Ok(Response::new(GetPayerTermsResponse { terms: Some(encode::payer_terms(found)) }))
    }
}

/// Whose secret signs what a PSP is told; what a client sends there is ignored.
fn set_client(request: &mut CreatePaymentRequest, client: String) {
    if let Some(passthrough) = &mut request.card_passthrough {
        passthrough.client_id = client;
    }
}

/// A key as it came, and whether it is the merchant's own.
struct ShownKey {
    key: IdempotencyKey,
    minted: bool,
}

impl ShownKey {
    fn of(&self, operation: &str, scope: &str, normalised: &impl prost::Message) -> Key {
        let key = Key::new(operation, scope, &self.key, &normalised.encode_to_vec());
        if self.minted { key.hidden() } else { key }
    }
}
