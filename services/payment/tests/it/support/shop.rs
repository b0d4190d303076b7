//! A sales unit with its client, and the payer's wallet behind it; and whoever follows the log.

use std::future::Future;

use kvitt_primitives::{Currency, Money};
use kvitt_proto::{
    money,
    payment::v1::{
        Aggregate, ApprovePaymentRequest, CancelPaymentRequest, CapturePaymentRequest, CreatePaymentRequest,
        CreatePaymentResponse, FeedEvent, GetPaymentRequest, ListPaymentEventsRequest, Modification, Payment,
        PaymentEvent, PaymentMethodType, RefundPaymentRequest, TailRequest, TailResponse, UserFlow,
        feed_service_client::FeedServiceClient, payment_service_client::PaymentServiceClient,
    },
};
use kvitt_testing::WAIT_LIMIT;
use tokio::task::JoinHandle;
use tonic::{Request, Status, Streaming, transport::Channel};
use uuid::Uuid;

/// The amount of every payment.
const AMOUNT_MINOR: i64 = 1000;

/// The payment right after a change, or why there was none.
pub(crate) type Answer = Result<Modification, Status>;

#[derive(Clone)]
pub(crate) struct Shop {
    msn: String,
    payments: PaymentServiceClient<Channel>,
    feed: Follower,
    token: String,
    wallet_token: String,
}

impl Shop {
    pub(super) fn new(url: &str, msn: u32, token: String, wallet_token: String) -> Self {
        let payments = PaymentServiceClient::new(kvitt_runtime::channel(url).unwrap());
        let feed = Follower::new(url, token.clone());
        Self { msn: msn.to_string(), payments, feed, token, wallet_token }
    }

    pub(crate) async fn create(&self, reference: &str) -> CreatePaymentResponse {
        let request = CreatePaymentRequest {
            msn: self.msn.clone(),
            idempotency_key: format!("create-{reference}"),
            reference: reference.to_owned(),
            amount: minor(AMOUNT_MINOR),
            payment_method_type: PaymentMethodType::Wallet.into(),
            user_flow: UserFlow::WebRedirect.into(),
            return_url: "https://shop.example/".to_owned(),
            payment_description: "Three socks".to_owned(),
            ..CreatePaymentRequest::default()
        };
        let request = bearing(&self.token, request);
        self.payments.clone().create_payment(request).await.unwrap().into_inner()
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
        let request = ApprovePaymentRequest {
            msn: self.msn.clone(),
            reference: reference.to_owned(),
            idempotency_key: attempt.to_owned(),
            payer_id: Uuid::from_u128(1).to_string(),
            card_id: Uuid::from_u128(2).to_string(),
            phone_number: "4712345678".to_owned(),
            birth_date: "1990-01-31".to_owned(),
            card_currency: card_currency.to_owned(),
        };
        let request = bearing(&self.wallet_token, request);
        let response = self.payments.clone().approve_payment(request).await?;
        Ok(response.into_inner().modification.unwrap())
    }

    pub(crate) async fn capture(&self, reference: &str, amount_minor: i64, key: &str) -> Answer {
        let request = CapturePaymentRequest {
            msn: self.msn.clone(),
            reference: reference.to_owned(),
            idempotency_key: key.to_owned(),
            amount: minor(amount_minor),
        };
        let response = self.payments.clone().capture_payment(bearing(&self.token, request)).await?;
        Ok(response.into_inner().modification.unwrap())
    }

    pub(crate) async fn refund(&self, reference: &str, amount_minor: i64, key: &str) -> Answer {
        let request = RefundPaymentRequest {
            msn: self.msn.clone(),
            reference: reference.to_owned(),
            idempotency_key: key.to_owned(),
            amount: minor(amount_minor),
        };
        let response = self.payments.clone().refund_payment(bearing(&self.token, request)).await?;
        Ok(response.into_inner().modification.unwrap())
    }

    pub(crate) async fn cancel(&self, reference: &str, key: &str) -> Answer {
        let request = CancelPaymentRequest {
            msn: self.msn.clone(),
            reference: reference.to_owned(),
            idempotency_key: key.to_owned(),
            ..CancelPaymentRequest::default()
        };
        let response = self.payments.clone().cancel_payment(bearing(&self.token, request)).await?;
        Ok(response.into_inner().modification.unwrap())
    }

    pub(crate) async fn get(&self, reference: &str) -> Payment {
        let request = GetPaymentRequest { msn: self.msn.clone(), reference: reference.to_owned() };
        let response = self.payments.clone().get_payment(bearing(&self.token, request)).await.unwrap();
        response.into_inner().payment.unwrap()
    }

    /// What everybody may know of a payment, oldest first.
    pub(crate) async fn events(&self, reference: &str) -> Vec<PaymentEvent> {
        let request = ListPaymentEventsRequest {
            msn: self.msn.clone(),
            reference: reference.to_owned(),
            ..ListPaymentEventsRequest::default()
        };
        let request = bearing(&self.token, request);
        self.payments.clone().list_payment_events(request).await.unwrap().into_inner().events
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

fn minor(amount: i64) -> Option<money::v1::Money> {
    Some(money::to_proto(Money::new(Currency::Nok, amount)))
}

fn bearing<T>(token: &str, message: T) -> Request<T> {
    let mut request = Request::new(message);
    request.metadata_mut().insert("authorization", format!("Bearer {token}").parse().unwrap());
    request
}
