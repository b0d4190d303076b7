//! Upstream's Report API (contract-merchant section 5), an operation a file: the streams of a ledger by date and as a feed, and
//! what is left of the first version. Which ledgers there are is `settlement/`.
//!
//! It is for whoever may read a ledger: keys of its unit, and accounting keys that the merchant has granted it, see `auth.rs`.
//! No sales unit is acted for, so no header names one. Its error body is its own, see `problem.rs`.

pub(crate) mod auth;
pub(crate) mod feed;
pub(crate) mod json;
pub(crate) mod ledger_transactions;
pub(crate) mod of_date;
pub(crate) mod problem;
pub(crate) mod query;
