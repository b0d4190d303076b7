//! One use case, one file.

mod create_credentials;
mod get_coverage;
mod issue_service_token;
mod issue_token;
mod list_credential_changes;
mod list_verification_keys;
mod resolve_subscription_key;

pub(crate) use create_credentials::create_credentials;
pub(crate) use get_coverage::get_coverage;
pub(crate) use issue_service_token::issue_service_token;
pub(crate) use issue_token::{GivenSecrets, issue_token};
pub(crate) use list_credential_changes::{Changed, list_credential_changes};
pub(crate) use list_verification_keys::list_verification_keys;
pub(crate) use resolve_subscription_key::resolve_subscription_key;

use std::{collections::HashMap, sync::Arc};

use chrono::TimeDelta;
use kvitt_runtime::ServiceName;
use sqlx::PgPool;

use crate::{
    hashing::{Hash, Pepper},
    keys::Keys,
};

/// What the use cases stand on.
#[derive(Clone)]
pub(crate) struct App {
    pub(crate) pool: PgPool,
    pub(crate) keys: Keys,
    pub(crate) pepper: Pepper,
    /// The life of a client's token.
    pub(crate) token_life: TimeDelta,
    /// What each mesh service proves itself with.
    pub(crate) service_secrets: Arc<HashMap<ServiceName, Hash>>,
}

#[cfg(test)]
pub(crate) mod tests;
