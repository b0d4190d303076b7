//! A payer answers a 3-D Secure challenge.

use kvitt_primitives::Msn;

use super::App;
use crate::{
    domain::{
        approval::{Refusal, may_pay},
        attempt::{Attempt, Source},
        challenge::{ChallengeId, Effect, Verdict},
        payer::Who,
    },
    error::Error,
    store::challenges,
};

impl App {
    /// Goes on with the attempt that was challenged, under its own key, or declines it. A declined attempt never reaches
    /// payment, so the payment goes on waiting and shows nothing of it.
    pub(crate) async fn answer_challenge(
        &self,
        msn: &Msn,
        id: ChallengeId,
        verdict: Verdict,
    ) -> Result<(), Error> {
        let attempt = self.decide(msn, id, verdict).await?;
        if verdict == Verdict::Failed {
            return Err(Refusal::Declined.into());
        }
        let wallet = self.payers.find(Who::Id(attempt.payer_id)).await?.ok_or(Refusal::NotAllowed)?;
        may_pay(&wallet.payer, self.clock.now().date_naive())?;
        match attempt.source {
            Source::PassedThrough => self.pass_card_again(attempt, &wallet.payer).await,
            Source::WalletCard | Source::TypedCard => self.reserve(attempt, &wallet.payer).await,
        }
    }

    /// The first verdict counts, also of two that come at the same time: who is late reads it and meets it.
    async fn decide(&self, msn: &Msn, id: ChallengeId, verdict: Verdict) -> Result<Attempt, Error> {
        let mut connection = self.pool.acquire().await?;
        let load = challenges::find(&mut connection, msn, id).await?;
        let challenge = load.ok_or(Refusal::ChallengeInvalid)?;
        let now = self.clock.now();
        let effect = challenge.answer(verdict, now).map_err(|_| Refusal::ChallengeInvalid)?;
        if effect == Effect::Repeats || challenges::decide(&mut connection, msn, id, verdict).await? {
            return Ok(challenge.attempt);
        }
        let decided = challenges::find(&mut connection, msn, id).await?.ok_or(Refusal::ChallengeInvalid)?;
        decided.answer(verdict, now).map_err(|_| Refusal::ChallengeInvalid)?;
        Ok(decided.attempt)
    }
}
