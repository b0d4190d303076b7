//! Amounts: whole minor units of one currency.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::Invalid;

/// ISO 4217 currencies that upstream accepts (contract: ePayment `Amount.currency`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Currency {
    /// Norwegian krone.
    Nok,
    /// Danish krone.
    Dkk,
    /// Euro.
    Eur,
    /// Swedish krona, upstream only for card passthrough.
    Sek,
    /// United States dollar, upstream only for card passthrough.
    Usd,
    /// Pound sterling, upstream only for card passthrough.
    Gbp,
}

impl Currency {
    /// Every currency.
    pub const ALL: [Self; 6] = [Self::Nok, Self::Dkk, Self::Eur, Self::Sek, Self::Usd, Self::Gbp];

    /// The ISO code, for example `NOK`.
    pub fn code(self) -> &'static str {
        match self {
            Self::Nok => "NOK",
            Self::Dkk => "DKK",
            Self::Eur => "EUR",
            Self::Sek => "SEK",
            Self::Usd => "USD",
            Self::Gbp => "GBP",
        }
    }

    /// The smallest payment in minor units (contract: ePayment, "Minimum").
    pub fn minimum_minor(self) -> i64 {
        match self {
            Self::Nok | Self::Sek => 100,
            Self::Dkk | Self::Eur | Self::Usd | Self::Gbp => 1,
        }
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl FromStr for Currency {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        Self::ALL
            .into_iter()
            .find(|currency| currency.code() == text)
            .ok_or(Invalid { rule: "must be one of NOK, DKK, EUR, SEK, USD, GBP" })
    }
}

/// An amount: minor units (øre, cent) of one currency. Two amounts of different currencies never meet in a sum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Money {
    /// The currency.
    pub currency: Currency,
    /// Minor units; negative only where a message says so.
    pub minor: i64,
}

impl Money {
    /// An amount of `minor` minor units.
    pub fn new(currency: Currency, minor: i64) -> Self {
        Self { currency, minor }
    }
}

/// A country the platform sells in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Market {
    /// Norway.
    No,
    /// Denmark.
    Dk,
    /// Finland.
    Fi,
}

impl Market {
    /// Every market.
    pub const ALL: [Self; 3] = [Self::No, Self::Dk, Self::Fi];

    /// The ISO country code, for example `NO`.
    pub fn code(self) -> &'static str {
        match self {
            Self::No => "NO",
            Self::Dk => "DK",
            Self::Fi => "FI",
        }
    }

    /// The one currency of the market's sales units (contract: "Currency").
    pub fn currency(self) -> Currency {
        match self {
            Self::No => Currency::Nok,
            Self::Dk => Currency::Dkk,
            Self::Fi => Currency::Eur,
        }
    }
}

impl fmt::Display for Market {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl FromStr for Market {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        Self::ALL
            .into_iter()
            .find(|market| market.code() == text)
            .ok_or(Invalid { rule: "must be one of NO, DK, FI" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_reads_back_as_its_currency() {
        for currency in Currency::ALL {
            assert_eq!(currency.code().parse(), Ok(currency));
        }
        assert!("nok".parse::<Currency>().is_err());
    }

    #[test]
    fn each_market_has_its_own_currency() {
        let currencies: Vec<_> = Market::ALL.map(Market::currency).to_vec();
        assert_eq!(currencies, [Currency::Nok, Currency::Dkk, Currency::Eur]);
    }
}
