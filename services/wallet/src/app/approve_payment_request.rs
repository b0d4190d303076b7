//! A payer says yes.

use kvitt_primitives::{CardId, IdempotencyKey, PayerId};

use super::{App, payments::Approval};
use crate::{
    domain::{
        approval::Refusal,
        inbox::Key,
        payer::{Wallet, Who},
    },
    error::Error,
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
        let Approve { key, payer_id, card_id, idempotency_key } = approve;
        let Some(wallet) = self.payers.find(Who::Id(payer_id)).await? else {
            return Err(self.payments.load(&key).await?.refusal(Refusal::NotAllowed).into());
        };
        self.approve_with(&wallet, &key, card_id, idempotency_key).await
    }

    /// Reserves on the card asked for, or on the first of the payment's currency. The payment is only read where the choice
    /// depends on it, or it has to say why there is none.
    pub(super) async fn approve_with(
        &self,
        wallet: &Wallet,
        key: &Key,
        asked: Option<CardId>,
        idempotency_key: IdempotencyKey,
    ) -> Result<(), Error> {
        let sole = wallet.sole_choice().filter(|_| asked.is_none());
        let (card_id, card_currency) = match sole {
            Some(card) => (card.card_id, Some(card.currency)),
            None => (self.payments.load(key).await?.choose_card(&wallet.cards, asked)?, None),
        };
        let payer = &wallet.payer;
        self.payments.approve(Approval { key, idempotency_key, payer, card_id, card_currency }).await
    }
}
