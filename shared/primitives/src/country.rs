//! The countries whose people the platform knows.

use std::fmt;

use crate::Market;

/// A country whose people can be users of the portal. One more than the markets: Swedes log in, though nothing is
/// sold there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Country {
    /// Norway.
    No,
    /// Denmark.
    Dk,
    /// Finland.
    Fi,
    /// Sweden.
    Se,
}

impl Country {
    /// Every country.
    pub const ALL: [Self; 4] = [Self::No, Self::Dk, Self::Fi, Self::Se];

    /// The ISO country code, for example `NO`.
    pub fn code(self) -> &'static str {
        match self {
            Self::No => "NO",
            Self::Dk => "DK",
            Self::Fi => "FI",
            Self::Se => "SE",
        }
    }

    /// The country of an ISO country code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|country| country.code() == code)
    }

    /// What its phone numbers begin with, for example `47`. None of them begins another.
    pub fn dialling_code(self) -> &'static str {
        match self {
            Self::No => "47",
            Self::Dk => "45",
            Self::Fi => "358",
            Self::Se => "46",
        }
    }
}

impl From<Market> for Country {
    fn from(market: Market) -> Self {
        match market {
            Market::No => Self::No,
            Market::Dk => Self::Dk,
            Market::Fi => Self::Fi,
        }
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_reads_back_as_its_country() {
        for country in Country::ALL {
            assert_eq!(Country::from_code(country.code()), Some(country));
        }
        for code in ["", "no", "NOR", "DE"] {
            assert_eq!(Country::from_code(code), None, "{code}");
        }
    }

    #[test]
    fn a_market_is_the_country_of_the_same_code() {
        for market in Market::ALL {
            assert_eq!(Country::from(market).code(), market.code());
        }
    }
}
