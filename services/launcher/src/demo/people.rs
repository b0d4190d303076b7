//! Who works with the demo merchants: the partner that integrates for two of them, and the users of the portal.

use kvitt_proto::access::v1::{KeyKind, Role};

use super::{DANISH, FINNISH, MerchantPlan, NORWEGIAN, SECOND};

/// An integration partner.
#[derive(Debug)]
pub struct PartnerPlan {
    /// UUID.
    pub id: &'static str,
    /// What people call it.
    pub name: &'static str,
    /// The units that are linked to it, by MSN.
    pub units: &'static [&'static str],
}

/// The partner: of one unit of each Norwegian merchant, and of no other.
pub const PARTNER: PartnerPlan = PartnerPlan {
    id: "d0000000-0000-4000-8000-000000000001",
    name: "Nordisk Integrasjon",
    units: &["300001", "400001"],
};

/// API keys that are not a sales unit's.
#[derive(Debug)]
pub struct KeyPlan {
    /// What tests call them.
    pub name: &'static str,
    /// What they are for.
    pub kind: KeyKind,
    /// The merchant they belong to, where it is not the partner.
    pub merchant: Option<&'static MerchantPlan>,
    /// What people call the owner, where it is neither a merchant nor the partner.
    pub owner: &'static str,
    /// The units whose reports they may read.
    pub reports: &'static [&'static str],
}

/// Every such set of keys.
pub const KEYS: &[KeyPlan] = &[
    KeyPlan { name: "partner", kind: KeyKind::Partner, merchant: None, owner: "", reports: &[] },
    KeyPlan {
        name: "partner_management",
        kind: KeyKind::Management,
        merchant: None,
        owner: "",
        reports: &[],
    },
    KeyPlan {
        name: "merchant_management",
        kind: KeyKind::Management,
        merchant: Some(&NORWEGIAN),
        owner: "",
        reports: &[],
    },
    KeyPlan {
        name: "accounting",
        kind: KeyKind::Accounting,
        merchant: None,
        owner: "Regnskap og Tall AS",
        reports: &["300001"],
    },
];

/// A portal user, who is in the simulated national register too.
#[derive(Debug)]
pub struct UserPlan {
    /// What tests call them.
    pub name: &'static str,
    /// Full name.
    pub full_name: &'static str,
    /// ISO code of the national id.
    pub country: &'static str,
    /// Of the series that the country reserves for tests.
    pub national_id: &'static str,
    /// MSISDN.
    pub phone_number: &'static str,
    /// Where they have a part.
    pub parts: &'static [Part],
}

/// A user's part in a merchant.
#[derive(Debug)]
pub struct Part {
    /// The merchant.
    pub merchant: &'static MerchantPlan,
    /// What they are there.
    pub role: Role,
    /// The units they were given, none for an Administrator.
    pub units: &'static [Given],
}

/// A unit that a user was given.
#[derive(Debug)]
pub struct Given {
    /// Merchant serial number.
    pub msn: &'static str,
    /// Transaction Management.
    pub transaction_management: bool,
    /// Developer.
    pub developer: bool,
}

const fn plain(msn: &'static str) -> Given {
    Given { msn, transaction_management: false, developer: false }
}

const fn administrator(merchant: &'static MerchantPlan) -> Part {
    Part { merchant, role: Role::Administrator, units: &[] }
}

/// Every user. Astrid is the Administrator of two companies, so that there is something to switch between.
pub const USERS: &[UserPlan] = &[
    UserPlan {
        name: "administrator",
        full_name: "Astrid Bakke",
        country: "NO",
        national_id: "11827510000",
        phone_number: "4799900101",
        parts: &[administrator(&NORWEGIAN), administrator(&SECOND)],
    },
    UserPlan {
        name: "manager",
        full_name: "Bjørn Dahl",
        country: "NO",
        national_id: "03898210013",
        phone_number: "4799900102",
        parts: &[Part { merchant: &NORWEGIAN, role: Role::SalesUnitManager, units: &[plain("300001")] }],
    },
    UserPlan {
        name: "assistant",
        full_name: "Camilla Eide",
        country: "NO",
        national_id: "21869010003",
        phone_number: "4799900103",
        parts: &[Part { merchant: &NORWEGIAN, role: Role::Assistant, units: &[plain("300001")] }],
    },
    UserPlan {
        name: "cashier",
        full_name: "David Foss",
        country: "NO",
        national_id: "08919510189",
        phone_number: "4799900104",
        parts: &[Part {
            merchant: &NORWEGIAN,
            role: Role::Assistant,
            units: &[Given { msn: "300001", transaction_management: true, developer: false }],
        }],
    },
    UserPlan {
        name: "developer",
        full_name: "Eva Gran",
        country: "NO",
        national_id: "17849310100",
        phone_number: "4799900105",
        parts: &[Part {
            merchant: &NORWEGIAN,
            role: Role::Assistant,
            units: &[Given { msn: "300001", transaction_management: false, developer: true }],
        }],
    },
    UserPlan {
        name: "neighbour",
        full_name: "Frode Haug",
        country: "NO",
        national_id: "29877010110",
        phone_number: "4799900106",
        parts: &[administrator(&SECOND)],
    },
    UserPlan {
        name: "swede",
        full_name: "Sven Lind",
        country: "SE",
        national_id: "198710059828",
        phone_number: "46701740601",
        parts: &[Part { merchant: &NORWEGIAN, role: Role::Assistant, units: &[plain("300002")] }],
    },
    UserPlan {
        name: "dane",
        full_name: "Sofie Jensen",
        country: "DK",
        national_id: "0909774321",
        phone_number: "4520990101",
        parts: &[administrator(&DANISH)],
    },
    UserPlan {
        name: "finn",
        full_name: "Mikko Korhonen",
        country: "FI",
        national_id: "140379-901W",
        phone_number: "358409990101",
        parts: &[administrator(&FINNISH)],
    },
];

#[cfg(test)]
mod tests {
    use kvitt_primitives::{Country, NationalId, PhoneNumber};

    use super::*;

    #[test]
    fn every_user_has_a_national_id_and_a_phone_number_of_their_country() {
        for user in USERS {
            let country = Country::from_code(user.country).unwrap();
            NationalId::try_new(country, user.national_id)
                .unwrap_or_else(|rule| panic!("{}: {rule}", user.name));
            PhoneNumber::of_country(user.phone_number, country)
                .unwrap_or_else(|rule| panic!("{}: {rule}", user.name));
        }
    }
}
