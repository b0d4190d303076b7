//! Codes that MobilePay's old API printed: each holds the id of a beacon.

use std::str::FromStr;

use kvitt_primitives::Invalid;
use url::Url;

/// The id of a beacon, as MobilePay gave it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Beacon(String);

impl Beacon {
    const RULE: &'static str = "must be 1 to 64 ASCII letters, digits and hyphens";
    const SCHEME: &'static str = "mobilepaypos";
    const HOST: &'static str = "pos";

    /// The id itself, which is also the merchant's id of the code.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// What its code holds.
    pub(crate) fn content(&self) -> String {
        format!("{}://{}?id={}&source=qr", Self::SCHEME, Self::HOST, self.0)
    }

    /// The beacon of a scanned text; `None` for a text of another kind. Which case scheme and host were printed in does not
    /// matter, as in every URL.
    pub(crate) fn scanned(url: &Url) -> Option<Self> {
        let is_beacon = url.scheme() == Self::SCHEME
            && url.host_str().is_some_and(|host| host.eq_ignore_ascii_case(Self::HOST))
            && matches!(url.path(), "" | "/")
            && url.query_pairs().any(|(name, value)| name == "source" && value == "qr");
        let id = url.query_pairs().find(|(name, _)| name == "id").filter(|_| is_beacon)?;
        id.1.parse().ok()
    }
}

impl FromStr for Beacon {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let part = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        if (1..=64).contains(&text.len()) && text.bytes().all(part) {
            Ok(Self(text.to_owned()))
        } else {
            Err(Invalid { rule: Self::RULE })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_letters_digits_and_hyphens() {
        let (longest, too_long) = ("a".repeat(64), "a".repeat(65));
        for (text, good) in [
            ("1", true),
            ("A-z-09", true),
            (&*longest, true),
            (&*too_long, false),
            ("", false),
            ("a_b", false),
            ("a b", false),
            ("å", false),
            ("a\0", false),
        ] {
            assert_eq!(text.parse::<Beacon>().is_ok(), good, "{text}");
        }
    }

    #[test]
    fn a_printed_text_leads_to_its_beacon() {
        let table = [
            ("mobilepaypos://pos?id=123456789012345&source=qr", Some("123456789012345")),
            ("MobilePayPos://POS?source=qr&id=A-b", Some("A-b")),
            ("mobilepaypos://pos/?id=1&source=qr&x=y", Some("1")),
            ("mobilepaypos://pos?id=&source=qr", None),
            ("mobilepaypos://pos?id=a%00b&source=qr", None),
            ("mobilepaypos://pos?source=qr", None),
            ("mobilepaypos://pos?id=1", None),
            ("mobilepaypos://pos?id=1&source=nfc", None),
            ("mobilepaypos://pos/more?id=1&source=qr", None),
            ("mobilepaypos://shop?id=1&source=qr", None),
            ("mobilepaypos:pos?id=1&source=qr", None),
            ("mobilepay://pos?id=1&source=qr", None),
            ("https://pos?id=1&source=qr", None),
        ];
        for (text, expected) in table {
            let beacon = Beacon::scanned(&Url::parse(text).unwrap());
            assert_eq!(beacon.as_ref().map(Beacon::as_str), expected, "{text}");
        }
    }

    #[test]
    fn what_a_beacon_holds_leads_to_it() {
        let beacon: Beacon = "Z-9".parse().unwrap();
        assert_eq!(Beacon::scanned(&Url::parse(&beacon.content()).unwrap()), Some(beacon));
    }
}
