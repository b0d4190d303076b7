//! Somebody types a card in.

use kvitt_primitives::IdempotencyKey;

use super::App;
use crate::{
    domain::{
        approval::{Method, Refusal},
        attempt::{Attempt, Source},
        challenge::ChallengeId,
        inbox::Key,
        payer::Who,
        typed_card::TypedCard,
    },
    error::Error,
    store::{challenges, typed_cards},
};

/// A card for a payment.
#[derive(Debug)]
pub(crate) struct PayWithCard {
    pub(crate) key: Key,
    pub(crate) card: TypedCard,
    pub(crate) idempotency_key: IdempotencyKey,
}

impl App {
    /// Challenges whoever has the card. A card that nobody has is declined, as the bank would.
    pub(crate) async fn pay_with_card(&self, pay: PayWithCard) -> Result<ChallengeId, Error> {
        let PayWithCard { key, card, idempotency_key } = pay;
        let terms = self.payments.terms(&key).await?;
        let mut connection = self.pool.acquire().await?;
        let first = challenges::find_of_attempt(&mut connection, &key, idempotency_key.as_str()).await?;
        if let Some(first) = first {
            return Ok(first);
        }
        terms.must_wait()?;
        terms.take(Method::Card)?;
        let account = typed_cards::find(&mut connection, &card, terms.amount.currency).await?;
        drop(connection);
        let (payer_id, card) = account.ok_or(Refusal::Declined)?;
        let wallet = self.payers.find(Who::Id(payer_id)).await?.ok_or(Refusal::NotAllowed)?;
        terms.admit(&wallet.payer, self.clock.now().date_naive())?;
        terms.within_limit(&wallet.payer, terms.amount.minor)?;
        let (source, consent, delivery) = (Source::TypedCard, None, None);
        self.challenge(Attempt { key, idempotency_key, payer_id, card, source, consent, delivery }).await
    }
}
