//! The name of a ledger.

use std::fmt;

use kvitt_primitives::Msn;

/// The name of a ledger: the unit's MSN and two digits, `01` for its first ledger. Nothing outside this module knows that: it
/// spares a directory of all ledgers, which would be the one table that is asked for every page and lives in one place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct LedgerId {
    msn: Msn,
}

/// The end of every name.
const FIRST: &str = "01";

impl LedgerId {
    /// The ledger of a unit.
    pub(crate) fn of(msn: Msn) -> Self {
        Self { msn }
    }

    /// The ledger with this name; `None` for a text that no ledger has as its name.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        text.strip_suffix(FIRST)?.parse().ok().map(Self::of)
    }

    /// Whose it is.
    pub(crate) fn msn(&self) -> &Msn {
        &self.msn
    }
}

impl fmt::Display for LedgerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{FIRST}", self.msn)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_reads_back_as_the_ledger_of_its_unit() {
        for msn in ["1234", "0001", "123456", "1234567890"] {
            let id = LedgerId::of(msn.parse().expect("an MSN"));
            assert_eq!(id.to_string(), format!("{msn}01"));
            assert_eq!(LedgerId::parse(&id.to_string()), Some(id));
        }
    }

    #[test]
    fn another_text_is_no_name() {
        for text in [
            "",
            "01",
            "1234",
            "12301",
            "123402",
            "12340",
            "12340100",
            "1234567890101",
            "12a401",
            "123401 ",
            "1234०1",
        ] {
            assert_eq!(LedgerId::parse(text), None, "{text}");
        }
    }
}
