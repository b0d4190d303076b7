//! A payer says yes.

use kvitt_primitives::Money;

use super::{
    App,
    attempts::{Answer, total_minor},
};
use crate::{
    domain::{
        approval::{Refusal, Standing, Terms},
        attempt::{Attempt, Source},
        challenge::ChallengeId,
        limits,
        payer::{Wallet, Who},
    },
    error::Error,
    store::spending,
};

impl App {
    /// Reserves the payment on a card of the payer, and answers when that has been done or declined; or says which challenge
    /// the payer has to pass first.
    pub(crate) async fn approve_payment_request(
        &self,
        who: Who,
        answer: Answer,
    ) -> Result<Option<ChallengeId>, Error> {
        let (wallet, terms) = tokio::try_join!(self.payers.find(who), self.payments.terms(&answer.key))?;
        let wallet = wallet.ok_or_else(|| terms.refusal(Refusal::NotAllowed))?;
        if terms.standing != Standing::Waiting {
            return self.repeat(&wallet, &terms, answer).await.map(|()| None);
        }
        let attempt = self.prepare(&wallet, &terms, answer).await?;
        if attempt.source == Source::PassedThrough {
            return self.pass_card(attempt, &wallet.payer, &terms).await;
        }
        if self.is_challenged(&terms, &attempt).await? {
            return self.challenge(attempt).await.map(Some);
        }
        self.reserve(attempt, &wallet.payer).await.map(|()| None)
    }

    /// The payment has been answered, perhaps by this very attempt: payment, which remembers it, gives the first answer
    /// again, and refuses every other attempt whatever it brings along.
    async fn repeat(&self, wallet: &Wallet, terms: &Terms, answer: Answer) -> Result<(), Error> {
        let attempt = Attempt {
            card: self.choose_card(wallet, terms, answer.card_id).await?,
            key: answer.key,
            idempotency_key: answer.idempotency_key,
            payer_id: wallet.payer.payer_id,
            source: terms.source().unwrap_or(Source::WalletCard),
            consent: None,
            delivery: None,
        };
        self.payments.approve(attempt, &wallet.payer, None).await
    }

    async fn is_challenged(&self, terms: &Terms, attempt: &Attempt) -> Result<bool, Error> {
        let currency = terms.amount.currency;
        let total = Money::new(currency, total_minor(terms, attempt.delivery.as_ref()));
        let start = limits::window_start(self.clock.now());
        let mut connection = self.pool.acquire().await?;
        let spent = spending::since(&mut connection, attempt.payer_id, start, currency).await?;
        Ok(limits::needs_challenge(spent, total))
    }
}
