//! Payment, as the payer's side meets it. What payment refuses is passed on as it is, and nothing is tried twice.

use kvitt_primitives::{CardId, Currency, IdempotencyKey};
use kvitt_proto::{
    money,
    payment::v1::{
        ApprovePaymentRequest, GetPaymentRequest, PaymentState, RejectPaymentRequest,
        payment_service_client::PaymentServiceClient,
    },
};
use kvitt_runtime::PeerChannel;

use crate::{
    domain::{
        approval::{Payment, Standing},
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

/// A payer's yes.
#[derive(Debug)]
pub(crate) struct Approval<'a> {
    pub(crate) key: &'a Key,
    pub(crate) idempotency_key: IdempotencyKey,
    pub(crate) payer: &'a Payer,
    pub(crate) card_id: CardId,
    /// Of the card, where it was chosen without a look at the payment; payment refuses another than its own.
    pub(crate) card_currency: Option<Currency>,
}

impl Payments {
    /// Asks the service behind the channel.
    pub(crate) fn new(channel: PeerChannel) -> Self {
        Self { client: PaymentServiceClient::new(channel) }
    }

    /// The payment as it stands.
    pub(crate) async fn load(&self, key: &Key) -> Result<Payment, Error> {
        let request = GetPaymentRequest { msn: key.msn.clone(), reference: key.reference.clone() };
        let response = self.client.clone().get_payment(request).await.map_err(Error::Peer)?.into_inner();
        let payment = response.payment.ok_or(Error::PeerAnswer("payment"))?;
        let standing = match payment.state() {
            PaymentState::Created => Standing::Waiting,
            PaymentState::Authorized => Standing::Approved,
            PaymentState::Aborted | PaymentState::Expired | PaymentState::Terminated => Standing::Ended,
            PaymentState::Unspecified => return Err(Error::PeerAnswer("payment.state")),
        };
        let amount =
            money::from_proto(payment.amount, "amount").map_err(|_| Error::PeerAnswer("payment.amount"))?;
        Ok(Payment { standing, currency: amount.currency, redirect_url: payment.redirect_url })
    }

    /// Reserves the amount on the payer's card; answers when the acquirer has answered.
    pub(crate) async fn approve(&self, approval: Approval<'_>) -> Result<(), Error> {
        let request = ApprovePaymentRequest {
            msn: approval.key.msn.clone(),
            reference: approval.key.reference.clone(),
            idempotency_key: approval.idempotency_key.to_string(),
            payer_id: approval.payer.payer_id.to_string(),
            card_id: approval.card_id.to_string(),
            phone_number: approval.payer.phone_number.to_string(),
            birth_date: approval.payer.birth_date.to_string(),
            card_currency: approval
                .card_currency
                .map(|currency| currency.code().to_owned())
                .unwrap_or_default(),
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
