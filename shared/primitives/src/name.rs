//! Names that people read.

use std::fmt;

use unicode_properties::{GeneralCategory, GeneralCategoryGroup, UnicodeGeneralCategory};

use crate::Invalid;

/// More marks on one letter than any language writes: they would cover the lines above and below.
const MOST_MARKS: usize = 8;

/// Letters, symbols and marks without ink.
const WITHOUT_INK: [char; 8] =
    ['\u{034f}', '\u{115f}', '\u{1160}', '\u{17b4}', '\u{17b5}', '\u{2800}', '\u{3164}', '\u{ffa0}'];

/// A name for people: 1 to `MOST` characters that all can be seen, in the order in which they are written.
///
/// What cannot be seen could make two names look the same, or turn the text around them.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Name<const MOST: usize>(String);

impl<const MOST: usize> Name<MOST> {
    /// A name, if the text is one.
    pub fn try_new(text: String) -> Result<Self, Invalid> {
        if text.chars().count() > MOST {
            return Err(Invalid { rule: "is too long" });
        }
        if text.chars().any(is_invisible) || text.chars().all(|c| c.is_whitespace() || is_mark(c)) {
            return Err(Invalid { rule: "must be printable characters, not only spaces" });
        }
        if text.starts_with(char::is_whitespace) || text.ends_with(char::is_whitespace) {
            return Err(Invalid { rule: "must not begin or end with a space" });
        }
        if longest_run_of_marks(&text) > MOST_MARKS {
            return Err(Invalid { rule: "must not have more than 8 combining marks in a row" });
        }
        Ok(Self(text))
    }

    /// A name as it is stored: it was checked when it came, by the rules of its time, which may have been milder.
    pub fn stored(text: String) -> Self {
        Self(text)
    }

    /// The name itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<const MOST: usize> fmt::Display for Name<MOST> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What payers see of a sales unit: a [`Name`] of the characters that upstream takes (contract-merchant 15).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SalesUnitName(Name<{ SalesUnitName::MOST_READ }>);

impl SalesUnitName {
    /// The most characters of a name that is ordered.
    pub const MOST_ORDERED: usize = 40;
    /// The most characters of a test unit's name.
    pub const MOST_TEST: usize = 30;
    /// The most characters of a name that is read; upstream's answers have a wider limit than its orders.
    pub const MOST_READ: usize = 50;

    /// The name of a unit that is ordered.
    pub fn try_new(text: &str) -> Result<Self, Invalid> {
        Self::at_most(Self::MOST_ORDERED, "must be at most 40 characters", text)
    }

    /// The name of a test unit.
    pub fn try_new_test(text: &str) -> Result<Self, Invalid> {
        Self::at_most(Self::MOST_TEST, "must be at most 30 characters", text)
    }

    /// The name of a unit that exists.
    pub fn try_new_read(text: &str) -> Result<Self, Invalid> {
        Self::at_most(Self::MOST_READ, "must be at most 50 characters", text)
    }

    /// The name itself.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    fn at_most(most: usize, rule: &'static str, text: &str) -> Result<Self, Invalid> {
        if text.chars().count() > most {
            return Err(Invalid { rule });
        }
        if !text.chars().all(is_of_sales_unit) {
            return Err(Invalid {
                rule: "must be letters, digits, spaces and ( ) * + , - . / : ; < = > ? @ [ \\ ] ^ _ `",
            });
        }
        Name::try_new(text.to_owned()).map(Self)
    }
}

impl fmt::Display for SalesUnitName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Upstream's class `[\p{L}\p{M}\d\\(\)-_\+\s\.`]` as it is written, where `\)-_` is a range and not three characters.
/// Of its white space only the two kinds of blank are taken, since a name stands on one line.
fn is_of_sales_unit(c: char) -> bool {
    matches!(c, ')'..='_' | '(' | '`' | ' ' | '\u{a0}')
        || c.general_category_group() == GeneralCategoryGroup::Letter
        || c.general_category() == GeneralCategory::DecimalNumber
        || is_mark(c)
}

fn is_mark(c: char) -> bool {
    c.general_category_group() == GeneralCategoryGroup::Mark
}

/// Controls, what turns or joins the text around it, line breaks, and code points without an agreed look.
fn is_invisible(c: char) -> bool {
    matches!(
        c.general_category(),
        GeneralCategory::Control
            | GeneralCategory::Format
            | GeneralCategory::LineSeparator
            | GeneralCategory::ParagraphSeparator
            | GeneralCategory::PrivateUse
            | GeneralCategory::Unassigned
    ) || WITHOUT_INK.contains(&c)
}

