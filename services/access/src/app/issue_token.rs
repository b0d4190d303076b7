//! Exchanges the credentials of a client with subscription keys for an access token.

use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret as _, SecretString};

use super::{
    App,
    prove::{GivenClient, prove},
};
use crate::{
    error::Error,
    store::credentials as store,
    token::{self, Subject, Token},
};

/// What a client claims, as it came over the wire.
pub(crate) struct GivenSecrets {
    pub(crate) client: GivenClient,
    pub(crate) subscription_key: SecretString,
}

/// A token for the client. A key of another client is told only to a client that has proven itself; a client without
/// subscription keys never has one to give.
pub(crate) async fn issue_token(app: &App, given: &GivenSecrets, now: DateTime<Utc>) -> Result<Token, Error> {
    let key = given.subscription_key.expose_secret();
    if key.is_empty() {
        return Err(Error::SubscriptionKeyMissing);
    }
    let mut connection = app.pool.acquire().await?;
    let key = app.pepper.subscription_key(key);
    let owner = store::find_key_owner(&mut connection, &key).await?.ok_or(Error::SubscriptionKeyInvalid)?;
    let (client_id, _) = prove(app, &mut connection, &given.client).await?;
    // Given back before the keys are asked for: they may need a connection of their own.
    drop(connection);
    if owner.value != client_id {
        return Err(Error::SubscriptionKeyInvalid);
    }
    let ring = app.keys.ring(now).await?;
    token::sign(&ring, Subject::Client(client_id), app.token_life, now)
}
