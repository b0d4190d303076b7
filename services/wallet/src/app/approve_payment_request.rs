//! A payer says yes.

use kvitt_primitives::{CardId, IdempotencyKey, PayerId};

use super::{App, payments::Approval};
use crate::{
    domain::{
        approval::{Payment, Refusal},
        inbox::Key,
        payer::Payer,
    },
    error::Error,
    store::payers,
};

/// A payer's yes.
#[derive(Debug)]
pub(crate) struct Approve {
    pub(crate) key: Key,
    pub(crate) payer_id: PayerId,
    /// The payer's first card of the payment's currency when absent.
    pub(crate) card_id: Option<CardId>,
    pub(crate) idempotency_key: IdempotencyKey,
}

impl App {
    /// Reserves the payment on a card of the payer; answers when that has been done or declined.
    pub(crate) async fn approve_payment_request(&self, approve: Approve) -> Result<(), Error> {
        let payment = self.payments.load(&approve.key).await?;
        let mut connection = self.pool.acquire().await?;
        let payer = payers::find(&mut connection, approve.payer_id).await?;
        drop(connection);
        let payer = payer.ok_or_else(|| payment.refusal(Refusal::NotAllowed))?;
        let card_id = self.choose_card(&payment, &payer, approve.card_id).await?;
        let Approve { key, idempotency_key, .. } = &approve;
        let idempotency_key = idempotency_key.clone();
        self.payments.approve(Approval { key, idempotency_key, payer: &payer, card_id }).await
    }

    /// The card to reserve on.
    pub(super) async fn choose_card(
        &self,
        payment: &Payment,
        payer: &Payer,
        asked: Option<CardId>,
    ) -> Result<CardId, Error> {
        let mut connection = self.pool.acquire().await?;
        let cards = payers::card_choices(&mut connection, payer.payer_id).await?;
        Ok(payment.choose_card(&cards, asked)?)
    }
}
