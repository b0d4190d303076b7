//! The wire types of what the operator decides about a ledger.

use kvitt_proto::{error::v1::Reason, refusal, settlement::v1};
use serde::Serialize;
use tonic::Status;
use utoipa::ToSchema;

/// What a sales unit pays, and how it is paid out.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = kvitt::Agreement)]
pub(crate) struct Agreement {
    /// As reports name it; empty means the unit's product.
    product: String,
    /// A decimal number.
    percentage: String,
    fixed_minor: i64,
    minimum_minor: i64,
    /// What payouts leave on the ledger.
    reserve_minor: i64,
    /// Banking days beyond the usual.
    payout_delay_days: i32,
    /// When a ledger date ends, in minutes after midnight.
    cut_off_minutes: i32,
    /// The ledger date from which on it holds.
    #[schema(value_type = crate::openapi::report::Date)]
    effective_from: String,
}

impl Agreement {
    pub(crate) fn from_proto(agreement: Option<v1::Agreement>) -> Result<Self, Status> {
        let lacks = || refusal::status(Reason::Internal, "the answer lacks an agreement");
        let agreement = agreement.ok_or_else(lacks)?;
        Ok(Self {
            product: agreement.product,
            percentage: agreement.percentage,
            fixed_minor: agreement.fixed_minor,
            minimum_minor: agreement.minimum_minor,
            reserve_minor: agreement.reserve_minor,
            payout_delay_days: agreement.payout_delay_days,
            cut_off_minutes: agreement.cut_off_minutes,
            effective_from: agreement.effective_from,
        })
    }
}
