//! The demo data: made-up merchants, sales units and payers, enough to try everything the platform can do.
//!
//! Names, numbers and ids are fixed, so that tests and scripts know them; keys are made per installation. National ids
//! are of the kinds that the countries reserve for tests.

use kvitt_primitives::Market;
use kvitt_proto::merchant::v1::{CaptureType, Feature};

use crate::secrets::{Keys, Secrets};

mod payers;
mod people;

pub use payers::{AddressPlan, CardPlan, PAYERS, PayerPlan};
pub(crate) use payers::{CARDS_EXPIRE, MAIN_PAYER};
pub use people::{Given, KEYS, KeyPlan, PARTNER, Part, PartnerPlan, USERS, UserPlan};

/// What an installation is seeded with, with its keys.
#[derive(Clone, Debug)]
pub struct Demo {
    /// Every sales unit with keys.
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

const EVERY_FEATURE: &[Feature] = &[
    Feature::PushMessage,
    Feature::LongLiving,
    Feature::Express,
    Feature::NinScope,
    Feature::LateCapture,
    Feature::PaymentLinks,
];

/// The number that people pay from their app. It has no API, so it stands beside the units, which all have keys.
pub const VM_NUMBER: UnitPlan = UnitPlan {
    name: "vm_number",
    msn: "300004",
    merchant: &NORWEGIAN,
    title: "Fjordbutikken, kafeen",
    capture_type: CaptureType::DirectCapture,
    features: &[],
};

/// What the demo's units pay of each capture, in percent.
pub const PERCENTAGE: &str = "2.99";

/// What its VM number pays.
pub const VM_NUMBER_PERCENTAGE: &str = "1.75";

/// Every sales unit with keys.
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
