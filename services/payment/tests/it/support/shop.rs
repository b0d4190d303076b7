//! A sales unit with its client, and the payer's wallet behind it; and whoever follows the log.

use std::future::Future;

use kvitt_primitives::{Currency, Money};
use kvitt_proto::{
    money,
    payment::v1::{
        Aggregate, ApprovePaymentRequest, CancelPaymentRequest, CapturePaymentRequest, CreatePaymentRequest,
        CreatePaymentResponse, FeedEvent, GetPayerTermsRequest, GetPaymentRequest, ListPaymentEventsRequest,
        Modification, Origin, PayerTerms, Payment, PaymentEvent, PaymentMethodType, RefundPaymentRequest,
        SearchPaymentsRequest, TailRequest, TailResponse, Transaction, TransactionFilter, UserFlow,
        feed_service_client::FeedServiceClient, payment_service_client::PaymentServiceClient,
        transaction_service_client::TransactionServiceClient,
    },
};
use kvitt_runtime::Channel;
use kvitt_testing::WAIT_LIMIT;
use tokio::task::JoinHandle;
use tonic::{Request, Status, Streaming};
use uuid::Uuid;

use super::PHONE;

/// The amount of every payment.
const AMOUNT_MINOR: i64 = 1000;

/// The payment right after a change, or why there was none.
pub(crate) type Answer = Result<Modification, Status>;

#[derive(Clone)]
pub(crate) struct Shop {
    msn: String,
    payments: PaymentServiceClient<Channel>,
    transactions: TransactionServiceClient<Channel>,
    feed: Follower,
    tokens: Tokens,
}

/// Who calls: the shop's own client, and services beside it.
#[derive(Clone)]
pub(super) struct Tokens {
    pub(super) client: String,
    pub(super) wallet: String,
    pub(super) checkout: String,
}

impl Shop {
    pub(super) fn new(url: &str, msn: u32, tokens: Tokens) -> Self {
        let payments = PaymentServiceClient::new(kvitt_runtime::channel(url).unwrap());
        let transactions = TransactionServiceClient::new(kvitt_runtime::channel(url).unwrap());
        let feed = Follower::new(url, tokens.client.clone());
        Self { msn: msn.to_string(), payments, transactions, feed, tokens }
    }

    pub(crate) async fn create(&self, reference: &str) -> CreatePaymentResponse {
        self.create_as(self.order(reference)).await.unwrap()
    }

    /// A payment of 10 kroner for socks, to be changed at will.
    pub(crate) fn order(&self, reference: &str) -> CreatePaymentRequest {
        CreatePaymentRequest {
            msn: self.msn.clone(),
            idempotency_key: format!("create-{reference}"),
            reference: reference.to_owned(),
            amount: minor(AMOUNT_MINOR),
            payment_method_type: PaymentMethodType::Wallet.into(),
            user_flow: UserFlow::WebRedirect.into(),
            return_url: "https://shop.example/".to_owned(),
            payment_description: "Three socks".to_owned(),
            ..CreatePaymentRequest::default()
        }
    }

    pub(crate) async fn create_as(
        &self,
        request: CreatePaymentRequest,
    ) -> Result<CreatePaymentResponse, Status> {
        let request = bearing(&self.tokens.client, request);
        Ok(self.payments.clone().create_payment(request).await?.into_inner())
    }

    /// The same by a service of the mesh that may.
    pub(crate) async fn create_by_service(
        &self,
        request: CreatePaymentRequest,
    ) -> Result<CreatePaymentResponse, Status> {
        let request = bearing(&self.tokens.checkout, request);
        Ok(self.payments.clone().create_payment(request).await?.into_inner())
    }

    /// What the wallet hears of a payment.
    pub(crate) async fn payer_terms(&self, request: GetPayerTermsRequest) -> Result<PayerTerms, Status> {
        let request = bearing(&self.tokens.wallet, request);
        Ok(self.payments.clone().get_payer_terms(request).await?.into_inner().terms.unwrap())
    }

    /// What the shop itself hears of it.
    pub(crate) async fn own_payer_terms(&self, request: GetPayerTermsRequest) -> Result<PayerTerms, Status> {
        let request = bearing(&self.tokens.client, request);
        Ok(self.payments.clone().get_payer_terms(request).await?.into_inner().terms.unwrap())
    }

