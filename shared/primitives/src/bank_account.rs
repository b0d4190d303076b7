//! The accounts that merchants are paid to.

use crate::{
    Invalid, Market,
    check_digits::{eleven, luhn},
    text::digits,
};

/// A bank account by its national number (BBAN), as upstream names it: a scheme, and digits only (contract-merchant 1).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct BankAccount {
    market: Market,
    number: String,
}

impl BankAccount {
    /// The account that upstream's two fields name.
    pub fn try_new(scheme: &str, id: &str) -> Result<Self, BankAccountError> {
        let market = Market::ALL
            .into_iter()
            .find(|market| scheme_of(*market) == scheme)
            .ok_or(Invalid { rule: "must be one of BBAN:NO, BBAN:DK, BBAN:FI" })
            .map_err(BankAccountError::Scheme)?;
        Self::of_market(market, id).map_err(BankAccountError::Id)
    }

    /// An account in that market, if the text is the number of one.
    pub fn of_market(market: Market, number: &str) -> Result<Self, Invalid> {
        let (lengths, rule) = match market {
            Market::No => ((11, 11), "must be 11 digits"),
            Market::Dk => ((9, 14), "must be 9 to 14 digits: the registration number's 4 and the account's"),
            Market::Fi => ((14, 14), "must be 14 digits"),
        };
        if !digits(number, lengths.0, lengths.1) {
            return Err(Invalid { rule });
        }
        if !checks(market, number) {
            return Err(Invalid { rule: "must be a number of an account: its check digit is wrong" });
        }
        Ok(Self { market, number: number.to_owned() })
    }

    /// Upstream's name of the kind of number.
    pub fn scheme(&self) -> &'static str {
        scheme_of(self.market)
    }

    /// Where the account is held.
    pub fn market(&self) -> Market {
        self.market
    }

    /// Its number, digits only; upstream's `id`.
    pub fn number(&self) -> &str {
        &self.number
    }

    /// The number as people of the market write it: `NNNN.NN.NNNNN` in Norway, elsewhere the digits.
    pub fn display(&self) -> String {
        match (self.market, self.number.get(..4), self.number.get(4..6), self.number.get(6..)) {
            (Market::No, Some(bank), Some(kind), Some(account)) => format!("{bank}.{kind}.{account}"),
            _ => self.number.clone(),
        }
    }
}

/// Danish numbers have no check digit, nor have Norwegian ones with 00 in the fifth and sixth place.
fn checks(market: Market, number: &str) -> bool {
    match market {
        Market::No => number.get(4..6) == Some("00") || eleven(number, &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1]),
        Market::Dk => true,
        Market::Fi => luhn(number),
    }
}

fn scheme_of(market: Market) -> &'static str {
    match market {
        Market::No => "BBAN:NO",
        Market::Dk => "BBAN:DK",
        Market::Fi => "BBAN:FI",
    }
}

/// Which field of a bank account breaks its rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BankAccountError {
    /// The scheme is none of ours.
    #[error("scheme is not valid")]
    Scheme(#[source] Invalid),
    /// The id is no number of the scheme.
    #[error("id is not valid")]
    Id(#[source] Invalid),
}

impl BankAccountError {
    /// The field's name, and the rule it breaks.
    pub fn field_and_rule(self) -> (&'static str, &'static str) {
        match self {
            Self::Scheme(Invalid { rule }) => ("scheme", rule),
            Self::Id(Invalid { rule }) => ("id", rule),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_written_as_it_was_read() {
        // The examples of the registry of IBANs, without country and its check digits.
        let table = [
            ("BBAN:NO", "86011117947", Market::No, "8601.11.17947"),
            ("BBAN:NO", "12340012345", Market::No, "1234.00.12345"),
            ("BBAN:DK", "00400440116243", Market::Dk, "00400440116243"),
            ("BBAN:DK", "123412345", Market::Dk, "123412345"),
            ("BBAN:FI", "12345600000785", Market::Fi, "12345600000785"),
        ];
        for (scheme, id, market, display) in table {
            let account = BankAccount::try_new(scheme, id).unwrap();
            assert_eq!((account.scheme(), account.number(), account.market()), (scheme, id, market));
            assert_eq!(account.display(), display);
        }
    }

    #[test]
    fn a_broken_account_says_which_field_breaks_its_rule() {
        let table = [
            ("", "86011117947", "scheme"),
            ("BBAN:SE", "86011117947", "scheme"),
            ("bban:no", "86011117947", "scheme"),
            ("IBAN:NO", "NO9386011117947", "scheme"),
            ("BBAN:NO", "", "id"),
            ("BBAN:NO", "8601111794", "id"),
            ("BBAN:NO", "860111179470", "id"),
            ("BBAN:NO", "8601.11.17947", "id"),
            ("BBAN:NO", "８601111794", "id"),
            ("BBAN:DK", "12341234", "id"),
            ("BBAN:DK", "004004401162430", "id"),
            ("BBAN:FI", "1234560000078", "id"),
            ("BBAN:FI", "12345600000786", "id"),
        ];
        for (scheme, id, field) in table {
            let error = BankAccount::try_new(scheme, id).unwrap_err();
            assert_eq!(error.field_and_rule().0, field, "{scheme} {id}");
        }
    }

    #[test]
    fn a_number_checks_and_no_other_last_digit_does() {
        let table = [
            (Market::No, "8601111794", 7),
            (Market::Fi, "1234560000078", 5),
            (Market::Fi, "1590300000077", 6),
        ];
        for (market, stem, last) in table {
            for digit in 0..10 {
                let account = BankAccount::of_market(market, &format!("{stem}{digit}"));
                assert_eq!(account.is_ok(), digit == last, "{market} {stem}{digit}");
            }
        }
    }
}
