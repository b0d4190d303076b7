//! Stores the credentials of a sales unit.

use chrono::{DateTime, Utc};

use super::App;
use crate::{
    domain::credentials::Credentials,
    error::Error,
    hashing::Pepper,
    store::{
        credentials::{self as store, HashedCredentials},
        revision,
    },
};

/// Stores the credentials, once; the same credentials again are answered alike.
pub(crate) async fn create_credentials(
    app: &App,
    credentials: &Credentials,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let hashed = hash(&app.pepper, credentials);
    kvitt_postgres::transaction!(&app.pool, "create_credentials", async |tx| -> Result<(), Error> {
        let revision = revision::advance(tx).await?;
        if store::insert(tx, &hashed, revision, now).await.map_err(meaning)? {
            return Ok(());
        }
        let stored = store::find(tx, hashed.client_id).await?;
        if stored.is_some_and(|stored| same(&stored, &hashed)) {
            Ok(())
        } else {
            Err(Error::CredentialsExist)
        }
    })
}

fn hash(pepper: &Pepper, credentials: &Credentials) -> HashedCredentials {
    let keys = &credentials.subscription_keys;
    HashedCredentials {
        client_id: credentials.client_id,
        secret: pepper.client_secret(credentials.client_id, credentials.client_secret.expose()),
        primary: pepper.subscription_key(keys.primary().expose()),
        secondary: pepper.subscription_key(keys.secondary().expose()),
        msn: credentials.msn.clone(),
    }
}

fn same(stored: &HashedCredentials, given: &HashedCredentials) -> bool {
    let secret = stored.secret.matches(&given.secret);
    let primary = stored.primary.matches(&given.primary);
    let secondary = stored.secondary.matches(&given.secondary);
    secret && primary && secondary && stored.msn == given.msn
}

fn meaning(error: sqlx::Error) -> Error {
    if kvitt_postgres::violated_constraint(&error) == Some(store::KEY_OF_ANOTHER_CLIENT) {
        Error::SubscriptionKeyTaken
    } else {
        Error::Database(error)
    }
}
