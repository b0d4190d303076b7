//! Who pays at the demo merchants: a payer with plenty of money in each country, and one for each reason why somebody
//! cannot pay.

use kvitt_primitives::{Market, Money};
use kvitt_proto::wallet::v1::{CardScheme, PayerStatus};

/// A payer.
#[derive(Debug)]
pub struct PayerPlan {
    /// What tests call them.
    pub name: &'static str,
    /// UUID.
    pub id: &'static str,
    /// MSISDN.
    pub phone_number: &'static str,
    /// Full name.
    pub full_name: &'static str,
    /// The country of the phone number.
    pub market: Market,
    /// National identity number.
    pub national_id: &'static str,
    /// `YYYY-MM-DD`.
    pub birth_date: &'static str,
    /// E-mail address.
    pub email: &'static str,
    /// Whether they may pay at all.
    pub status: PayerStatus,
    /// Have not proved who they are.
    pub unidentified: bool,
    /// The first is where they live.
    pub addresses: &'static [AddressPlan],
    /// In the order in which they are tried.
    pub cards: &'static [CardPlan],
}

/// An address in the payer's country.
#[derive(Debug)]
pub struct AddressPlan {
    /// UUID.
    pub id: &'static str,
    /// HOME, WORK or OTHER.
    pub kind: &'static str,
    /// Street and number.
    pub line_1: &'static str,
    /// Postal code.
    pub post_code: &'static str,
    /// City.
    pub city: &'static str,
}

/// A card.
#[derive(Debug)]
pub struct CardPlan {
    /// UUID.
    pub id: &'static str,
    /// Its scheme.
    pub scheme: CardScheme,
    /// First six digits.
    pub bin: &'static str,
    /// Last four digits.
    pub last_four: &'static str,
    /// What is on it, in its country's currency.
    pub balance_minor: i64,
    /// A company's card.
    pub commercial: bool,
}

impl PayerPlan {
    /// What is on a card of theirs.
    pub(crate) fn balance(&self, card: &CardPlan) -> Money {
        Money::new(self.market.currency(), card.balance_minor)
    }
}

/// The payer of `.kvitt/env`.
pub(crate) const MAIN_PAYER: &PayerPlan = &PAYERS[0];

/// More than a hundred thousand test payments of the largest size would take.
const PLENTY: i64 = 100_000_000_000_000;

/// Where the Norwegian payers live who need no address of their own.
const OSLO: &[AddressPlan] =
    &[home("e0000000-0000-4000-8000-000000000003", "Markveien 12", ("0554", "Oslo"))];

/// What all Norwegian payers have in common.
const NORWEGIAN: PayerPlan = PayerPlan {
    name: "",
    id: "",
    phone_number: "",
    full_name: "",
    market: Market::No,
    national_id: "",
    birth_date: "",
    email: "",
    status: PayerStatus::Active,
    unidentified: false,
    addresses: OSLO,
    cards: &[],
};

