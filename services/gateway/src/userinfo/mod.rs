//! Userinfo: `/vipps-userinfo-api/`. What a payer shares with a sales unit (contract-merchant section 18).

pub(crate) mod auth;
pub(crate) mod get;
pub(crate) mod json;
