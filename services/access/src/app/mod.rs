//! One use case, one file.

mod audit;
mod create_credentials;
mod fresh;
mod get_coverage;
mod issue_keys;
mod issue_service_token;
mod issue_specialised_token;
mod issue_token;
mod keep;
mod list_accounting_grants;
mod list_credential_changes;
mod list_keys;
mod list_verification_keys;
mod manage_keys;
mod may;
pub(crate) mod people;
mod prove;
mod regenerate_key;
mod register_sales_unit;
mod resolve_subscription_key;
mod revoke_keys;
pub(crate) mod sessions;
mod set_accounting_grant;
mod show_keys;
mod sign_callback;
pub(crate) mod test_users;
pub(crate) mod users;

pub(crate) use create_credentials::create_credentials;
pub(crate) use get_coverage::get_coverage;
pub(crate) use issue_keys::issue_keys;
pub(crate) use issue_service_token::issue_service_token;
pub(crate) use issue_specialised_token::issue_specialised_token;
pub(crate) use issue_token::{GivenSecrets, issue_token};
pub(crate) use list_accounting_grants::list_accounting_grants;
pub(crate) use list_credential_changes::{Changed, list_credential_changes};
pub(crate) use list_keys::{Of, list_keys};
pub(crate) use list_verification_keys::list_verification_keys;
pub(crate) use may::{may, may_for, only_operator, only_people};
pub(crate) use prove::GivenClient;
pub(crate) use regenerate_key::{Which, regenerate_key};
pub(crate) use register_sales_unit::register_sales_unit;
pub(crate) use resolve_subscription_key::resolve_subscription_key;
pub(crate) use revoke_keys::revoke_keys;
pub(crate) use set_accounting_grant::{AccountingGrant, set_accounting_grant};
pub(crate) use show_keys::show_keys;
pub(crate) use sign_callback::sign_callback;
pub(crate) use users::{get_memberships, grant_administrator};

use std::sync::Arc;

use chrono::TimeDelta;
use kvitt_runtime::ServiceName;
use sqlx::PgPool;

use crate::{
    envelope::KeyEncryptionKey,
    hashing::{Hash, Pepper},
    keys::Keys,
};

/// What the use cases stand on.
#[derive(Clone)]
pub(crate) struct App {
    pub(crate) pool: PgPool,
    pub(crate) keys: Keys,
    pub(crate) pepper: Pepper,
    /// Seals what has to be read again: secrets that are needed again, and personal data.
    pub(crate) key_encryption_key: KeyEncryptionKey,
    /// The life of a client's token.
    pub(crate) token_life: TimeDelta,
    /// What the use cases about people stand on.
    pub(crate) people: people::People,
    /// What each mesh service proves itself with; two of one service while it gets another.
    pub(crate) service_secrets: Arc<[(ServiceName, Hash)]>,
}

#[cfg(test)]
pub(crate) mod tests;
