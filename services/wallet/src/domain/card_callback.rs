//! What a PSP was asked about an attempt, and how far that has come.

use kvitt_primitives::{CardId, IdempotencyKey, Money, PayerId};
use uuid::Uuid;

use super::attempt::Attempt;

/// How far it has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// The PSP has been asked, or is about to be.
    Asked,
    /// The payer has to pass a challenge, and then the PSP is asked once more.
    SoftDeclined,
    /// The payer has passed it, and the PSP has been asked once more, or is about to be.
    AskedAgain,
    /// The PSP has the money for the merchant.
    Reserved,
    /// It has not, and will not be asked again.
    Failed,
}

/// What a PSP says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Said {
    Reserve { network_transaction_reference: String },
    Fail,
    SoftDecline,
}

/// An attempt, as its PSP is asked about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CardCallback {
    /// The PSP's name of the attempt.
    pub(crate) id: Uuid,
    /// The payer's name of it: of the answer that made it.
    pub(crate) attempt: IdempotencyKey,
    pub(crate) payer_id: PayerId,
    pub(crate) card_id: CardId,
    /// With shipping.
    pub(crate) total: Money,
    pub(crate) state: State,
}

impl State {
    /// Every state.
    pub(crate) const ALL: [Self; 5] =
        [Self::Asked, Self::SoftDeclined, Self::AskedAgain, Self::Reserved, Self::Failed];

    /// Its name in storage.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::SoftDeclined => "soft_declined",
            Self::AskedAgain => "asked_again",
            Self::Reserved => "reserved",
            Self::Failed => "failed",
        }
    }

    /// What the answer makes of it. Who has passed a challenge is not sent to another.
    pub(crate) fn after(self, said: &Said) -> Self {
        match (self, said) {
            // Nobody has asked.
            (Self::Reserved | Self::Failed | Self::SoftDeclined, _) => self,
            (Self::Asked | Self::AskedAgain, Said::Reserve { .. }) => Self::Reserved,
            (Self::Asked, Said::SoftDecline) => Self::SoftDeclined,
            (Self::Asked, Said::Fail) | (Self::AskedAgain, Said::Fail | Said::SoftDecline) => Self::Failed,
        }
    }
}

impl CardCallback {
    /// Asks about an attempt that the PSP has not heard of.
    pub(crate) fn new(id: Uuid, attempt: &Attempt, total: Money) -> Self {
        let (payer_id, card_id) = (attempt.payer_id, attempt.card.card_id);
        let attempt = attempt.idempotency_key.clone();
        Self { id, attempt, payer_id, card_id, total, state: State::Asked }
    }

    /// Whether the PSP was asked for just this. What it has said of one card and amount holds for no other.
    pub(crate) fn is_about(&self, attempt: &Attempt, total: Money) -> bool {
        (self.payer_id, self.card_id, self.total) == (attempt.payer_id, attempt.card.card_id, total)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outcome_stands_and_a_soft_decline_is_followed_by_one_more_question() {
        use State::{Asked, AskedAgain, Failed, Reserved, SoftDeclined};
        let reserve = Said::Reserve { network_transaction_reference: "1".to_owned() };
        let table = [
            (Asked, [Reserved, Failed, SoftDeclined]),
            (SoftDeclined, [SoftDeclined; 3]),
            (AskedAgain, [Reserved, Failed, Failed]),
            (Reserved, [Reserved; 3]),
            (Failed, [Failed; 3]),
        ];
        for (state, expected) in table {
            let after = [&reserve, &Said::Fail, &Said::SoftDecline].map(|said| state.after(said));
            assert_eq!(after, expected, "{state:?}");
        }
    }
}
