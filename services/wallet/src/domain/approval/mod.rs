//! Who answers a payment, with which card, and what to say when nobody can.

use chrono::{DateTime, NaiveDate, Utc};
use kvitt_primitives::{CardId, Money, PhoneNumber};

use super::{
    attempt::Source,
    consent::Scopes,
    passthrough::CardPassthrough,
    payer::{CardChoice, Payer, Status, YOUNGEST_CUSTOMER},
    shipping::Shipping,
};

/// How far a payment has come, as far as its payer is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Waits for an answer.
    Waiting,
    /// Has been approved.
    Approved,
    /// Ended without approval.
    Ended,
}

/// How a payment wants to be paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Method {
    /// With a card of the wallet.
    Wallet,
    /// With a card typed in.
    Card,
    /// With a card that a PSP charges.
    CardPassthrough,
}

/// What the wallet knows of a payment to answer.
#[derive(Debug, Clone)]
pub(crate) struct Terms {
    pub(crate) standing: Standing,
    /// Without shipping.
    pub(crate) amount: Money,
    pub(crate) method: Method,
    pub(crate) expires_at: DateTime<Utc>,
    /// The only payer who may answer, where there is one.
    pub(crate) only_for: Option<PhoneNumber>,
    /// 0 is no limit.
    pub(crate) minimum_age: i32,
    /// What the payer is asked to share, if anything.
    pub(crate) scopes: Option<Scopes>,
    /// Of an Express payment.
    pub(crate) shipping: Option<Shipping>,
    pub(crate) blocks_commercial_cards: bool,
    /// The PSP that charges the card; only of payments that want to be paid so, and not where nobody could sign what it is
    /// told.
    pub(crate) passthrough: Option<CardPassthrough>,
    /// The token of the redirect URL; empty where there is none.
    #[cfg(feature = "sandbox")]
    pub(crate) redirect_token: String,
}

/// Why the wallet does not even ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    #[error("the payment has been approved before")]
    AlreadyReserved,
    #[error("the payment has ended")]
    CannotApprove,
    #[error("the payment is not for this payer")]
    NotAllowed,
    #[error("the payer may not be named to merchants")]
    NoCustomer,
    #[error("the payer has not been identified")]
    IdentificationRequired,
    #[error("the payer has no card in the payment's currency")]
    NoCards,
    #[error("the card is not one of the payer's")]
    NotThePayersCard,
    #[error("the payment cannot be paid with this")]
    InvalidSource,
    #[error("the amount is above the payer's limit")]
    LimitExceeded,
    #[error("the payment asks the payer for consent")]
    ConsentMissing,
    #[error("the payment asks the payer for an address")]
    AddressMissing,
    #[error("the merchant does not send there")]
    ShippingNotPossible,
    #[error("the merchant's server named no usable shipping options")]
    ShippingNotAnswered,
    #[error("the challenge is unknown, answered, or too old")]
    ChallengeInvalid,
    #[error("the card was declined")]
    Declined,
    #[error("the payment is being answered in another way")]
    Locked,
    #[cfg(feature = "sandbox")]
    #[error("this payment cannot be approved by force")]
    NotSupported,
}

/// Whether a payer may pay anything. Those who are blocked, have left or are too young cannot be told from those who never
/// were, and so this comes before whatever else would be said about them.
pub(crate) fn may_pay(payer: &Payer, today: NaiveDate) -> Result<(), Refusal> {
    if payer.status != Status::Active || payer.age_on(today) < YOUNGEST_CUSTOMER {
        Err(Refusal::NotAllowed)
    } else if payer.unidentified {
        Err(Refusal::IdentificationRequired)
    } else {
        Ok(())
    }
}