    /// A payment that somebody has approved.
    pub(crate) async fn authorized(&self, reference: &str) {
        self.create(reference).await;
        self.approve(reference, "the first attempt").await.unwrap();
    }

    pub(crate) async fn approve(&self, reference: &str, attempt: &str) -> Answer {
        self.approve_with(reference, attempt, "NOK").await
    }

    /// With a card of this currency, or one that was chosen by the payment's when empty.
    pub(crate) async fn approve_with(&self, reference: &str, attempt: &str, card_currency: &str) -> Answer {
        let card_currency = card_currency.to_owned();
        self.approve_as(ApprovePaymentRequest { card_currency, ..self.approval(reference, attempt) }).await
    }

    /// A payer's yes, to be changed at will.
    pub(crate) fn approval(&self, reference: &str, attempt: &str) -> ApprovePaymentRequest {
        ApprovePaymentRequest {
            msn: self.msn.clone(),
            reference: reference.to_owned(),
            idempotency_key: attempt.to_owned(),
            payer_id: Uuid::from_u128(1).to_string(),
            card_id: Uuid::from_u128(2).to_string(),
            phone_number: PHONE.to_owned(),
            birth_date: "1990-01-31".to_owned(),
            ..ApprovePaymentRequest::default()
        }
    }

    pub(crate) async fn approve_as(&self, request: ApprovePaymentRequest) -> Answer {
        let request = bearing(&self.tokens.wallet, request);
        let response = self.payments.clone().approve_payment(request).await?;
        Ok(response.into_inner().modification.unwrap())
    }

    pub(crate) async fn capture(&self, reference: &str, amount_minor: i64, key: &str) -> Answer {
        let amount = minor(amount_minor);
        self.capture_as(CapturePaymentRequest { amount, ..self.capture_of_all(reference, key) }).await
    }

    /// To be changed at will.
    pub(crate) fn capture_of_all(&self, reference: &str, key: &str) -> CapturePaymentRequest {
        CapturePaymentRequest {
            msn: self.msn.clone(),
            reference: reference.to_owned(),
            idempotency_key: key.to_owned(),
            ..CapturePaymentRequest::default()
        }
    }

    pub(crate) async fn capture_as(&self, request: CapturePaymentRequest) -> Answer {
        let response = self.payments.clone().capture_payment(bearing(&self.tokens.client, request)).await?;
        Ok(response.into_inner().modification.unwrap())
    }

    pub(crate) async fn refund(&self, reference: &str, amount_minor: i64, key: &str) -> Answer {
        let amount = minor(amount_minor);
        self.refund_as(RefundPaymentRequest { amount, ..self.refund_of_all(reference, key) }).await
    }

    /// To be changed at will.
    pub(crate) fn refund_of_all(&self, reference: &str, key: &str) -> RefundPaymentRequest {
        RefundPaymentRequest {
            msn: self.msn.clone(),
            reference: reference.to_owned(),
            idempotency_key: key.to_owned(),
            ..RefundPaymentRequest::default()
        }
    }

    pub(crate) async fn refund_as(&self, request: RefundPaymentRequest) -> Answer {
        let response = self.payments.clone().refund_payment(bearing(&self.tokens.client, request)).await?;
        Ok(response.into_inner().modification.unwrap())
    }

    pub(crate) async fn cancel(&self, reference: &str, key: &str) -> Answer {
        self.cancel_as(self.cancellation(reference, key)).await
    }

    /// To be changed at will.
    pub(crate) fn cancellation(&self, reference: &str, key: &str) -> CancelPaymentRequest {
        CancelPaymentRequest {
            msn: self.msn.clone(),
            reference: reference.to_owned(),
            idempotency_key: key.to_owned(),
            ..CancelPaymentRequest::default()
        }
    }

    pub(crate) async fn cancel_as(&self, request: CancelPaymentRequest) -> Answer {
        let response = self.payments.clone().cancel_payment(bearing(&self.tokens.client, request)).await?;
        Ok(response.into_inner().modification.unwrap())
    }

    pub(crate) async fn get(&self, reference: &str) -> Payment {
        self.get_of(reference, Origin::Unspecified).await.unwrap()
    }

