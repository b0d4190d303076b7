//! Words of others, made fit to be written: names, references and messages hold whatever somebody typed.

use std::borrow::Cow;

/// What Excel takes in a cell, in UTF-16 units.
const CELL_UNITS: usize = 32_767;

/// Text for one line of a machine-read file: what XML 1.0 forbids becomes U+FFFD, line breaks and tabs become spaces.
pub(crate) fn line(text: &str) -> Cow<'_, str> {
    if text.chars().all(|c| fit(c) == Some(c)) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().map(|c| fit(c).unwrap_or(char::REPLACEMENT_CHARACTER)).collect())
}

/// Text that people see beside other text: a [`line`] that cannot turn its neighbours around.
pub(crate) fn plain(text: &str) -> Cow<'_, str> {
    let text = line(text);
    if text.chars().any(turns) { Cow::Owned(text.chars().filter(|c| !turns(*c)).collect()) } else { text }
}

/// Text for a cell of a spreadsheet, also by way of CSV: it is never a formula, and never longer than a cell.
pub(crate) fn cell(text: &str) -> Cow<'_, str> {
    short(unarmed(plain(text)))
}

/// As [`cell`], but a masked phone number may begin with its plus sign.
pub(crate) fn phone_cell(text: &str) -> Cow<'_, str> {
    let masked = text.strip_prefix('+').is_some_and(|rest| {
        rest.contains('x') && rest.chars().all(|c| c.is_ascii_digit() || matches!(c, ' ' | 'x'))
    });
    if masked { Cow::Borrowed(text) } else { cell(text) }
}

/// The character to write, or none where it is forbidden.
fn fit(c: char) -> Option<char> {
    match c {
        '\t' | '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => Some(' '),
        c if c.is_control() => None,
        '\u{fdd0}'..='\u{fdef}' => None,
        c if u32::from(c) & 0xfffe == 0xfffe => None,
        c => Some(c),
    }
}

/// Whether it changes the direction of what follows, whatever that is.
fn turns(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Puts a quote before what a spreadsheet would take for the start of a formula. A semicolon starts a cell where the
/// decimal sign is a comma.
fn unarmed(text: Cow<'_, str>) -> Cow<'_, str> {
    let mut starts = Vec::new();
    let mut fresh = true;
    for (at, c) in text.char_indices() {
        match c {
            '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠' if fresh => {
                starts.push(at);
                fresh = false;
            }
            ';' => fresh = true,
            // Who parts cells at semicolons takes quotes behind one for those of the cell.
            c if c.is_whitespace() || c == '"' || c == '\'' => {}
            _ => fresh = false,
        }
    }
    if starts.is_empty() {
        return text;
    }
    let mut safe = String::with_capacity(text.len() + starts.len());
    let mut from = 0;
    for at in starts {
        safe.push_str(&text[from..at]);
        safe.push('\'');
        from = at;
    }
    safe.push_str(&text[from..]);
    Cow::Owned(safe)
}

fn short(text: Cow<'_, str>) -> Cow<'_, str> {
    if text.len() <= CELL_UNITS {
        return text;
    }
    let mut units = 0;
    for (at, c) in text.char_indices() {
        units += c.len_utf16();
        if units > CELL_UNITS {
            return Cow::Owned(text[..at].to_owned());
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop_assert, proptest};

    use super::*;

    #[test]
    fn ordinary_names_stay_as_they_are() {
        for name in ["Ål Blomster & Søn", "Café “Ærø”", "محمد", "שלום", "👩‍👩‍👧 Kiosk", "a=b", "10-20 kr", "x;y"]
        {
            assert_eq!(cell(name), name);
            assert_eq!(line(name), name);
        }
    }

    #[test]
    fn what_would_be_a_formula_gets_a_quote() {
        let cases = [
            ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
            ("+1+1", "'+1+1"),
            ("-1", "'-1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\t=1", " '=1"),
            ("\r\n=1", "  '=1"),
            ("＝1", "'＝1"),
            ("x;=1;+2", "x;'=1;'+2"),
            ("x;\"=1;\"", "x;\"'=1;\""),
            ("\u{202e}=1", "'=1"),
        ];
        for (hostile, safe) in cases {
            assert_eq!(cell(hostile), safe);
        }
    }

    #[test]
    fn a_masked_phone_number_keeps_its_plus_sign_and_nothing_else_does() {
        assert_eq!(phone_cell("+47 xxxx 8586"), "+47 xxxx 8586");
        assert_eq!(phone_cell("+4799998586"), "'+4799998586");
        assert_eq!(phone_cell("+cmd|x"), "'+cmd|x");
    }

    #[test]
    fn what_xml_forbids_is_replaced() {
        assert_eq!(line("a\0b\u{1b}c\u{ffff}d\u{7f}"), "a\u{fffd}b\u{fffd}c\u{fffd}d\u{fffd}");
        assert_eq!(line("a\tb\r\nc"), "a b  c");
        assert_eq!(line("a\u{202e}b"), "a\u{202e}b");
        assert_eq!(plain("a\u{202e}b\u{2066}c"), "abc");
    }

    proptest! {
        #[test]
        fn no_text_makes_a_cell_that_is_a_formula_or_too_long(text in any::<String>(), times in 1..2000_usize) {
            let cell = cell(&text.repeat(times)).into_owned();
            prop_assert!(cell.encode_utf16().count() <= CELL_UNITS);
            for part in cell.split(';') {
                prop_assert!(!part.trim_start().starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']));
            }
            prop_assert!(cell.chars().all(|c| fit(c) == Some(c)));
        }
    }
}
