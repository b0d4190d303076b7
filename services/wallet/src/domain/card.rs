//! A card and the three places its money can be in.

use chrono::{DateTime, Datelike as _, NaiveDate, TimeDelta, Utc};
use kvitt_primitives::{CardId, Currency, PayerId};

/// Card schemes of the Nordic market.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scheme {
    Visa,
    Electron,
    Mastercard,
    Bankaxept,
    Dankort,
}

impl Scheme {
    /// Every scheme.
    pub(crate) const ALL: [Self; 5] =
        [Self::Visa, Self::Electron, Self::Mastercard, Self::Bankaxept, Self::Dankort];

    /// Its name in storage.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Visa => "VISA",
            Self::Electron => "ELECTRON",
            Self::Mastercard => "MASTERCARD",
            Self::Bankaxept => "BANKAXEPT",
            Self::Dankort => "DANKORT",
        }
    }

    /// Until when money reserved now may be captured without asking the bank again (contract-payments section 6: Visa
    /// 7 days, Electron 5, Mastercard 30, BankAxept 7; Dankort, which it does not name, is held as long as Visa).
    pub(crate) fn guaranteed_until(self, now: DateTime<Utc>) -> DateTime<Utc> {
        let days = match self {
            Self::Visa | Self::Bankaxept | Self::Dankort => 7,
            Self::Electron => 5,
            Self::Mastercard => 30,
        };
        now + TimeDelta::days(days)
    }
}

/// No guarantee is shorter than Electron's.
pub(crate) const SHORTEST_GUARANTEE: TimeDelta = TimeDelta::days(5);

/// The last month in which a card is valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ExpiryMonth(NaiveDate);

impl ExpiryMonth {
    /// The month of any of its days.
    pub(crate) fn of(day: NaiveDate) -> Self {
        Self(day.with_day(1).expect("every month has a first day"))
    }

    /// Reads `YYYY-MM`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let well_formed = text.len() == 7 && text.is_ascii();
        let month = NaiveDate::parse_from_str(&format!("{text}-01"), "%Y-%m-%d").ok()?;
        (well_formed && month.format("%Y-%m").to_string() == text).then_some(Self(month))
    }

    /// Its first day.
    pub(crate) fn first_day(self) -> NaiveDate {
        self.0
    }

    /// Whether the month is over; the last day counts to its end, in UTC.
    pub(crate) fn is_over(self, now: DateTime<Utc>) -> bool {
        Self::of(now.date_naive()) > self
    }
}

impl std::fmt::Display for ExpiryMonth {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0.format("%Y-%m"))
    }
}

/// What is printed on a card, fixed when it is opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Plastic {
    pub(crate) card_id: CardId,
    pub(crate) scheme: Scheme,
    pub(crate) bin: String,
    pub(crate) last_four: String,
    pub(crate) expires: ExpiryMonth,
    /// A company's, which some payments refuse.
    pub(crate) commercial: bool,
}

/// The money of a card. `balance + held + spent` never changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Funds {
    pub(crate) currency: Currency,
    /// Free; less than nothing when the card is overdrawn.
    pub(crate) balance_minor: i64,
    /// Held by reservations.
    pub(crate) held_minor: i64,
    /// Captured and not refunded.
    pub(crate) spent_minor: i64,
}

/// What the acquirer needs of a card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Account {
    pub(crate) card_id: CardId,
    pub(crate) payer_id: PayerId,
    pub(crate) scheme: Scheme,
    pub(crate) bin: String,
    pub(crate) expires: ExpiryMonth,
    pub(crate) funds: Funds,
    /// As last read or written.
    pub(crate) version: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expiry_month_is_four_digits_a_hyphen_and_two_digits() {
        for (text, valid) in [
            ("2030-01", true),
            ("2030-12", true),
            ("2030-13", false),
            ("2030-1", false),
            ("30-01", false),
            ("2030-01-01", false),
            ("", false),
            ("203ø-1", false),
            ("+203-01", false),
        ] {
            assert_eq!(ExpiryMonth::parse(text).is_some(), valid, "{text}");
        }
        assert_eq!(ExpiryMonth::parse("2030-02").unwrap().to_string(), "2030-02");
    }

    #[test]
    fn a_guarantee_is_as_long_as_the_scheme_says() {
        let now: DateTime<Utc> = "2030-06-15T12:00:00Z".parse().unwrap();
        let days = Scheme::ALL.map(|scheme| (scheme.guaranteed_until(now) - now).num_days());
        assert_eq!(days, [7, 5, 30, 7, 7]);
        assert_eq!(days.into_iter().min(), Some(SHORTEST_GUARANTEE.num_days()));
    }

    #[test]
    fn a_card_is_valid_to_the_end_of_its_last_month() {
        let month = ExpiryMonth::parse("2030-02").unwrap();
        for (now, over) in [("2030-02-28T23:59:59Z", false), ("2030-03-01T00:00:00Z", true)] {
            assert_eq!(month.is_over(now.parse().unwrap()), over, "{now}");
        }
    }
}
