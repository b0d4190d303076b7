//! Who pays.

use chrono::NaiveDate;
use kvitt_primitives::{CardId, Currency, PayerId, PhoneNumber};

use super::card::{Funds, Plastic};

/// Most cards of a payer.
pub(crate) const MAX_CARDS: usize = 10;

/// A person who pays, and what merchants may come to know of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Payer {
    pub(crate) payer_id: PayerId,
    pub(crate) phone_number: PhoneNumber,
    pub(crate) name: String,
    pub(crate) birth_date: NaiveDate,
}

/// A national identity number. It has no Display, and its Debug hides it, so that it reaches no log.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct NationalId(String);

impl NationalId {
    /// Takes a number as it is; each country has its own form.
    pub(crate) fn new(number: String) -> Self {
        Self(number)
    }

    /// The number, for storage and for the one who registered it.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for NationalId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("NationalId(..)")
    }
}

/// A payer as registered, with cards in the order in which they are tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Registration {
    pub(crate) payer: Payer,
    pub(crate) national_id: NationalId,
    pub(crate) cards: Vec<NewCard>,
}

/// A card to open with money on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NewCard {
    pub(crate) plastic: Plastic,
    pub(crate) currency: Currency,
    pub(crate) opened_minor: i64,
}

/// A card as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Card {
    pub(crate) plastic: Plastic,
    pub(crate) funds: Funds,
}

/// What choosing a card needs to know of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CardChoice {
    pub(crate) card_id: CardId,
    pub(crate) currency: Currency,
}
