//! What is printed: a letter that says what kind of code it is, and chance that nobody can guess. None is ever used twice.

use std::{fmt, str::FromStr};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

/// What a code is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// It leads to a page of the merchant.
    Redirect,
    /// Its scan tells the merchant that a payer is there.
    Callback,
    /// It opens the app with a VM number filled in.
    Unit,
    /// It leads to a payment link, whose token it is.
    Link,
}

impl Kind {
    const ALL: [Self; 4] = [Self::Redirect, Self::Callback, Self::Unit, Self::Link];

    fn letter(self) -> char {
        match self {
            Self::Redirect => 'r',
            Self::Callback => 'c',
            Self::Unit => 'u',
            Self::Link => 'l',
        }
    }
}

/// A code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Code {
    kind: Kind,
    text: String,
}

/// The text is no code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NoCode;

impl Code {
    /// Bytes of chance in a code.
    pub(crate) const CHANCE: usize = 16;

    /// A fresh code, made of chance.
    pub(crate) fn new(kind: Kind, chance: [u8; Self::CHANCE]) -> Self {
        Self { kind, text: format!("{}{}", kind.letter(), URL_SAFE_NO_PAD.encode(chance)) }
    }

    /// What it is for.
    pub(crate) fn kind(&self) -> Kind {
        self.kind
    }

    /// As it is printed and stored.
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }
}

impl FromStr for Code {
    type Err = NoCode;

    /// Reads a code as it was printed, letter by letter: every code has one spelling.
    fn from_str(text: &str) -> Result<Self, NoCode> {
        let kind = Kind::ALL.into_iter().find(|kind| text.starts_with(kind.letter())).ok_or(NoCode)?;
        let chance = URL_SAFE_NO_PAD.decode(&text[1..]).map_err(|_| NoCode)?;
        let whole = chance.len() == Self::CHANCE;
        whole.then(|| Self { kind, text: text.to_owned() }).ok_or(NoCode)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_a_letter_and_22_characters_and_reads_back() {
        for (kind, letter) in
            [(Kind::Redirect, 'r'), (Kind::Callback, 'c'), (Kind::Unit, 'u'), (Kind::Link, 'l')]
        {
            let code = Code::new(kind, [0xfb; Code::CHANCE]);
            assert_eq!(code.as_str(), format!("{letter}-_v7-_v7-_v7-_v7-_v7-w"));
            assert_eq!(code.as_str().len(), 23);
            assert_eq!((code.as_str().parse().as_ref(), code.kind()), (Ok(&code), kind));
        }
    }

    #[test]
    fn what_is_no_code_is_refused() {
        let good = Code::new(Kind::Redirect, [7; Code::CHANCE]);
        let text = good.as_str();
        let cases = [
            String::new(),
            "r".to_owned(),
            "æ".to_owned(),
            "ræ".to_owned(),
            text[1..].to_owned(),
            text[..22].to_owned(),
            format!("{text}A"),
            format!("{text}=="),
            format!(" {text}"),
            format!("{text}\n"),
            format!("{text}/"),
            format!("x{}", &text[1..]),
            format!("R{}", &text[1..]),
            // Another spelling of the same bytes.
            format!("{}x", &text[..22]),
            format!("r{}", "+/".repeat(11)),
            format!("r{}", "A".repeat(100_000)),
        ];
        for text in cases {
            assert_eq!(text.parse::<Code>(), Err(NoCode), "{text:.40}");
        }
    }
}
