//! Who answers a payment, with which card, and what to say when nobody can.

use kvitt_primitives::{CardId, Currency};

use super::payer::CardChoice;

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

/// What the wallet knows of a payment to approve.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Payment {
    pub(crate) standing: Standing,
    pub(crate) currency: Currency,
    /// Empty once the payment no longer waits.
    pub(crate) redirect_url: String,
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
    #[error("the payer has no card in the payment's currency")]
    NoCards,
    #[error("the card is not one of the payer's")]
    NotThePayersCard,
}

impl Payment {
    /// Picks the asked card, or the first of the payment's currency.
    pub(crate) fn choose_card(&self, cards: &[CardChoice], asked: Option<CardId>) -> Result<CardId, Refusal> {
        match asked {
            Some(card_id) if cards.iter().any(|card| card.card_id == card_id) => Ok(card_id),
            Some(_) => Err(Refusal::NotThePayersCard),
            None => cards
                .iter()
                .find(|card| card.currency == self.currency)
                .map(|card| card.card_id)
                .ok_or_else(|| self.refusal(Refusal::NoCards)),
        }
    }

    /// Demands that the payment's redirect URL carries this token.
    #[cfg(feature = "sandbox")]
    pub(crate) fn admit(&self, token: &str) -> Result<(), Refusal> {
        let query = self.redirect_url.split_once('?').map_or("", |(_, query)| query);
        let query = query.split_once('#').map_or(query, |(query, _)| query);
        let carried = query.split('&').filter_map(|pair| pair.strip_prefix("token="));
        if !token.is_empty() && carried.into_iter().any(|carried| carried == token) {
            return Ok(());
        }
        Err(self.refusal(Refusal::NotAllowed))
    }

    /// What to answer when the wallet would refuse: that the payment no longer waits outranks everything about payers
    /// and cards (ranks of `reason.proto`).
    pub(crate) fn refusal(&self, of_the_wallet: Refusal) -> Refusal {
        match self.standing {
            Standing::Waiting => of_the_wallet,
            Standing::Approved => Refusal::AlreadyReserved,
            Standing::Ended => Refusal::CannotApprove,
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn card(number: u128, currency: Currency) -> CardChoice {
        CardChoice { card_id: CardId::from_uuid(Uuid::from_u128(number)), currency }
    }

    fn payment(standing: Standing) -> Payment {
        Payment {
            standing,
            currency: Currency::Dkk,
            redirect_url: "https://landing.example/pay?x=1&token=abc.def#top".to_owned(),
        }
    }

    #[test]
    fn the_first_card_of_the_payments_currency_is_taken() {
        let cards = [card(1, Currency::Nok), card(2, Currency::Dkk), card(3, Currency::Dkk)];
        assert_eq!(payment(Standing::Waiting).choose_card(&cards, None), Ok(cards[1].card_id));
    }

    #[test]
    fn a_card_that_is_asked_for_must_be_the_payers() {
        let cards = [card(1, Currency::Nok), card(2, Currency::Dkk)];
        let waiting = payment(Standing::Waiting);
        assert_eq!(waiting.choose_card(&cards, Some(cards[0].card_id)), Ok(cards[0].card_id));
        let foreign = card(9, Currency::Dkk).card_id;
        assert_eq!(waiting.choose_card(&cards, Some(foreign)), Err(Refusal::NotThePayersCard));
    }

    #[test]
    fn the_state_of_the_payment_outranks_the_lack_of_a_card() {
        for (standing, refusal) in [
            (Standing::Waiting, Refusal::NoCards),
            (Standing::Approved, Refusal::AlreadyReserved),
            (Standing::Ended, Refusal::CannotApprove),
        ] {
            assert_eq!(payment(standing).choose_card(&[card(1, Currency::Nok)], None), Err(refusal));
        }
    }

    #[test]
    fn only_the_whole_token_of_the_redirect_url_is_admitted() {
        let waiting = payment(Standing::Waiting);
        assert_eq!(waiting.admit("abc.def"), Ok(()));
        for token in ["", "abc", "abc.def#top", "1", "bc.def"] {
            assert_eq!(waiting.admit(token), Err(Refusal::NotAllowed), "{token}");
        }
    }
}
