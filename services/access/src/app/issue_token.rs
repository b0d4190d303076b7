//! Exchanges the credentials of a sales unit for an access token.

use chrono::{DateTime, Utc};
use kvitt_primitives::ClientId;
use secrecy::{ExposeSecret as _, SecretString};
use sqlx::PgConnection;
use uuid::Uuid;

use super::App;
use crate::{
    error::Error,
    hashing::Hash,
    store::credentials as store,
    token::{self, Subject, Token},
};

/// What a client claims, as it came over the wire.
pub(crate) struct GivenSecrets {
    pub(crate) client_id: String,
    pub(crate) client_secret: SecretString,
    pub(crate) subscription_key: SecretString,
}

/// A token for the client. A key of another client is told only to a client that has proven itself.
pub(crate) async fn issue_token(app: &App, given: &GivenSecrets, now: DateTime<Utc>) -> Result<Token, Error> {
    let key = given.subscription_key.expose_secret();
    if key.is_empty() {
        return Err(Error::SubscriptionKeyMissing);
    }
    let mut connection = app.pool.acquire().await?;
    let key = app.pepper.subscription_key(key);
    let owner = store::find_key_owner(&mut connection, &key).await?.ok_or(Error::SubscriptionKeyInvalid)?;
    let client_id = prove(app, &mut connection, given).await?;
    // Given back before the keys are asked for: they may need a connection of their own.
    drop(connection);
    if owner.value != client_id {
        return Err(Error::SubscriptionKeyInvalid);
    }
    let ring = app.keys.ring(now).await?;
    token::sign(&ring, Subject::Client(client_id), app.token_life, now)
}

/// The client, when the secret is its own. An id that is no UUID, an unknown client and a wrong secret all go the
/// same way: one read, one hash, one comparison.
async fn prove(app: &App, connection: &mut PgConnection, given: &GivenSecrets) -> Result<ClientId, Error> {
    let client_id = given.client_id.parse().unwrap_or(ClientId::from_uuid(Uuid::nil()));
    let stored = store::find_secret(connection, client_id).await?;
    let hash = app.pepper.client_secret(client_id, given.client_secret.expose_secret());
    let same = hash.matches(&stored.unwrap_or(Hash::OF_NOTHING));
    if same && stored.is_some() { Ok(client_id) } else { Err(Error::ClientInvalid) }
}
