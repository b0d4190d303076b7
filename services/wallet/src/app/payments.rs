//! Payment, as the payer's side meets it. What payment refuses is passed on as it is, and nothing is tried twice here.

use kvitt_primitives::Sub;
use kvitt_proto::payment::v1::{
    ApprovePaymentRequest, GetPayerTermsRequest, PayerTerms, PaymentSource, RejectPaymentRequest,
    payment_service_client::PaymentServiceClient,
};
use kvitt_runtime::PeerChannel;

use super::terms;
use crate::{
    domain::{
        approval::Terms,
        attempt::{Attempt, Source},
        inbox::Key,
        payer::Payer,
    },
    error::Error,
};

/// A client of payment.
#[derive(Clone)]
pub(crate) struct Payments {
    client: PaymentServiceClient<PeerChannel>,
}

/// Names a payment.
#[derive(Debug, Clone)]
pub(crate) enum Named {
    ByReference(Key),
    ByToken(String),
}

impl Payments {
    /// Asks the service behind the channel.
    pub(crate) fn new(channel: PeerChannel) -> Self {
        Self { client: PaymentServiceClient::new(channel) }
    }

    /// The payment as it stands, as far as the wallet's rules go by it.
    pub(crate) async fn terms(&self, key: &Key) -> Result<Terms, Error> {
        terms::read(self.show(Named::ByReference(key.clone())).await?)
    }

    /// The payment as payment shows it.
    pub(crate) async fn show(&self, named: Named) -> Result<PayerTerms, Error> {
        let request = match named {
            Named::ByReference(Key { msn, reference }) => {
                GetPayerTermsRequest { msn, reference, redirect_token: String::new() }
            }
            Named::ByToken(redirect_token) => {
                GetPayerTermsRequest { redirect_token, ..GetPayerTermsRequest::default() }
            }
        };
        let response = self.client.clone().get_payer_terms(request).await.map_err(Error::Peer)?;
        response.into_inner().terms.ok_or(Error::PeerAnswer("terms"))
    }

    /// Reserves the amount on the card of the attempt; answers when the acquirer has answered. `sub` is the name of the
    /// payer who shares something.
    pub(crate) async fn approve(
        &self,
        attempt: Attempt,
        payer: &Payer,
        sub: Option<Sub>,
    ) -> Result<(), Error> {
        let source = match attempt.source {
            Source::WalletCard => PaymentSource::WalletCard,
            Source::TypedCard => PaymentSource::TypedCard,
            Source::PassedThrough => PaymentSource::PassedThrough,
        };
        let request = ApprovePaymentRequest {
            msn: attempt.key.msn,
            reference: attempt.key.reference,
            idempotency_key: attempt.idempotency_key.to_string(),
            payer_id: payer.payer_id.to_string(),
            card_id: attempt.card.card_id.to_string(),
            phone_number: payer.phone_number.to_string(),
            birth_date: payer.birth_date.to_string(),
            card_currency: attempt.card.currency.code().to_owned(),
            source: source.into(),
            commercial_card: attempt.card.commercial,
            sub: sub.map(|sub| sub.to_string()).unwrap_or_default(),
            shipping: attempt.delivery.map(|delivery| terms::option_message(delivery.option)),
        };
        self.client.clone().approve_payment(request).await.map_err(Error::Peer)?;
        Ok(())
    }

    /// Aborts the payment.
    pub(crate) async fn reject(&self, key: &Key) -> Result<(), Error> {
        let request = RejectPaymentRequest { msn: key.msn.clone(), reference: key.reference.clone() };
        self.client.clone().reject_payment(request).await.map_err(Error::Peer)?;
        Ok(())
    }
}
