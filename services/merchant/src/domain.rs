//! What a merchant and a sales unit are. A value that exists keeps its rules; the constraints of the migration
//! repeat them.

use kvitt_primitives::{Currency, Invalid, Market, MerchantId, Msn};

/// A company that sells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Merchant {
    pub(crate) id: MerchantId,
    pub(crate) name: Name<200>,
    pub(crate) market: Market,
    pub(crate) organization_number: OrganizationNumber,
}

/// The unit that takes payments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SalesUnit {
    pub(crate) msn: Msn,
    pub(crate) merchant_id: MerchantId,
    pub(crate) name: Name<100>,
    pub(crate) market: Market,
    pub(crate) active: bool,
    pub(crate) capture_type: CaptureType,
    pub(crate) features: Features,
}

impl SalesUnit {
    /// The only currency it takes: its market's.
    pub(crate) fn currency(&self) -> Currency {
        self.market.currency()
    }
}

/// A name for people: 1 to `MOST` characters, not only spaces, without control characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Name<const MOST: usize>(String);

impl<const MOST: usize> Name<MOST> {
    pub(crate) fn try_new(text: String) -> Result<Self, Invalid> {
        let length = text.chars().count();
        if length > MOST {
            return Err(Invalid { rule: "is too long" });
        }
        if text.trim().is_empty() || text.chars().any(char::is_control) {
            return Err(Invalid { rule: "must be printable characters, not only spaces" });
        }
        Ok(Self(text))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// The number a company has in its country's register, as the register writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OrganizationNumber(String);

impl OrganizationNumber {
    pub(crate) fn try_new(market: Market, text: String) -> Result<Self, Invalid> {
        let (form, rule) = match market {
            Market::No => ("ddddddddd", "must be 9 digits"),
            Market::Dk => ("dddddddd", "must be 8 digits"),
            Market::Fi => ("ddddddd-d", "must be 7 digits, a hyphen and a digit"),
        };
        let same = |(have, want): (u8, u8)| if want == b'd' { have.is_ascii_digit() } else { have == want };
        if text.len() != form.len() || !text.bytes().zip(form.bytes()).all(same) {
            return Err(Invalid { rule });
        }
        if !checks(market, &text) {
            return Err(Invalid {
                rule: "must be a number of the national register: its check digit is wrong",
            });
        }
        Ok(Self(text))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether the digits, each by its weight, add up to a multiple of eleven. The weights are the registers' own: those of
/// Brønnøysund (organisasjonsnummer), of Erhvervsstyrelsen (CVR) and of the Finnish Patent and Registration Office
/// (Y-tunnus). The last digit makes the sum come out, and where it would have to be ten there is no such number.
fn checks(market: Market, number: &str) -> bool {
    let weights: &[u32] = match market {
        Market::No => &[3, 2, 7, 6, 5, 4, 3, 2, 1],
        Market::Dk => &[2, 7, 6, 5, 4, 3, 2, 1],
        Market::Fi => &[7, 9, 10, 5, 8, 4, 2, 1],
    };
    let digits = number.chars().filter_map(|digit| digit.to_digit(10));
    digits.zip(weights).map(|(digit, weight)| digit * weight).sum::<u32>().is_multiple_of(11)
}

/// How a sales unit captures what was reserved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CaptureType {
    ReserveCapture,
    ReserveCaptureFull,
    DirectCapture,
}

impl CaptureType {
    const ALL: [Self; 3] = [Self::ReserveCapture, Self::ReserveCaptureFull, Self::DirectCapture];

    /// The name it is stored under.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::ReserveCapture => "RESERVE_CAPTURE",
            Self::ReserveCaptureFull => "RESERVE_CAPTURE_FULL",
            Self::DirectCapture => "DIRECT_CAPTURE",
        }
    }

    pub(crate) fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|capture_type| capture_type.code() == code)
    }
}

/// What a sales unit must be allowed before it may use it. The order is the contract's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Feature {
    PushMessage,
    LongLiving,
    Express,
    NinScope,
    LateCapture,
}

impl Feature {
    const ALL: [Self; 5] =
        [Self::PushMessage, Self::LongLiving, Self::Express, Self::NinScope, Self::LateCapture];

    /// The name it is stored under.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::PushMessage => "PUSH_MESSAGE",
            Self::LongLiving => "LONG_LIVING",
            Self::Express => "EXPRESS",
            Self::NinScope => "NIN_SCOPE",
            Self::LateCapture => "LATE_CAPTURE",
        }
    }

    pub(crate) fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|feature| feature.code() == code)
    }
}

/// Features in ascending order, each once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Features(Vec<Feature>);

impl Features {
    pub(crate) fn try_new(features: Vec<Feature>) -> Result<Self, Invalid> {
        if features.is_sorted_by(|one, next| one < next) {
            Ok(Self(features))
        } else {
            Err(Invalid { rule: "must be in ascending order, each once" })
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = Feature> {
        self.0.iter().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_counted_in_characters_and_is_printable() {
        let table = [
            ("a".to_owned(), true),
            ("ø".repeat(100), true),
            ("ø".repeat(101), false),
            (String::new(), false),
            ("   ".to_owned(), false),
            ("a\0b".to_owned(), false),
        ];
        for (text, valid) in table {
            assert_eq!(Name::<100>::try_new(text.clone()).is_ok(), valid, "{text:?}");
        }
    }

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
    fn features_stand_in_order_and_each_once() {
        assert!(Features::try_new(Feature::ALL.to_vec()).is_ok());
        assert!(Features::try_new(Vec::new()).is_ok());
        for broken in [vec![Feature::Express, Feature::LongLiving], vec![Feature::Express, Feature::Express]]
        {
            assert!(Features::try_new(broken).is_err());
        }
    }

    #[test]
    fn a_code_reads_back_as_what_it_stands_for() {
        for feature in Feature::ALL {
            assert_eq!(Feature::from_code(feature.code()), Some(feature));
        }
        for capture_type in CaptureType::ALL {
            assert_eq!(CaptureType::from_code(capture_type.code()), Some(capture_type));
        }
    }
}
