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

/// Names a payer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Who {
    Id(PayerId),
    Phone(PhoneNumber),
}

/// A payer with the cards to choose among, in the order in which they are tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wallet {
    pub(crate) payer: Payer,
    pub(crate) cards: Vec<CardChoice>,
}

impl Wallet {
    /// The card that pays whatever the payment's currency is, as long as it is that of the card: the first, when all cards
    /// are of one currency. With cards of several, the payment decides.
    pub(crate) fn sole_choice(&self) -> Option<CardChoice> {
        let first = *self.cards.first()?;
        self.cards.iter().all(|card| card.currency == first.currency).then_some(first)
    }
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

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn the_first_card_pays_when_all_are_of_one_currency() {
        let card =
            |number, currency| CardChoice { card_id: CardId::from_uuid(Uuid::from_u128(number)), currency };
        let wallet = |cards| Wallet {
            payer: Payer {
                payer_id: PayerId::from_uuid(Uuid::nil()),
                phone_number: "4740000001".parse().unwrap(),
                name: "Kari Nordmann".to_owned(),
                birth_date: NaiveDate::MIN,
            },
            cards,
        };
        let (first, second) = (card(1, Currency::Nok), card(2, Currency::Nok));
        assert_eq!(wallet(vec![first, second]).sole_choice(), Some(first));
        assert_eq!(wallet(vec![first, card(2, Currency::Dkk)]).sole_choice(), None);
        assert_eq!(wallet(vec![]).sole_choice(), None);
    }
}
