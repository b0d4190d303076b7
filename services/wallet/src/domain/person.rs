//! Payers as persons: what only they decide who may know. None of it has a Debug that shows it, so that it reaches no log.

use std::fmt;

use kvitt_primitives::{AddressId, EmailAddress};

use super::payer::Payer;

/// Most addresses of a payer.
pub(crate) const MAX_ADDRESSES: usize = 5;

/// A payer with all that is known of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Person {
    pub(crate) payer: Payer,
    pub(crate) national_id: NationalId,
    pub(crate) email: Option<Email>,
    /// Where the payer lives first.
    pub(crate) addresses: Vec<PayerAddress>,
    pub(crate) push: Push,
}

impl Person {
    /// Given names and family name: the last word is the family name, as in most of the countries' names. A single word is
    /// a given name without a family name, since a name made up would be worse than none.
    pub(crate) fn names(&self) -> (&str, &str) {
        let name = self.payer.name.trim();
        match name.rsplit_once(char::is_whitespace) {
            Some((given, family)) => (given.trim_end(), family),
            None => (name, ""),
        }
    }
}

/// Whether a payer's phone is told of requests. They wait in the inbox either way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Push {
    On,
    Off,
}

impl Push {
    /// As it is stored and sent.
    pub(crate) fn from_off(off: bool) -> Self {
        if off { Self::Off } else { Self::On }
    }

    /// As it is stored and sent.
    pub(crate) fn is_off(self) -> bool {
        self == Self::Off
    }
}

/// A national identity number.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct NationalId(String);

impl NationalId {
    /// Takes a number as it is; each country has its own form.
    pub(crate) fn new(number: String) -> Self {
        Self(number)
    }

    /// The number, for storage, for the one who registered it, and for those whom the payer lets know it.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for NationalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NationalId(..)")
    }
}

/// A payer's e-mail address.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Email(EmailAddress);

impl Email {
    /// Takes an address.
    pub(crate) fn new(address: EmailAddress) -> Self {
        Self(address)
    }

    /// The address, for storage, for the payer, and for those whom the payer lets know it.
    pub(crate) fn expose(&self) -> &str {
        self.0.as_str()
    }
}

impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Email(..)")
    }
}

/// A postal address.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Address {
    /// Street and number.
    pub(crate) line_1: String,
    /// More; may be empty.
    pub(crate) line_2: String,
    pub(crate) post_code: String,
    pub(crate) city: String,
    /// Two-letter code of ISO 3166, upper case.
    pub(crate) country: String,
}

/// The country is no secret, and it is what rules go by.
impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address(.., {})", self.country)
    }
}

/// One of a payer's addresses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PayerAddress {
    /// Unique among the payer's own.
    pub(crate) address_id: AddressId,
    pub(crate) kind: AddressKind,
    pub(crate) address: Address,
}

/// What a payer calls an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AddressKind {
    Home,
    Work,
    Other,
}

impl AddressKind {
    /// Every kind.
    pub(crate) const ALL: [Self; 3] = [Self::Home, Self::Work, Self::Other];

    /// Its name in storage and on the wire.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Home => "HOME",
            Self::Work => "WORK",
            Self::Other => "OTHER",
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::fixture;

    #[test]
    fn the_last_word_of_a_name_is_the_family_name() {
        for (name, given, family) in [
            ("Kari Nordmann", "Kari", "Nordmann"),
            ("Anne Grethe  Holm-Olsen", "Anne Grethe", "Holm-Olsen"),
            (" Kari\u{a0}Nordmann ", "Kari", "Nordmann"),
            ("Cher", "Cher", ""),
        ] {
            let mut person = fixture::registration(1, 0).person;
            person.payer.name = name.to_owned();
            assert_eq!(person.names(), (given, family), "{name:?}");
        }
    }

    #[test]
    fn what_is_personal_is_in_no_debug_output() {
        let person = fixture::registration(1, 0).person;
        let shown = format!("{person:?}");
        let email = person.email.as_ref().unwrap();
        let address = &person.addresses[0].address;
        for hidden in [person.national_id.expose(), email.expose(), &address.line_1, &address.post_code] {
            assert!(!shown.contains(hidden), "{shown}");
        }
    }
}
