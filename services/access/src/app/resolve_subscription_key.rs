//! Which client a subscription key belongs to.

use kvitt_primitives::ClientId;
use secrecy::{ExposeSecret as _, SecretString};

use super::App;
use crate::{
    error::Error,
    store::{credentials as store, revision::AsOf},
};

/// The owner of the key, primary or secondary.
pub(crate) async fn resolve_subscription_key(app: &App, key: &SecretString) -> Result<AsOf<ClientId>, Error> {
    let key = app.pepper.subscription_key(key.expose_secret());
    let mut connection = app.pool.acquire().await?;
    store::find_key_owner(&mut connection, &key).await?.ok_or(Error::SubscriptionKeyInvalid)
}
