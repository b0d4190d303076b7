//! What is asked of payment, in this service's own name: no client's token is at hand when a payer acts, and those who made
//! the link or the request were allowed to.

use kvitt_proto::{
    error::v1::Reason,
    payment::v1::{
        CreatePaymentRequest, GetPayerTermsRequest, GetPaymentRequest, PayerTerms, Payment,
        payment_service_client::PaymentServiceClient,
    },
    refusal::reason_of,
};
use kvitt_runtime::PeerChannel;

use super::{Error, in_own_name};

/// A client of payment.
#[derive(Debug, Clone)]
pub(crate) struct Payments {
    client: PaymentServiceClient<PeerChannel>,
}

impl Payments {
    /// Asks the service behind the channel.
    pub(crate) fn new(channel: PeerChannel) -> Self {
        Self { client: PaymentServiceClient::new(channel) }
    }

    /// Creates a payment; answers where to send the payer. The same request again is the same payment.
    pub(crate) async fn create(&self, request: CreatePaymentRequest) -> Result<String, Error> {
        let mut client = self.client.clone();
        let created = in_own_name(async { client.create_payment(request).await }).await;
        Ok(created.map_err(Error::Peer)?.into_inner().redirect_url)
    }

    /// The payment as it stands; `None` when there is none.
    pub(crate) async fn find(&self, msn: &str, reference: &str) -> Result<Option<Payment>, Error> {
        let request =
            GetPaymentRequest { msn: msn.to_owned(), reference: reference.to_owned(), ..Default::default() };
        let mut client = self.client.clone();
        match in_own_name(async { client.get_payment(request).await }).await {
            Ok(answer) => answer.into_inner().payment.map(Some).ok_or(Error::PeerAnswer("a payment")),
            Err(status) if reason_of(&status) == Some(Reason::ReferenceNotFound) => Ok(None),
            Err(status) => Err(Error::Peer(status)),
        }
    }

    /// The payment whose redirect URL has this token; `None` when none ever had.
    pub(crate) async fn find_by_token(&self, token: &str) -> Result<Option<PayerTerms>, Error> {
        let request = GetPayerTermsRequest { redirect_token: token.to_owned(), ..Default::default() };
        let mut client = self.client.clone();
        match in_own_name(async { client.get_payer_terms(request).await }).await {
            Ok(answer) => answer.into_inner().terms.map(Some).ok_or(Error::PeerAnswer("terms")),
            Err(status) if reason_of(&status) == Some(Reason::ReferenceNotFound) => Ok(None),
            Err(status) => Err(Error::Peer(status)),
        }
    }
}
