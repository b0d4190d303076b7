//! An application for a merchant agreement.

use kvitt_primitives::{BusinessIdentifier, MerchantId, Name};

use chrono::{DateTime, Utc};

use crate::domain::{Company, Merchant, MerchantStatus};

/// What is applied for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Agreement {
    /// Legal name.
    pub(crate) name: Name<200>,
    /// What else is known of the company.
    pub(crate) company: Company,
}

impl Agreement {
    /// The merchant that an approval makes.
    pub(crate) fn merchant(
        &self,
        id: MerchantId,
        company: &BusinessIdentifier,
        now: DateTime<Utc>,
    ) -> Merchant {
        Merchant {
            id,
            name: self.name.clone(),
            market: company.market(),
            organization_number: company.number().clone(),
            status: MerchantStatus::Active,
            company: self.company.clone(),
            created_at: now,
            updated_at: now,
        }
    }
}
