//! The number by which a country's register knows a company.

use crate::{Invalid, Market, check_digits::eleven};

/// The number a company has in its country's register, as the register writes it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct OrganizationNumber {
    market: Market,
    text: String,
}

impl OrganizationNumber {
    /// A number of that market's register, if the text is one.
    pub fn try_new(market: Market, text: String) -> Result<Self, Invalid> {
        let (form, rule) = match market {
            Market::No => ("ddddddddd", "must be 9 digits"),
            Market::Dk => ("dddddddd", "must be 8 digits"),
            Market::Fi => ("ddddddd-d", "must be 7 digits, a hyphen and a digit"),
        };
        let same = |(have, want): (u8, u8)| if want == b'd' { have.is_ascii_digit() } else { have == want };
        if text.len() != form.len() || !text.bytes().zip(form.bytes()).all(same) {
            return Err(Invalid { rule });
        }
        if !eleven(&text, weights(market)) {
            return Err(Invalid {
                rule: "must be a number of the national register: its check digit is wrong",
            });
        }
        Ok(Self { market, text })
    }

    /// Whose register it is of.
    pub fn market(&self) -> Market {
        self.market
    }

    /// The number, as the register writes it.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

/// The registers' own: those of Brønnøysund (organisasjonsnummer), of Erhvervsstyrelsen (CVR) and of the Finnish Patent
/// and Registration Office (Y-tunnus).
fn weights(market: Market) -> &'static [u32] {
    match market {
        Market::No => &[3, 2, 7, 6, 5, 4, 3, 2, 1],
        Market::Dk => &[2, 7, 6, 5, 4, 3, 2, 1],
        Market::Fi => &[7, 9, 10, 5, 8, 4, 2, 1],
    }
}

/// A company as upstream names it: the scheme of its register, and its number there (contract-merchant 1).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct BusinessIdentifier(OrganizationNumber);

impl BusinessIdentifier {
    /// The company with that number.
    pub fn new(number: OrganizationNumber) -> Self {
        Self(number)
    }

    /// The company that upstream's two fields name.
    pub fn try_new(scheme: &str, id: &str) -> Result<Self, BusinessIdentifierError> {
        let market = Market::ALL
            .into_iter()
            .find(|market| scheme_of(*market) == scheme)
            .ok_or(Invalid { rule: "must be one of business:NO:ORG, business:DK:CVR, business:FI:Y-tunnus" })
            .map_err(BusinessIdentifierError::Scheme)?;
        OrganizationNumber::try_new(market, id.to_owned()).map(Self).map_err(BusinessIdentifierError::Id)
    }

    /// Upstream's name of the register.
    pub fn scheme(&self) -> &'static str {
        scheme_of(self.0.market)
    }

    /// Where the company is registered.
    pub fn market(&self) -> Market {
        self.0.market
    }

    /// Its number there; upstream's `id`.
    pub fn number(&self) -> &OrganizationNumber {
        &self.0
    }
}

fn scheme_of(market: Market) -> &'static str {
    match market {
        Market::No => "business:NO:ORG",
        Market::Dk => "business:DK:CVR",
        Market::Fi => "business:FI:Y-tunnus",
    }
}

/// Which field of a business identifier breaks its rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BusinessIdentifierError {
    /// The scheme is none of ours.
    #[error("scheme is not valid")]
    Scheme(#[source] Invalid),
    /// The id is no number of the scheme's register.
    #[error("id is not valid")]
    Id(#[source] Invalid),
}

impl BusinessIdentifierError {
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
    fn an_organization_number_has_the_form_of_its_register() {
        let table = [
            (Market::No, "987654325", true),
            (Market::No, "98765432", false),
            (Market::No, "98765432a", false),
            (Market::Dk, "12345674", true),
            (Market::Dk, "123456789", false),
            (Market::Fi, "1234567-1", true),
            (Market::Fi, "12345671", false),
            (Market::Fi, "", false),
        ];
        for (market, text, valid) in table {
            assert_eq!(
                OrganizationNumber::try_new(market, text.to_owned()).is_ok(),
                valid,
                "{market} {text}"
            );
        }
    }

    #[test]
    fn a_number_of_the_register_checks_and_no_other_last_digit_does() {
        // Vipps MobilePay, Carlsberg, Nokia.
        for (market, stem, last) in
            [(Market::No, "91871386", 7), (Market::Dk, "6105641", 6), (Market::Fi, "0112038-", 9)]
        {
            for digit in 0..10 {
                let number = OrganizationNumber::try_new(market, format!("{stem}{digit}"));
                assert_eq!(number.is_ok(), digit == last, "{market} {stem}{digit}");
            }
        }
    }

    #[test]
    fn a_business_identifier_is_written_as_it_was_read() {
        let table = [
            ("business:NO:ORG", "918713867", Market::No),
            ("business:DK:CVR", "61056416", Market::Dk),
            ("business:FI:Y-tunnus", "0112038-9", Market::Fi),
        ];
        for (scheme, id, market) in table {
            let business = BusinessIdentifier::try_new(scheme, id).unwrap();
            assert_eq!((business.scheme(), business.number().as_str()), (scheme, id));
            assert_eq!(business.market(), market);
            assert_eq!(BusinessIdentifier::new(business.number().clone()), business);
        }
    }

    #[test]
    fn a_broken_business_identifier_says_which_field_breaks_its_rule() {
        let table = [
            ("", "918713867", "scheme"),
            ("business:SE:ORG", "5560000000", "scheme"),
            ("business:no:org", "918713867", "scheme"),
            ("business:NO:ORG", "918713868", "id"),
            ("business:NO:ORG", "61056416", "id"),
            ("business:FI:Y-tunnus", "01120389", "id"),
            ("business:DK:CVR", "", "id"),
        ];
        for (scheme, id, field) in table {
            let error = BusinessIdentifier::try_new(scheme, id).unwrap_err();
            assert_eq!(error.field_and_rule().0, field, "{scheme} {id}");
        }
    }
}
