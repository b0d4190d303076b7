//! Upstream's Webhooks API v1 (contract-payments section 7.1), an operation a file: who is told of what happens. Each call
//! is one rpc of `kvitt.webhook.v1`. `ping.rs` is ours, and so is the field `standardWebhooks` of a registration.

pub(crate) mod auth;
pub(crate) mod delete;
pub(crate) mod delivery;
pub(crate) mod json;
pub(crate) mod list;
pub(crate) mod ping;
pub(crate) mod register;
