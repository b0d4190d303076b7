//! The demo data: made-up merchants, sales units and payers, enough to try everything the platform can do.
//!
//! Names, numbers and ids are fixed, so that tests and scripts know them; keys are made per installation. National ids
//! are of the kinds that the countries reserve for tests.

use kvitt_primitives::{Market, Money};
use kvitt_proto::{
    merchant::v1::{CaptureType, Feature},
    wallet::v1::CardScheme,
};

use crate::secrets::{Keys, Secrets};

mod people;

pub use people::{Given, KEYS, KeyPlan, PARTNER, Part, PartnerPlan, USERS, UserPlan};

/// What an installation is seeded with, with its keys.
#[derive(Clone, Debug)]
pub struct Demo {
    /// Every sales unit.
    pub units: Vec<Unit>,
    /// API keys that are not a sales unit's.
    pub keys: Vec<OwnedKeys>,
    /// Every payer.
    pub payers: &'static [PayerPlan],
}

/// API keys that are not a sales unit's.
#[derive(Clone, Debug)]
pub struct OwnedKeys {
    /// What they are.
    pub plan: &'static KeyPlan,
    /// The keys.
    pub keys: Keys,
}

/// A sales unit and its keys.
#[derive(Clone, Debug)]
pub struct Unit {
    /// What it is.
    pub plan: &'static UnitPlan,
    /// Its API keys.
    pub keys: Keys,
}

/// A merchant.
#[derive(Debug)]
pub struct MerchantPlan {
    /// UUID.
    pub id: &'static str,
    /// Legal name.
    pub name: &'static str,
    /// Where it is registered.
    pub market: Market,
    /// The number in its country's register.
    pub organization_number: &'static str,
    /// Where its units are paid out to: a number of its country's form.
    pub account: &'static str,
}

/// A sales unit.
#[derive(Debug)]
pub struct UnitPlan {
    /// What tests call it.
    pub name: &'static str,
    /// Merchant serial number.
    pub msn: &'static str,
    /// Whose it is.
    pub merchant: &'static MerchantPlan,
    /// What payers see.
    pub title: &'static str,
    /// How it captures.
    pub capture_type: CaptureType,
    /// What it has been allowed, ascending.
    pub features: &'static [Feature],
}

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
    /// In the order in which they are tried.
    pub cards: &'static [CardPlan],
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
}

impl Demo {
    pub(crate) fn of(secrets: &Secrets) -> Self {
        let unit = |plan: &'static UnitPlan| Unit { plan, keys: secrets.keys(plan.name).clone() };
        let owned = |plan: &'static KeyPlan| OwnedKeys { plan, keys: secrets.keys(plan.name).clone() };
        Self {
            units: UNITS.iter().map(unit).collect(),
            keys: KEYS.iter().map(owned).collect(),
            payers: PAYERS,
        }
    }

    /// The unit that tests call `name`.
    pub fn unit(&self, name: &str) -> Option<&Unit> {
        self.units.iter().find(|unit| unit.plan.name == name)
    }

    /// The payer that tests call `name`.
    pub fn payer(&self, name: &str) -> Option<&'static PayerPlan> {
        self.payers.iter().find(|payer| payer.name == name)
    }

    /// The Norwegian unit with every feature, which `.kvitt/env` speaks of.
    pub(crate) fn main_unit(&self) -> &Unit {
        self.unit("full").expect("it is the first of UNITS")
    }
}

impl PayerPlan {
    /// What is on a card of theirs.
    pub(crate) fn balance(&self, card: &CardPlan) -> Money {
        Money::new(self.market.currency(), card.balance_minor)
    }
}

/// The payer of `.kvitt/env`.
pub(crate) const MAIN_PAYER: &PayerPlan = &PAYERS[0];

/// Every merchant.
pub const MERCHANTS: [&MerchantPlan; 4] = [&NORWEGIAN, &SECOND, &DANISH, &FINNISH];

const NORWEGIAN: MerchantPlan = MerchantPlan {
    id: "a0000000-0000-4000-8000-000000000001",
    name: "Fjordbutikken AS",
    market: Market::No,
    organization_number: "987654325",
    account: "15034012358",
};
const SECOND: MerchantPlan = MerchantPlan {
    id: "a0000000-0000-4000-8000-000000000002",
    name: "Fjellkiosken AS",
    market: Market::No,
    organization_number: "314159268",
    account: "60390511119",
};
const DANISH: MerchantPlan = MerchantPlan {
    id: "a0000000-0000-4000-8000-000000000003",
    name: "Havnehandlen ApS",
    market: Market::Dk,
    organization_number: "12345674",
    account: "12345678901234",
};
const FINNISH: MerchantPlan = MerchantPlan {
    id: "a0000000-0000-4000-8000-000000000004",
    name: "Järvikauppa Oy",
    market: Market::Fi,
    organization_number: "1234567-1",
    account: "12345600000785",
};

