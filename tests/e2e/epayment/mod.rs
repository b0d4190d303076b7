//! `/epayment/v1`.

mod auth;
mod payments;

pub(crate) use auth::operations;