impl Terms {
    /// Whether the payer may answer this payment.
    pub(crate) fn admit(&self, payer: &Payer, today: NaiveDate) -> Result<(), Refusal> {
        let others = self.only_for.as_ref().is_some_and(|only| *only != payer.phone_number);
        let too_young = payer.age_on(today) < self.minimum_age;
        let admitted = if others || too_young { Err(Refusal::NotAllowed) } else { may_pay(payer, today) };
        admitted.map_err(|refusal| self.refusal(refusal))
    }

    /// Whether this is the way in which the payment wants to be paid.
    pub(crate) fn take(&self, method: Method) -> Result<(), Refusal> {
        if self.method == method { Ok(()) } else { Err(self.refusal(Refusal::InvalidSource)) }
    }

    /// What a payer in the app pays with.
    pub(crate) fn source(&self) -> Result<Source, Refusal> {
        match (self.method, &self.passthrough) {
            (Method::Wallet, _) => Ok(Source::WalletCard),
            (Method::CardPassthrough, Some(_)) => Ok(Source::PassedThrough),
            (Method::Card | Method::CardPassthrough, _) => Err(self.refusal(Refusal::InvalidSource)),
        }
    }

    /// Whether the payer's own limit allows so much.
    pub(crate) fn within_limit(&self, payer: &Payer, total_minor: i64) -> Result<(), Refusal> {
        let allowed = payer.limit_allows(total_minor);
        if allowed { Ok(()) } else { Err(self.refusal(Refusal::LimitExceeded)) }
    }

    /// What the payer agrees to share, if they are asked to.
    pub(crate) fn consent(&self, consents: Consenting) -> Result<Option<Scopes>, Refusal> {
        match (&self.scopes, consents) {
            (None, _) => Ok(None),
            (Some(scopes), Consenting::Agrees) => Ok(Some(scopes.clone())),
            (Some(_), Consenting::Silent) => Err(self.refusal(Refusal::ConsentMissing)),
        }
    }

    /// Picks the card asked for, or the first that fits: of the payment's currency, and not a company's where the merchant
    /// refuses those.
    pub(crate) fn choose_card(
        &self,
        cards: &[CardChoice],
        asked: Option<CardId>,
    ) -> Result<CardChoice, Refusal> {
        let of_currency = |card: &&CardChoice| card.currency == self.amount.currency;
        let welcome = |card: &&CardChoice| !(self.blocks_commercial_cards && card.commercial);
        let mut candidates = match asked {
            Some(asked) => vec![
                cards
                    .iter()
                    .find(|card| card.card_id == asked)
                    .ok_or_else(|| self.refusal(Refusal::NotThePayersCard))?,
            ],
            None => cards.iter().collect(),
        };
        candidates.retain(of_currency);
        let chosen = candidates.iter().copied().find(welcome);
        chosen.copied().ok_or_else(|| {
            let none = candidates.is_empty();
            self.refusal(if none { Refusal::NoCards } else { Refusal::InvalidSource })
        })
    }

    /// Demands that the payment's redirect URL carries this token.
    #[cfg(feature = "sandbox")]
    pub(crate) fn admit_token(&self, token: &str) -> Result<(), Refusal> {
        if !token.is_empty() && token == self.redirect_token {
            return Ok(());
        }
        Err(self.refusal(Refusal::NotAllowed))
    }

    /// Nothing but waiting payments can be answered.
    pub(crate) fn must_wait(&self) -> Result<(), Refusal> {
        match self.standing {
            Standing::Waiting => Ok(()),
            Standing::Approved => Err(Refusal::AlreadyReserved),
            Standing::Ended => Err(Refusal::CannotApprove),
        }
    }

    /// What to answer when the wallet would refuse: that the payment no longer waits outranks everything about payers
    /// and cards (ranks of `reason.proto`).
    pub(crate) fn refusal(&self, of_the_wallet: Refusal) -> Refusal {
        self.must_wait().err().unwrap_or(of_the_wallet)
    }
}

/// What a payer says to what a payment asks them to share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Consenting {
    Agrees,
    Silent,
}

#[cfg(test)]
mod tests;