const EVERY_FEATURE: &[Feature] =
    &[Feature::PushMessage, Feature::LongLiving, Feature::Express, Feature::NinScope, Feature::LateCapture];

/// Every sales unit.
pub const UNITS: &[UnitPlan] = &[
    UnitPlan {
        name: "full",
        msn: "300001",
        merchant: &NORWEGIAN,
        title: "Fjordbutikken",
        capture_type: CaptureType::ReserveCapture,
        features: EVERY_FEATURE,
    },
    UnitPlan {
        name: "plain",
        msn: "300002",
        merchant: &NORWEGIAN,
        title: "Fjordbutikken, enkel",
        capture_type: CaptureType::ReserveCapture,
        features: &[],
    },
    UnitPlan {
        name: "full_capture",
        msn: "300003",
        merchant: &NORWEGIAN,
        title: "Fjordbutikken, alt på en gang",
        capture_type: CaptureType::ReserveCaptureFull,
        features: EVERY_FEATURE,
    },
    UnitPlan {
        name: "second",
        msn: "400001",
        merchant: &SECOND,
        title: "Fjellkiosken",
        capture_type: CaptureType::ReserveCapture,
        features: EVERY_FEATURE,
    },
    UnitPlan {
        name: "danish",
        msn: "500001",
        merchant: &DANISH,
        title: "Havnehandlen",
        capture_type: CaptureType::ReserveCapture,
        features: EVERY_FEATURE,
    },
    UnitPlan {
        name: "finnish",
        msn: "600001",
        merchant: &FINNISH,
        title: "Järvikauppa",
        capture_type: CaptureType::ReserveCapture,
        features: EVERY_FEATURE,
    },
];

/// More than a hundred thousand test payments of the largest size would take.
const PLENTY: i64 = 100_000_000_000_000;

/// Every payer.
pub const PAYERS: &[PayerPlan] = &[
    PayerPlan {
        name: "norwegian",
        id: "b0000000-0000-4000-8000-000000000001",
        phone_number: "4799900001",
        full_name: "Kari Nordmann",
        market: Market::No,
        national_id: "12838610089",
        birth_date: "1986-03-12",
        cards: &[
            card("c0000000-0000-4000-8000-000000000001", CardScheme::Visa, PLENTY),
            card("c0000000-0000-4000-8000-000000000002", CardScheme::Bankaxept, PLENTY),
            card("c0000000-0000-4000-8000-000000000003", CardScheme::Mastercard, PLENTY),
        ],
    },
    PayerPlan {
        name: "poor",
        id: "b0000000-0000-4000-8000-000000000002",
        phone_number: "4799900002",
        full_name: "Ola Skrapa",
        market: Market::No,
        national_id: "04879111035",
        birth_date: "1991-07-04",
        cards: &[card("c0000000-0000-4000-8000-000000000004", CardScheme::Visa, 500)],
    },
    PayerPlan {
        name: "young",
        id: "b0000000-0000-4000-8000-000000000003",
        phone_number: "4799900003",
        full_name: "Lill Ungdom",
        market: Market::No,
        national_id: "15881451023",
        birth_date: "2014-08-15",
        cards: &[card("c0000000-0000-4000-8000-000000000005", CardScheme::Mastercard, PLENTY)],
    },
    PayerPlan {
        name: "without_cards",
        id: "b0000000-0000-4000-8000-000000000004",
        phone_number: "4799900004",
        full_name: "Ingen Kort",
        market: Market::No,
        national_id: "30817913063",
        birth_date: "1979-01-30",
        cards: &[],
    },
    PayerPlan {
        name: "danish",
        id: "b0000000-0000-4000-8000-000000000005",
        phone_number: "4520990001",
        full_name: "Jens Hansen",
        market: Market::Dk,
        national_id: "2304851234",
        birth_date: "1985-04-23",
        cards: &[
            card("c0000000-0000-4000-8000-000000000006", CardScheme::Dankort, PLENTY),
            card("c0000000-0000-4000-8000-000000000007", CardScheme::Visa, PLENTY),
        ],
    },
    PayerPlan {
        name: "finnish",
        id: "b0000000-0000-4000-8000-000000000006",
        phone_number: "358409990001",
        full_name: "Maija Meikäläinen",
        market: Market::Fi,
        national_id: "190588-9012",
        birth_date: "1988-05-19",
        cards: &[
            card("c0000000-0000-4000-8000-000000000008", CardScheme::Visa, PLENTY),
            card("c0000000-0000-4000-8000-000000000009", CardScheme::Mastercard, PLENTY),
        ],
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
    CardPlan { id, scheme, bin, last_four, balance_minor }
}