    /// Of payments that came through this API.
    pub(crate) async fn get_of(&self, reference: &str, origin: Origin) -> Result<Payment, Status> {
        let (msn, reference) = (self.msn.clone(), reference.to_owned());
        let request = GetPaymentRequest { msn, reference, origin: origin.into() };
        let response = self.payments.clone().get_payment(bearing(&self.tokens.client, request)).await?;
        Ok(response.into_inner().payment.unwrap())
    }

    /// What everybody may know of a payment, oldest first.
    pub(crate) async fn events(&self, reference: &str) -> Vec<PaymentEvent> {
        let request = ListPaymentEventsRequest {
            msn: self.msn.clone(),
            reference: reference.to_owned(),
            ..ListPaymentEventsRequest::default()
        };
        let request = bearing(&self.tokens.client, request);
        self.payments.clone().list_payment_events(request).await.unwrap().into_inner().events
    }

    /// Its payments as its staff find them, newest first.
    pub(crate) async fn transactions(&self) -> Vec<Transaction> {
        let filter = TransactionFilter { msns: vec![self.msn.clone()], ..TransactionFilter::default() };
        let request = SearchPaymentsRequest { filter: Some(filter), ..SearchPaymentsRequest::default() };
        let request = bearing(&self.tokens.client, request);
        self.transactions.clone().search_payments(request).await.unwrap().into_inner().transactions
    }

    /// Does something as this shop while the test goes on.
    pub(crate) fn meanwhile<F>(&self, act: impl FnOnce(Self) -> F) -> JoinHandle<Answer>
    where
        F: Future<Output = Answer> + Send + 'static,
    {
        tokio::spawn(act(self.clone()))
    }

    /// Follows this sales unit.
    pub(crate) async fn tail(&self, cursor: &str, batch_size: i32) -> Result<Tail, Status> {
        let (msn, cursor) = (self.msn.clone(), cursor.to_owned());
        self.follow(TailRequest { msn, cursor, batch_size, ..TailRequest::default() }).await
    }

    /// Follows what the request says.
    pub(crate) async fn follow(&self, request: TailRequest) -> Result<Tail, Status> {
        self.feed.tail(request).await
    }
}

/// Whoever follows the log under one token.
#[derive(Clone)]
pub(crate) struct Follower {
    feed: FeedServiceClient<Channel>,
    token: String,
}

impl Follower {
    pub(super) fn new(url: &str, token: String) -> Self {
        Self { feed: FeedServiceClient::new(kvitt_runtime::channel(url).unwrap()), token }
    }

    pub(crate) async fn tail(&self, request: TailRequest) -> Result<Tail, Status> {
        let stream = self.feed.clone().tail(bearing(&self.token, request)).await?.into_inner();
        Ok(Tail { stream })
    }
}

/// A stream of the log.
#[derive(Debug)]
pub(crate) struct Tail {
    stream: Streaming<TailResponse>,
}

impl Tail {
    /// The next response, which must come.
    pub(crate) async fn next(&mut self) -> TailResponse {
        let next = tokio::time::timeout(WAIT_LIMIT, self.stream.message()).await;
        next.expect("there is more to tell").unwrap().expect("the stream goes on")
    }

    /// The next events, at least so many.
    pub(crate) async fn events(&mut self, least: usize) -> Vec<FeedEvent> {
        let mut events = Vec::new();
        while events.len() < least {
            events.extend(self.next().await.events);
        }
        events
    }
}

/// Authorized, captured, cancelled, refunded.
pub(crate) fn sums(aggregate: Option<Aggregate>) -> [i64; 4] {
    let Aggregate { authorized, captured, cancelled, refunded } = aggregate.unwrap();
    [authorized, captured, cancelled, refunded].map(|sum| sum.unwrap().amount_minor)
}

pub(crate) fn minor(amount: i64) -> Option<money::v1::Money> {
    Some(money::to_proto(Money::new(Currency::Nok, amount)))
}

fn bearing<T>(token: &str, message: T) -> Request<T> {
    let mut request = Request::new(message);
    request.metadata_mut().insert("authorization", format!("Bearer {token}").parse().unwrap());
    request
}
