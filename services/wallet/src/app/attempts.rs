//! From a payer's answer to an attempt, and from an attempt to the reservation: the steps that every way of paying shares.

use kvitt_primitives::{AddressId, CardId, ConsentId, IdempotencyKey, Sub};
use uuid::Uuid;

use super::{App, shipping::Express};
use crate::{
    domain::{
        approval::{Consenting, Refusal, Terms},
        attempt::{Attempt, Delivery},
        challenge::{Challenge, ChallengeId},
        consent::{Scopes, Shared},
        inbox::Key,
        payer::{Payer, Wallet},
        person::{Address, PayerAddress},
    },
    error::Error,
    store::{addresses, challenges, consents},
};

/// What a payer answers to a payment.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) key: Key,
    pub(crate) idempotency_key: IdempotencyKey,
    /// The first card that fits when absent.
    pub(crate) card_id: Option<CardId>,
    pub(crate) consenting: Consenting,
    /// The default option when absent; Express only.
    pub(crate) option_id: Option<String>,
    /// The payer's first address when absent; Express only.
    pub(crate) address_id: Option<AddressId>,
}

impl App {
    /// Decides everything about an attempt at a payment that waits. Nothing that must not be told apart is told by what
    /// comes first, and no merchant's server hears of a payer who could not pay.
    pub(super) async fn prepare(
        &self,
        wallet: &Wallet,
        terms: &Terms,
        answer: Answer,
    ) -> Result<Attempt, Error> {
        let payer = &wallet.payer;
        terms.admit(payer, self.clock.now().date_naive())?;
        let consent = terms.consent(answer.consenting)?;
        let source = terms.source()?;
        terms.within_limit(payer, terms.amount.minor)?;
        let card = self.choose_card(wallet, terms, answer.card_id).await?;
        let delivery = match &terms.shipping {
            Some(shipping) => {
                let express = Express { key: &answer.key, payer_id: payer.payer_id, terms, shipping };
                Some(self.choose_delivery(express, answer.address_id, answer.option_id.as_deref()).await?)
            }
            None => None,
        };
        terms.within_limit(payer, total_minor(terms, delivery.as_ref()))?;
        Ok(Attempt {
            key: answer.key,
            idempotency_key: answer.idempotency_key,
            payer_id: payer.payer_id,
            card,
            source,
            consent,
            delivery,
        })
    }

    /// Lets the attempt wait until its challenge is answered. The same attempt again meets the same challenge.
    pub(super) async fn challenge(&self, attempt: Attempt) -> Result<ChallengeId, Error> {
        let challenge = Challenge::new(ChallengeId(Uuid::new_v4()), attempt, self.clock.now());
        let mut connection = self.pool.acquire().await?;
        if challenges::insert(&mut connection, &challenge).await? {
            return Ok(challenge.id);
        }
        let Attempt { key, idempotency_key, .. } = &challenge.attempt;
        let first = challenges::find_of_attempt(&mut connection, key, idempotency_key.as_str()).await?;
        first.ok_or(Error::Approval(Refusal::ChallengeInvalid))
    }

    /// Goes to payment with the attempt; answers when the reservation has been made or declined.
    pub(super) async fn reserve(&self, attempt: Attempt, payer: &Payer) -> Result<(), Error> {
        let sub = match &attempt.consent {
            Some(scopes) => Some(self.share(&attempt, scopes.clone()).await?),
            None => None,
        };
        self.payments.approve(attempt, payer, sub).await
    }

    /// Records the consent before payment hears of it, so that whoever learns the name can read what it stands for.
    async fn share(&self, attempt: &Attempt, scopes: Scopes) -> Result<Sub, Error> {
        let mut connection = self.pool.acquire().await?;
        let shipping_address = match &attempt.delivery {
            Some(delivery) => {
                let known = addresses::of(&mut connection, attempt.payer_id).await?;
                Some(address(known, delivery)?)
            }
            None => None,
        };
        let shared = Shared {
            key: attempt.key.clone(),
            payer_id: attempt.payer_id,
            attempt: attempt.idempotency_key.to_string(),
            scopes,
            shipping_address,
            fresh_sub: Sub::from_uuid(Uuid::new_v4()),
            fresh_id: ConsentId::from_uuid(Uuid::new_v4()),
            given_at: self.clock.now(),
        };
        Ok(consents::give(&mut connection, &shared).await?)
    }
}

/// What the payer pays in all, in minor units of the payment's currency.
pub(super) fn total_minor(terms: &Terms, delivery: Option<&Delivery>) -> i64 {
    let shipping = delivery.map_or(0, |delivery| delivery.option.amount.minor);
    terms.amount.minor.saturating_add(shipping)
}

/// The address may have been given up while a challenge waited.
fn address(known: Vec<PayerAddress>, delivery: &Delivery) -> Result<Address, Refusal> {
    let chosen = known.into_iter().find(|one| one.address_id == delivery.address_id);
    chosen.map(|one| one.address).ok_or(Refusal::AddressMissing)
}
