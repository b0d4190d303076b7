//! Who pays.

use chrono::{DateTime, Datelike as _, NaiveDate, Utc};
use kvitt_primitives::{CardId, Currency, PayerId, PhoneNumber};

use super::{
    card::{Funds, Plastic},
    person::Person,
};

/// Most cards of a payer.
pub(crate) const MAX_CARDS: usize = 10;

/// Nobody younger may be named as a customer: the app is for those who are 15.
pub(crate) const YOUNGEST_CUSTOMER: i32 = 15;

/// A person who pays, as far as paying needs to know them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Payer {
    pub(crate) payer_id: PayerId,
    pub(crate) phone_number: PhoneNumber,
    pub(crate) name: String,
    pub(crate) birth_date: NaiveDate,
    pub(crate) status: Status,
    /// Has not proved who they are.
    pub(crate) unidentified: bool,
    /// The most for one payment, in minor units of the payment's currency; 0 is no limit.
    pub(crate) payment_limit_minor: i64,
}

impl Payer {
    /// Completed years of life.
    pub(crate) fn age_on(&self, today: NaiveDate) -> i32 {
        let birthday_is_ahead =
            (today.month(), today.day()) < (self.birth_date.month(), self.birth_date.day());
        today.year() - self.birth_date.year() - i32::from(birthday_is_ahead)
    }

    /// Whether a merchant may name them as a customer.
    pub(crate) fn is_customer_on(&self, today: NaiveDate) -> bool {
        self.status == Status::Active && !self.unidentified && self.age_on(today) >= YOUNGEST_CUSTOMER
    }

    /// Whether their own limit for one payment allows this much.
    pub(crate) fn limit_allows(&self, amount_minor: i64) -> bool {
        self.payment_limit_minor == 0 || amount_minor <= self.payment_limit_minor
    }
}

/// Whether a payer may pay at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    Active,
    /// By the platform.
    Blocked,
    /// Has left; the phone number is free for another.
    Deleted,
}

impl Status {
    /// Every status.
    pub(crate) const ALL: [Self; 3] = [Self::Active, Self::Blocked, Self::Deleted];

    /// Its name in storage.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Active => "ACTIVE",
            Self::Blocked => "BLOCKED",
            Self::Deleted => "DELETED",
        }
    }
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
    #[cfg(any(test, feature = "sandbox"))]
    pub(crate) fn sole_choice(&self) -> Option<CardChoice> {
        let first = *self.cards.first()?;
        self.cards.iter().all(|card| card.currency == first.currency).then_some(first)
    }
}

/// A payer as registered, with cards in the order in which they are tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Registration {
    pub(crate) person: Person,
    pub(crate) cards: Vec<NewCard>,
}

impl Registration {
    /// Whether another registration says the same again. What a payer may change afterwards is left as it has become.
    pub(crate) fn is_repeated_by(&self, other: &Self) -> bool {
        let mut expected = self.clone();
        expected.person.payer.status = other.person.payer.status;
        expected.person.push = other.person.push;
        expected.person.addresses.clone_from(&other.person.addresses);
        expected == *other
    }
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

impl Card {
    /// Whether a reservation of so much would be made on it now.
    pub(crate) fn can_pay(&self, amount_minor: i64, now: DateTime<Utc>) -> bool {
        !self.plastic.expires.is_over(now) && self.funds.balance_minor >= amount_minor
    }
}

/// What choosing a card needs to know of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CardChoice {
    pub(crate) card_id: CardId,
    pub(crate) currency: Currency,
    /// A company's.
    pub(crate) commercial: bool,
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn payer() -> Payer {
        Payer {
            payer_id: PayerId::from_uuid(Uuid::nil()),
            phone_number: "4740000001".parse().unwrap(),
            name: "Kari Nordmann".to_owned(),
            birth_date: "2008-02-29".parse().unwrap(),
            status: Status::Active,
            unidentified: false,
            payment_limit_minor: 0,
        }
    }

    #[test]
    fn the_first_card_pays_when_all_are_of_one_currency() {
        let card = |number, currency| CardChoice {
            card_id: CardId::from_uuid(Uuid::from_u128(number)),
            currency,
            commercial: false,
        };
        let wallet = |cards| Wallet { payer: payer(), cards };
        let (first, second) = (card(1, Currency::Nok), card(2, Currency::Nok));
        assert_eq!(wallet(vec![first, second]).sole_choice(), Some(first));
        assert_eq!(wallet(vec![first, card(2, Currency::Dkk)]).sole_choice(), None);
        assert_eq!(wallet(vec![]).sole_choice(), None);
    }

    #[test]
    fn a_year_of_life_is_complete_on_the_birthday() {
        for (today, age) in [
            ("2008-02-29", 0),
            ("2009-02-28", 0),
            ("2009-03-01", 1),
            ("2023-02-28", 14),
            ("2023-03-01", 15),
            ("2028-02-28", 19),
            ("2028-02-29", 20),
            ("2000-01-01", -9),
        ] {
            assert_eq!(payer().age_on(today.parse().unwrap()), age, "{today}");
        }
    }

    #[test]
    fn a_customer_is_active_identified_and_at_least_15() {
        let fifteen = "2023-03-01".parse().unwrap();
        let yesterday = "2023-02-28".parse().unwrap();
        assert!(payer().is_customer_on(fifteen));
        assert!(!payer().is_customer_on(yesterday));
        assert!(!Payer { unidentified: true, ..payer() }.is_customer_on(fifteen));
        for status in [Status::Blocked, Status::Deleted] {
            assert!(!Payer { status, ..payer() }.is_customer_on(fifteen), "{status:?}");
        }
    }

    #[test]
    fn a_limit_of_nothing_allows_everything() {
        assert!(payer().limit_allows(i64::MAX));
        let limited = Payer { payment_limit_minor: 100, ..payer() };
        assert!(limited.limit_allows(100));
        assert!(!limited.limit_allows(101));
    }
}
