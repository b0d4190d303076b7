//! Stores a set of keys whose secrets were chosen elsewhere.

use chrono::{DateTime, Utc};
use kvitt_runtime::Caller;
use sqlx::PgConnection;

use super::{App, keep, only_operator};
use crate::{
    domain::{
        credentials::{Credentials, KeySet},
        owner::Owner,
    },
    error::Error,
    store::{
        credentials::{self as store, Hashes, Kept},
        revision,
    },
};

/// Stores the credentials, once; the same credentials again are answered alike. Keys that are older than owners get
/// theirs when their credentials are given again.
pub(crate) async fn create_credentials(
    app: &App,
    caller: &Caller,
    credentials: &Credentials,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    only_operator(caller)?;
    let kept = keep::keep(app, credentials)?;
    kvitt_postgres::transaction!(&app.pool, "create_credentials", async |tx| -> Result<(), Error> {
        let revision = revision::advance(tx).await?;
        let Some((stored, hashes)) = store::find(tx, kept.client_id).await? else {
            return keep::add(tx, caller, &kept, revision, now).await;
        };
        if !same_secrets(&hashes, &kept.hashes) {
            return Err(Error::CredentialsExist);
        }
        if is_unclaimed(&stored, &kept.owner) {
            complete(tx, &kept, revision).await?;
            return keep::tell(tx, caller, &kept, now).await;
        }
        if stored.owner == kept.owner { Ok(()) } else { Err(Error::CredentialsExist) }
    })
}

async fn complete(tx: &mut PgConnection, kept: &Kept, revision: i64) -> Result<(), Error> {
    if let Owner::SalesUnit { msn, merchant_id } = &kept.owner {
        keep::know_unit(tx, msn, *merchant_id).await?;
    }
    store::complete(tx, kept, revision).await.map_err(keep::meaning)
}

/// Whether the set is older than owners, and this could be its owner.
fn is_unclaimed(stored: &KeySet, owner: &Owner) -> bool {
    match (&stored.owner, owner) {
        (Owner::UnitOfSomebody { msn: stored_msn }, Owner::SalesUnit { msn, .. }) => {
            stored.active && stored_msn == msn
        }
        _ => false,
    }
}

fn same_secrets(stored: &Hashes, given: &Hashes) -> bool {
    let client_secret = stored.client_secret.matches(&given.client_secret);
    let keys = match (&stored.subscription_keys, &given.subscription_keys) {
        (Some([stored_one, stored_two]), Some([one, two])) => {
            let (one, two) = (stored_one.matches(one), stored_two.matches(two));
            one && two
        }
        (None, None) => true,
        (Some(_), None) | (None, Some(_)) => false,
    };
    client_secret && keys
}

#[cfg(test)]
mod tests;
