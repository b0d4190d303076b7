//! A PSP charges the payer's card: it is told the card, and what it says decides about the attempt.

use kvitt_primitives::{CardId, Money};
use uuid::Uuid;

use super::{App, attempts::total_minor};
use crate::{
    domain::{
        approval::{Refusal, Terms},
        attempt::Attempt,
        card_callback::{CardCallback, Said, State},
        challenge::ChallengeId,
        passthrough::CardPassthrough,
        payer::{CardChoice, Payer, Wallet},
    },
    error::Error,
    shops::{self, CardQuestion},
    store::{card_callbacks, payers},
};

impl App {
    /// The card that an attempt takes.
    pub(super) async fn choose_card(
        &self,
        wallet: &Wallet,
        terms: &Terms,
        asked: Option<CardId>,
    ) -> Result<CardChoice, Error> {
        let Some(passthrough) = &terms.passthrough else {
            return Ok(terms.choose_card(&wallet.cards, asked)?);
        };
        let mut connection = self.pool.acquire().await?;
        let cards = payers::list_cards(&mut connection, wallet.payer.payer_id).await?;
        let card = passthrough.choose(terms, &cards, asked)?;
        let (currency, commercial) = (card.funds.currency, card.plastic.commercial);
        Ok(CardChoice { card_id: card.plastic.card_id, currency, commercial })
    }

    /// Asks the PSP, unless it has answered, and goes on with the attempt; or says which challenge the payer has to pass
    /// first. What is asked is stored before, so that whoever asks again asks about the same attempt.
    pub(super) async fn pass_card(
        &self,
        attempt: Attempt,
        payer: &Payer,
        terms: &Terms,
    ) -> Result<Option<ChallengeId>, Error> {
        let total = Money::new(terms.amount.currency, total_minor(terms, attempt.delivery.as_ref()));
        let mut connection = self.pool.acquire().await?;
        let fresh = CardCallback::new(Uuid::new_v4(), &attempt, total);
        card_callbacks::insert(&mut connection, &attempt, &fresh).await?;
        let callback = card_callbacks::find(&mut connection, &attempt).await?;
        drop(connection);
        let callback = callback.filter(|callback| callback.is_about(&attempt, total));
        let callback = callback.ok_or(Refusal::Declined)?;
        let state = match callback.state {
            State::Asked => self.ask_psp(&attempt, &callback, terms).await?,
            known => known,
        };
        match state {
            State::Reserved => self.reserve(attempt, payer).await.map(|()| None),
            State::SoftDeclined => self.challenge(attempt).await.map(Some),
            State::Asked | State::Failed => Err(Refusal::Declined.into()),
        }
    }

    /// The same after the payer has passed the challenge that the PSP had called for.
    pub(super) async fn pass_card_again(&self, attempt: Attempt, payer: &Payer) -> Result<(), Error> {
        let mut connection = self.pool.acquire().await?;
        let callback = card_callbacks::find(&mut connection, &attempt).await?;
        drop(connection);
        let callback = callback.ok_or(Refusal::ChallengeInvalid)?;
        let state = match callback.state {
            State::SoftDeclined => {
                let terms = self.payments.terms(&attempt.key).await?;
                terms.must_wait()?;
                self.ask_psp(&attempt, &callback, &terms).await?
            }
            known => known,
        };
        match state {
            State::Reserved => self.reserve(attempt, payer).await,
            State::Asked | State::SoftDeclined | State::Failed => Err(Refusal::Declined.into()),
        }
    }

    /// Where the attempt stands after the PSP's answer. No answer leaves it as it was: the PSP may have charged the card, and
    /// says so when it is asked again. Any other answer than those of the contract is a no.
    async fn ask_psp(
        &self,
        attempt: &Attempt,
        callback: &CardCallback,
        terms: &Terms,
    ) -> Result<State, Error> {
        let passthrough = terms.passthrough.as_ref().ok_or(Refusal::InvalidSource)?;
        let said = match self.call_psp(attempt, callback, passthrough).await? {
            Ok(said) => said,
            Err(shops::Error::Busy) => return Err(Error::ShopsBusy),
            Err(error) => {
                let (msn, reference) = (&attempt.key.msn, &attempt.key.reference);
                tracing::info!(%msn, %reference, %error, "a card callback has no answer of use");
                match error {
                    shops::Error::NoAnswer(_) => return Err(Refusal::Declined.into()),
                    _ => Said::Fail,
                }
            }
        };
        let mut connection = self.pool.acquire().await?;
        if card_callbacks::conclude(&mut connection, &attempt.key, callback, &said).await? {
            return Ok(callback.state.after(&said));
        }
        let concluded = card_callbacks::find(&mut connection, attempt).await?;
        Ok(concluded.map_or(State::Failed, |callback| callback.state))
    }

    async fn call_psp(
        &self,
        attempt: &Attempt,
        callback: &CardCallback,
        passthrough: &CardPassthrough,
    ) -> Result<Result<Said, shops::Error>, Error> {
        let mut connection = self.pool.acquire().await?;
        let cards = payers::list_cards(&mut connection, callback.payer_id).await?;
        drop(connection);
        let card = cards.iter().find(|card| card.plastic.card_id == callback.card_id);
        let card = card.ok_or(Refusal::NoCards)?;
        let sent_as = passthrough.takes(&card.plastic).ok_or(Refusal::NoCards)?;
        let question = CardQuestion { passthrough, key: &attempt.key, callback, card, sent_as };
        let unsigned = match self.shops.card_callback(&question) {
            Ok(unsigned) => unsigned,
            Err(error) => return Ok(Err(error)),
        };
        let signature = self.signer.sign(passthrough.client_id, &unsigned).await?;
        Ok(self.shops.send_card(&attempt.key.msn, unsigned, &signature).await)
    }
}