fn longest_run_of_marks(text: &str) -> usize {
    text.split(|c| !is_mark(c)).map(|run| run.chars().count()).max().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop_assert, proptest};

    use super::*;

    #[test]
    fn a_name_is_counted_in_characters_and_is_printable() {
        let table = [
            ("a".to_owned(), true),
            ("ø".repeat(100), true),
            ("ø".repeat(101), false),
            ("Kari & Ola's 24/7 «Kafé» 🍕".to_owned(), true),
            ("Ja\u{a0}Nei".to_owned(), true),
            (String::new(), false),
            ("   ".to_owned(), false),
            (" a".to_owned(), false),
            ("a\u{a0}".to_owned(), false),
            ("a\0b".to_owned(), false),
            ("a\nb".to_owned(), false),
            ("a\u{2028}b".to_owned(), false),
            ("\u{301}".to_owned(), false),
            ("\u{3164}".to_owned(), false),
            ("\u{e000}".to_owned(), false),
        ];
        for (text, valid) in table {
            assert_eq!(Name::<100>::try_new(text.clone()).is_ok(), valid, "{text:?}");
        }
    }

    #[test]
    fn a_name_has_no_character_that_cannot_be_seen() {
        let ranges = ['\u{200b}'..='\u{200f}', '\u{202a}'..='\u{202e}', '\u{2060}'..='\u{2069}']
            .into_iter()
            .chain(['\u{e0000}'..='\u{e007f}']);
        let single = ['\u{ad}', '\u{61c}', '\u{180e}', '\u{feff}', '\u{115f}', '\u{2800}'];
        for c in ranges.flatten().chain(single) {
            assert!(Name::<100>::try_new(format!("a{c}b")).is_err(), "{c:?}");
        }
    }

    #[test]
    fn a_name_has_at_most_8_marks_in_a_row() {
        for (marks, valid) in [(0, true), (1, true), (8, true), (9, false), (40, false)] {
            let text = format!("a{}b\u{301}", "\u{300}".repeat(marks));
            assert_eq!(Name::<100>::try_new(text).is_ok(), valid, "{marks}");
        }
    }

    #[test]
    fn a_sales_unit_has_a_name_of_upstreams_class() {
        let table = [
            ("Fjordbutikken, alt på en gang", true),
            ("Järvikauppa", true),
            ("Cafe\u{301} 7 (Oslo)", true),
            ("कॉफ़ी ३", true),
            (r"(-_+.\`)", true),
            ("*,/:;<=>?@[]^", true),
            ("Ja\u{a0}Nei", true),
            ("Ole & Dole", false),
            ("Ole's", false),
            ("\"Ole\"", false),
            ("100 %", false),
            ("a!b", false),
            ("a#b", false),
            ("a$b", false),
            ("a{b}", false),
            ("a|b", false),
            ("a~b", false),
            ("½", false),
            ("Ⅷ", false),
            ("Pizza 🍕", false),
            ("a\tb", false),
            ("a\u{2003}b", false),
            ("a\u{200d}b", false),
            ("", false),
            ("  ", false),
            (" a", false),
        ];
        for (text, valid) in table {
            assert_eq!(SalesUnitName::try_new(text).is_ok(), valid, "{text:?}");
        }
    }

    #[test]
    fn every_ascii_character_of_the_range_passes_alone() {
        for c in (0x21_u8..0x7f).map(char::from) {
            let valid = (')'..='_').contains(&c) || c == '(' || c == '`' || c.is_ascii_alphanumeric();
            assert_eq!(SalesUnitName::try_new(&c.to_string()).is_ok(), valid, "{c}");
        }
    }

    #[test]
    fn a_sales_units_name_is_longer_when_read_than_when_ordered_and_shorter_for_a_test() {
        for (length, test, ordered, read) in [
            (30, true, true, true),
            (31, false, true, true),
            (40, false, true, true),
            (41, false, false, true),
            (50, false, false, true),
            (51, false, false, false),
        ] {
            let text = "ø".repeat(length);
            assert_eq!(SalesUnitName::try_new_test(&text).is_ok(), test, "{length}");
            assert_eq!(SalesUnitName::try_new(&text).is_ok(), ordered, "{length}");
            assert_eq!(SalesUnitName::try_new_read(&text).is_ok(), read, "{length}");
        }
    }

    proptest! {
        #[test]
        fn a_sales_units_name_is_a_name(text in any::<String>()) {
            if SalesUnitName::try_new(&text).is_ok() {
                prop_assert!(Name::<40>::try_new(text).is_ok());
            }
        }
    }
}
