//! Merchants.

use chrono::{DateTime, Utc};

use kvitt_primitives::{Market, MerchantId, Name, OrganizationNumber};

use super::Company;

/// A company that sells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Merchant {
    pub(crate) id: MerchantId,
    pub(crate) name: Name<200>,
    pub(crate) market: Market,
    pub(crate) organization_number: OrganizationNumber,
    pub(crate) status: MerchantStatus,
    pub(crate) company: Company,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) updated_at: DateTime<Utc>,
}

/// Whether a merchant is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MerchantStatus {
    Active,
    /// Opens no units.
    Deactivated,
}

impl MerchantStatus {
    pub(crate) const ALL: [Self; 2] = [Self::Active, Self::Deactivated];

    /// The name it is stored under.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Active => "ACTIVE",
            Self::Deactivated => "DEACTIVATED",
        }
    }

    pub(crate) fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.code() == code)
    }
}
