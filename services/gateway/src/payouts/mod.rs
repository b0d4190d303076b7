//! `/kvitt/v1/payouts`: what a sales unit was paid out. Upstream shows it in its portal and as entries of the ledger only.

pub(crate) mod json;
pub(crate) mod list;
