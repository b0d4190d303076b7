//! What people write in their own words.

use kvitt_primitives::Invalid;

/// A text of 1 to `MOST` characters, in lines. Unlike a name it may be broken and indented; but nothing in it is
/// invisible or turns the text around it, since the back office reads it among others'.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Prose<const MOST: usize>(String);

impl<const MOST: usize> Prose<MOST> {
    pub(crate) fn try_new(text: String) -> Result<Self, Invalid> {
        if text.chars().count() > MOST {
            return Err(Invalid { rule: "is too long" });
        }
        if text.trim().is_empty() {
            return Err(Invalid { rule: "is required" });
        }
        if text.chars().any(|c| is_control(c) || turns_text(c)) {
            return Err(Invalid { rule: "must be printable characters and line breaks" });
        }
        Ok(Self(text))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_control(c: char) -> bool {
    c.is_control() && !matches!(c, '\n' | '\r' | '\t')
}

/// The marks, embeddings, overrides and isolates of the bidirectional algorithm, and what has no width.
fn turns_text(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_counted_in_characters_and_hides_nothing() {
        let table = [
            ("a".to_owned(), true),
            ("ø".repeat(10), true),
            ("ø".repeat(11), false),
            ("a\r\n\tb".to_owned(), true),
            (String::new(), false),
            (" \n ".to_owned(), false),
            ("a\0b".to_owned(), false),
            ("a\u{1b}[2J".to_owned(), false),
            ("a\u{202e}b".to_owned(), false),
            ("a\u{2066}b".to_owned(), false),
            ("a\u{200b}b".to_owned(), false),
        ];
        for (text, valid) in table {
            assert_eq!(Prose::<10>::try_new(text.clone()).is_ok(), valid, "{text:?}");
        }
    }
}