/// Every payer.
pub const PAYERS: &[PayerPlan] = &[
    PayerPlan {
        name: "norwegian",
        id: "b0000000-0000-4000-8000-000000000001",
        phone_number: "4799900001",
        full_name: "Kari Nordmann",
        national_id: "12838610089",
        birth_date: "1986-03-12",
        email: "kari.nordmann@example.com",
        addresses: &[
            home("e0000000-0000-4000-8000-000000000001", "Fjordgata 7", ("7010", "Trondheim")),
            work("e0000000-0000-4000-8000-000000000002", "Havnegata 9", ("7010", "Trondheim")),
        ],
        cards: &[
            card("c0000000-0000-4000-8000-000000000001", CardScheme::Visa, PLENTY),
            card("c0000000-0000-4000-8000-000000000002", CardScheme::Bankaxept, PLENTY),
            card("c0000000-0000-4000-8000-000000000003", CardScheme::Mastercard, PLENTY),
            CardPlan {
                bin: "553400",
                last_four: "0011",
                commercial: true,
                ..card("c0000000-0000-4000-8000-000000000010", CardScheme::Mastercard, PLENTY)
            },
        ],
        ..NORWEGIAN
    },
    PayerPlan {
        name: "poor",
        id: "b0000000-0000-4000-8000-000000000002",
        phone_number: "4799900002",
        full_name: "Ola Skrapa",
        national_id: "04879111035",
        birth_date: "1991-07-04",
        email: "ola.skrapa@example.com",
        cards: &[card("c0000000-0000-4000-8000-000000000004", CardScheme::Visa, 500)],
        ..NORWEGIAN
    },
    // Younger than 15 until the summer of 2029.
    PayerPlan {
        name: "young",
        id: "b0000000-0000-4000-8000-000000000003",
        phone_number: "4799900003",
        full_name: "Lill Ungdom",
        national_id: "15881451023",
        birth_date: "2014-08-15",
        email: "lill.ungdom@example.com",
        cards: &[card("c0000000-0000-4000-8000-000000000005", CardScheme::Mastercard, PLENTY)],
        ..NORWEGIAN
    },
    PayerPlan {
        name: "without_cards",
        id: "b0000000-0000-4000-8000-000000000004",
        phone_number: "4799900004",
        full_name: "Ingen Kort",
        national_id: "30817913063",
        birth_date: "1979-01-30",
        email: "ingen.kort@example.com",
        ..NORWEGIAN
    },
    PayerPlan {
        name: "blocked",
        id: "b0000000-0000-4000-8000-000000000007",
        phone_number: "4799900005",
        full_name: "Stein Sperret",
        national_id: "09918310077",
        birth_date: "1983-11-09",
        email: "stein.sperret@example.com",
        status: PayerStatus::Blocked,
        cards: &[card("c0000000-0000-4000-8000-000000000011", CardScheme::Visa, PLENTY)],
        ..NORWEGIAN
    },
    PayerPlan {
        name: "unidentified",
        id: "b0000000-0000-4000-8000-000000000008",
        phone_number: "4799900006",
        full_name: "Nina Ukjent",
        national_id: "23829410095",
        birth_date: "1994-02-23",
        email: "nina.ukjent@example.com",
        unidentified: true,
        cards: &[card("c0000000-0000-4000-8000-000000000012", CardScheme::Visa, PLENTY)],
        ..NORWEGIAN
    },
    // Between 15 and 18 from January 2026 to January 2029.
    PayerPlan {
        name: "teenager",
        id: "b0000000-0000-4000-8000-000000000009",
        phone_number: "4799900007",
        full_name: "Jonas Tenåring",
        national_id: "15811151030",
        birth_date: "2011-01-15",
        email: "jonas.tenaring@example.com",
        cards: &[card("c0000000-0000-4000-8000-000000000013", CardScheme::Visa, PLENTY)],
        ..NORWEGIAN
    },
    PayerPlan {
        name: "danish",
        id: "b0000000-0000-4000-8000-000000000005",
        phone_number: "4520990001",
        full_name: "Jens Hansen",
        market: Market::Dk,
        national_id: "2304851234",
        birth_date: "1985-04-23",
        email: "jens.hansen@example.com",
        addresses: &[
            home("e0000000-0000-4000-8000-000000000004", "Kanalvej 3", ("1410", "København")),
            work("e0000000-0000-4000-8000-000000000005", "Søtorvet 1", ("8000", "Aarhus")),
        ],
        cards: &[
            card("c0000000-0000-4000-8000-000000000006", CardScheme::Dankort, PLENTY),
            card("c0000000-0000-4000-8000-000000000007", CardScheme::Visa, PLENTY),
        ],
        ..NORWEGIAN
    },
    PayerPlan {
        name: "finnish",
        id: "b0000000-0000-4000-8000-000000000006",
        phone_number: "358409990001",
        full_name: "Maija Meikäläinen",
        market: Market::Fi,
        national_id: "190588-9012",
        birth_date: "1988-05-19",
        email: "maija.meikalainen@example.com",
        addresses: &[home("e0000000-0000-4000-8000-000000000006", "Järvikatu 4 B", ("00530", "Helsinki"))],
        cards: &[
            card("c0000000-0000-4000-8000-000000000008", CardScheme::Visa, PLENTY),
            card("c0000000-0000-4000-8000-000000000009", CardScheme::Mastercard, PLENTY),
        ],
        ..NORWEGIAN
    },
];

/// The last month in which the demo cards are valid.
pub(crate) const CARDS_EXPIRE: &str = "2049-12";

const fn card(id: &'static str, scheme: CardScheme, balance_minor: i64) -> CardPlan {
    let (bin, last_four) = match scheme {
        CardScheme::Unspecified => ("000000", "0000"),
        CardScheme::Visa => ("492556", "0007"),
        CardScheme::Electron => ("491748", "0008"),
        CardScheme::Mastercard => ("545454", "5454"),
        CardScheme::Bankaxept => ("957801", "0009"),
        CardScheme::Dankort => ("501900", "0010"),
    };
    CardPlan { id, scheme, bin, last_four, balance_minor, commercial: false }
}

const fn home(
    id: &'static str,
    line_1: &'static str,
    (post_code, city): (&'static str, &'static str),
) -> AddressPlan {
    AddressPlan { id, kind: "HOME", line_1, post_code, city }
}

const fn work(
    id: &'static str,
    line_1: &'static str,
    (post_code, city): (&'static str, &'static str),
) -> AddressPlan {
    AddressPlan { id, kind: "WORK", line_1, post_code, city }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use kvitt_primitives::{EmailAddress, NationalId, PhoneNumber};

    use super::*;

    #[test]
    fn every_payer_has_a_phone_number_of_their_country_an_e_mail_and_an_address() {
        for payer in PAYERS {
            let country = payer.market.into();
            PhoneNumber::of_country(payer.phone_number, country)
                .unwrap_or_else(|rule| panic!("{}: {rule}", payer.name));
            payer.email.parse::<EmailAddress>().unwrap_or_else(|rule| panic!("{}: {rule}", payer.name));
            assert_eq!(payer.addresses[0].kind, "HOME", "{}", payer.name);
        }
    }

    #[test]
    fn every_norwegian_payer_was_born_when_the_national_id_says() {
        for payer in PAYERS.iter().filter(|payer| payer.market == Market::No) {
            let number = NationalId::try_new(payer.market.into(), payer.national_id)
                .unwrap_or_else(|rule| panic!("{}: {rule}", payer.name));
            let born = number.birth_date().expect("a Norwegian number tells it").to_string();
            assert_eq!(born, payer.birth_date, "{}", payer.name);
        }
    }

    #[test]
    fn no_two_payers_and_no_two_cards_are_the_same() {
        let different = |ids: Vec<&str>| ids.iter().collect::<BTreeSet<_>>().len() == ids.len();
        assert!(different(PAYERS.iter().map(|payer| payer.id).collect()));
        assert!(different(PAYERS.iter().map(|payer| payer.phone_number).collect()));
        assert!(different(PAYERS.iter().flat_map(|payer| payer.cards).map(|card| card.id).collect()));
    }
}
