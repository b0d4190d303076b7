//! What is known of a company besides its name and number.

use std::fmt;

use kvitt_primitives::{EmailAddress, Invalid, Name, PhoneNumber};

/// The company profile; each part may be unknown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Company {
    pub(crate) business_address: Option<Address>,
    pub(crate) postal_address: Option<Address>,
    pub(crate) email: Option<EmailAddress>,
    pub(crate) phone_number: Option<PhoneNumber>,
    pub(crate) website: Option<Website>,
}

/// Where something is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Address {
    lines: Vec<Name<30>>,
    post_code: Option<Name<20>>,
    city: Option<Name<30>>,
    country_code: String,
}

/// The parts of an [`Address`], and of how each is said to be broken.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct AddressParts<L, P> {
    pub(crate) lines: L,
    pub(crate) post_code: P,
    pub(crate) city: P,
    pub(crate) country_code: P,
}

impl Address {
    /// The most lines of one.
    pub(crate) const MOST_LINES: usize = 4;

    /// An address, or every part of it that is broken: its name on the wire, and the rule. An empty post code or city is
    /// none.
    pub(crate) fn try_new(parts: AddressParts<Vec<String>, String>) -> Result<Self, Vec<(String, Invalid)>> {
        let mut broken = Vec::new();
        if !(1..=Self::MOST_LINES).contains(&parts.lines.len()) {
            broken.push(("lines".to_owned(), Invalid { rule: "must be 1 to 4 lines" }));
        }
        let mut lines = Vec::new();
        for (index, line) in parts.lines.into_iter().enumerate().take(Self::MOST_LINES) {
            match Name::try_new(line) {
                Ok(line) => lines.push(line),
                Err(invalid) => broken.push((format!("lines[{index}]"), invalid)),
            }
        }
        let post_code = optional(&mut broken, "postCode", parts.post_code);
        let city = optional(&mut broken, "city", parts.city);
        if !is_country_code(&parts.country_code) {
            let rule = "must be a country's two letters, such as NO";
            broken.push(("countryCode".to_owned(), Invalid { rule }));
        }
        if broken.is_empty() {
            Ok(Self { lines, post_code, city, country_code: parts.country_code })
        } else {
            Err(broken)
        }
    }

    /// What it is made of; none is empty.
    pub(crate) fn parts(&self) -> AddressParts<Vec<&str>, &str> {
        AddressParts {
            lines: self.lines.iter().map(Name::as_str).collect(),
            post_code: self.post_code.as_ref().map_or("", Name::as_str),
            city: self.city.as_ref().map_or("", Name::as_str),
            country_code: &self.country_code,
        }
    }
}

fn optional<const MOST: usize>(
    broken: &mut Vec<(String, Invalid)>,
    part: &str,
    text: String,
) -> Option<Name<MOST>> {
    if text.is_empty() {
        return None;
    }
    Name::try_new(text).map_err(|invalid| broken.push((part.to_owned(), invalid))).ok()
}

fn is_country_code(text: &str) -> bool {
    text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_uppercase())
}

/// A company's web site, as the company writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Website(String);

impl Website {
    const MOST_CHARACTERS: usize = 2048;

    /// The site, if the text is an https URL with a host and without credentials.
    pub(crate) fn try_new(text: String) -> Result<Self, Invalid> {
        // Other letters have to be escaped in a URL, and could make it look like another one.
        let printable = |c: char| c.is_ascii_graphic();
        let https = url::Url::parse(&text).is_ok_and(|url| {
            url.scheme() == "https" && url.has_host() && url.username().is_empty() && url.password().is_none()
        });
        // The parser forgives what the constraint and other readers do not: blanks around it, and capital letters.
        if https
            && text.starts_with("https://")
            && text.chars().all(printable)
            && text.chars().count() <= Self::MOST_CHARACTERS
        {
            Ok(Self(text))
        } else {
            Err(Invalid { rule: "must be an https URL of at most 2048 characters" })
        }
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Website {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts() -> AddressParts<Vec<String>, String> {
        AddressParts {
            lines: vec!["Storgata 1".to_owned()],
            post_code: "0155".to_owned(),
            city: "Oslo".to_owned(),
            country_code: "NO".to_owned(),
        }
    }

    fn broken(parts: AddressParts<Vec<String>, String>) -> Vec<String> {
        Address::try_new(parts).unwrap_err().into_iter().map(|(part, _)| part).collect()
    }

    #[test]
    fn an_address_reads_back_as_it_was_written_and_may_lack_post_code_and_city() {
        let address = Address::try_new(parts()).unwrap();
        assert_eq!(address.parts().lines, ["Storgata 1"]);
        assert_eq!((address.parts().post_code, address.parts().city), ("0155", "Oslo"));
        let short = AddressParts { post_code: String::new(), city: String::new(), ..parts() };
        assert_eq!(Address::try_new(short).unwrap().parts().city, "");
    }

    #[test]
    fn every_broken_part_of_an_address_is_named() {
        let lines = |count| vec!["x".to_owned(); count];
        assert_eq!(broken(AddressParts { lines: lines(0), ..parts() }), ["lines"]);
        assert_eq!(broken(AddressParts { lines: lines(5), ..parts() }), ["lines"]);
        let long = AddressParts {
            lines: vec!["x".repeat(30), "x".repeat(31), "a\u{202e}b".to_owned()],
            post_code: "1".repeat(21),
            city: "o".repeat(31),
            country_code: "no".to_owned(),
        };
        assert_eq!(broken(long), ["lines[1]", "lines[2]", "postCode", "city", "countryCode"]);
    }

    #[test]
    fn a_web_site_is_an_https_url() {
        let table = [
            ("https://fjordbutikken.example".to_owned(), true),
            (format!("https://a.example/{}", "x".repeat(2030)), true),
            (format!("https://a.example/{}", "x".repeat(2031)), false),
            ("http://a.example".to_owned(), false),
            ("HTTPS://a.example".to_owned(), false),
            (" https://a.example".to_owned(), false),
            ("https://a.example/\r\nSet-Cookie: a".to_owned(), false),
            ("https://kari:secret@a.example".to_owned(), false),
            ("javascript:alert(1)".to_owned(), false),
            ("https://".to_owned(), false),
            (String::new(), false),
        ];
        for (text, valid) in table {
            assert_eq!(Website::try_new(text.clone()).is_ok(), valid, "{text}");
        }
    }
}
