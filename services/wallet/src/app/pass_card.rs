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
        passthrough::CardType,
        payer::{Card, CardChoice, Payer, Wallet},
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
    /// first. What is asked is stored before, so that whoever asks again asks about the same attempt: also the payer who
    /// says the same under another key, for each attempt may be money at the PSP.
    pub(super) async fn pass_card(
        &self,
        attempt: Attempt,
        payer: &Payer,
        terms: &Terms,
    ) -> Result<Option<ChallengeId>, Error> {
        let total = Money::new(terms.amount.currency, total_minor(terms, attempt.delivery.as_ref()));
        let callback = self.callback(&attempt, total, terms).await?;
        let attempt = Attempt { idempotency_key: callback.attempt.clone(), ..attempt };
        let state = match callback.state {
            State::Asked | State::AskedAgain => self.ask_psp(&attempt, &callback, terms).await?,
            known => known,
        };
        match state {
            State::Reserved => self.reserve(attempt, payer).await.map(|()| None),
            State::SoftDeclined => self.challenge(attempt).await.map(Some),
            State::Asked | State::AskedAgain | State::Failed => Err(Refusal::Declined.into()),
        }
    }

    /// The same after the payer has passed the challenge that the PSP had called for.
    pub(super) async fn pass_card_again(&self, attempt: Attempt, payer: &Payer) -> Result<(), Error> {
        let mut callback = self.own_callback(&attempt).await?;
        let mut state = callback.state;
        if matches!(state, State::SoftDeclined | State::AskedAgain) {
            let terms = self.payments.terms(&attempt.key).await?;
            terms.must_wait()?;
            if state == State::SoftDeclined {
                self.may_ask(&callback, &terms).await?;
                let mut connection = self.pool.acquire().await?;
                if !card_callbacks::ask_again(&mut connection, &attempt.key, &callback).await? {
                    return Err(Refusal::Locked.into());
                }
                drop(connection);
                callback = self.own_callback(&attempt).await?;
                state = callback.state;
            }
            if state == State::AskedAgain {
                state = self.ask_psp(&attempt, &callback, &terms).await?;
            }
        }
        match state {
            State::Reserved => self.reserve(attempt, payer).await,
            State::Asked | State::SoftDeclined | State::AskedAgain | State::Failed => {
                Err(Refusal::Declined.into())
            }
        }
    }

    /// What the PSP is asked about the attempt: of the payment's live one when it is the same in everything but its key.
    async fn callback(&self, attempt: &Attempt, total: Money, terms: &Terms) -> Result<CardCallback, Error> {
        let mut connection = self.pool.acquire().await?;
        let mut found = card_callbacks::find(&mut connection, attempt).await?;
        drop(connection);
        if found.is_none() {
            let fresh = CardCallback::new(Uuid::new_v4(), attempt, total);
            self.may_ask(&fresh, terms).await?;
            let mut connection = self.pool.acquire().await?;
            card_callbacks::insert(&mut connection, attempt, &fresh).await?;
            found = card_callbacks::find(&mut connection, attempt).await?;
        }
        // Another was live, and has just failed.
        let callback = found.ok_or(Refusal::Locked)?;
        if callback.is_about(attempt, total) {
            return Ok(callback);
        }
        let own = callback.attempt == attempt.idempotency_key;
        Err(if own { Refusal::Declined } else { Refusal::Locked }.into())
    }

    /// What the PSP was asked about a challenged attempt.
    async fn own_callback(&self, attempt: &Attempt) -> Result<CardCallback, Error> {
        let mut connection = self.pool.acquire().await?;
        let callback = card_callbacks::find(&mut connection, attempt).await?;
        let own = callback.filter(|callback| callback.attempt == attempt.idempotency_key);
        own.ok_or(Error::Approval(Refusal::ChallengeInvalid))
    }

    /// The card to ask about, and as what the PSP charges it, if the PSP may be asked now.
    async fn may_ask(&self, callback: &CardCallback, terms: &Terms) -> Result<(Card, CardType), Error> {
        let now = self.clock.now();
        // Payment may not have written down yet that the time is over, and it would not take what the PSP has charged.
        if now >= terms.expires_at {
            return Err(Refusal::CannotApprove.into());
        }
        let passthrough = terms.passthrough.as_ref().ok_or(Refusal::InvalidSource)?;
        let mut connection = self.pool.acquire().await?;
        let cards = payers::list_cards(&mut connection, callback.payer_id).await?;
        let card = cards.into_iter().find(|card| card.plastic.card_id == callback.card_id);
        let card = card.ok_or(Refusal::NoCards)?;
        let sent_as = passthrough.takes(&card.plastic).ok_or(Refusal::NoCards)?;
        // The acquirer would decline it after the PSP's yes.
        if !card.can_pay(callback.total.minor, now) {
            return Err(Refusal::Declined.into());
        }
        Ok((card, sent_as))
    }

    /// Where the attempt stands after the PSP's answer. No answer leaves it as it was: the PSP may have charged the card, and
    /// says so when it is asked again. Any other answer than those of the contract is a no.
    async fn ask_psp(
        &self,
        attempt: &Attempt,
        callback: &CardCallback,
        terms: &Terms,
    ) -> Result<State, Error> {
        let (card, sent_as) = self.may_ask(callback, terms).await?;
        let passthrough = terms.passthrough.as_ref().ok_or(Refusal::InvalidSource)?;
        let question = CardQuestion { passthrough, key: &attempt.key, callback, card: &card, sent_as };
        let said = match self.call_psp(&question).await? {
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

    async fn call_psp(&self, question: &CardQuestion<'_>) -> Result<Result<Said, shops::Error>, Error> {
        let unsigned = match self.shops.card_callback(question) {
            Ok(unsigned) => unsigned,
            Err(error) => return Ok(Err(error)),
        };
        let signature = self.signer.sign(question.passthrough.client_id, &unsigned).await?;
        Ok(self.shops.send_card(&question.key.msn, unsigned, &signature).await)
    }
}
