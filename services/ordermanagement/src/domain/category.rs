//! Links that a payer finds beside a payment, each behind a button that says what it leads to.

use std::str::FromStr;

use kvitt_primitives::{CategoryId, Invalid};
use url::Url;

use super::{ImageId, Order};

/// Links that were added to one order; more than any order has use for.
pub(crate) const MOST_CATEGORIES: i64 = 50;

const MOST_URL_CHARS: usize = 2_048;

/// A link that an order has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Category {
    pub(crate) category_id: CategoryId,
    pub(crate) order: Order,
    pub(crate) link: Link,
}

/// What a merchant says of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Link {
    pub(crate) category_type: CategoryType,
    pub(crate) url: LinkUrl,
    /// A picture of the unit's.
    pub(crate) image_id: Option<ImageId>,
}

/// What a link leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CategoryType {
    General,
    Receipt,
    OrderConfirmation,
    Delivery,
    Ticket,
    Booking,
}

impl CategoryType {
    pub(crate) const ALL: [Self; 6] =
        [Self::General, Self::Receipt, Self::OrderConfirmation, Self::Delivery, Self::Ticket, Self::Booking];

    /// As it is stored.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::General => "GENERAL",
            Self::Receipt => "RECEIPT",
            Self::OrderConfirmation => "ORDER_CONFIRMATION",
            Self::Delivery => "DELIVERY",
            Self::Ticket => "TICKET",
            Self::Booking => "BOOKING",
        }
    }
}

impl FromStr for CategoryType {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let known = Self::ALL.into_iter().find(|known| known.as_str() == text);
        known.ok_or(Invalid {
            rule: "must be one of GENERAL, RECEIPT, ORDER_CONFIRMATION, DELIVERY, TICKET, BOOKING",
        })
    }
}

/// A page that the payer's browser opens; kept as the merchant wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LinkUrl(String);

impl LinkUrl {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for LinkUrl {
    type Err = Invalid;

    /// A page, and nothing that a browser would run or open another app for.
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let short = text.chars().count() <= MOST_URL_CHARS;
        // The parser drops such characters wherever they stand, and so would not show the URL that was sent.
        let plain = !text.chars().any(|char| char.is_control() || char.is_whitespace());
        let is_page = |url: Url| {
            matches!(url.scheme(), "http" | "https") && url.has_host() && url.username().is_empty()
        };
        if short && plain && Url::parse(text).is_ok_and(is_page) {
            Ok(Self(text.to_owned()))
        } else {
            Err(Invalid { rule: "must be a URL with http or https of at most 2048 characters" })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_a_page_on_the_web() {
        let longest = format!("https://shop.example/{}", "a".repeat(MOST_URL_CHARS - 21));
        let longer = format!("{longest}a");
        let table = [
            ("https://example.com", true),
            ("http://shop.example:8080/orders?id=1&lang=nb#paid", true),
            ("HTTPS://shop.example/Ordre/æøå", true),
            (longest.as_str(), true),
            (longer.as_str(), false),
            ("", false),
            ("shop.example/orders", false),
            ("/orders/1", false),
            ("https://", false),
            ("javascript:alert(1)", false),
            ("java\nscript:alert(1)", false),
            ("https://shop.example/\n", false),
            ("https://shop.example/a b", false),
            ("data:text/html,hello", false),
            ("intent://pay#Intent;end", false),
            ("ftp://shop.example/receipt", false),
            ("https://vipps.no@evil.example/", false),
            ("https://shop.example/\0", false),
        ];
        for (text, valid) in table {
            assert_eq!(text.parse::<LinkUrl>().is_ok(), valid, "{text}");
        }
    }

    #[test]
    fn what_a_link_leads_to_is_read_as_it_is_stored() {
        for known in CategoryType::ALL {
            assert_eq!(known.as_str().parse(), Ok(known));
        }
        assert!("general".parse::<CategoryType>().is_err());
    }
}
