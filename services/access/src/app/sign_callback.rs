//! Signs what is about to be sent to a client's server, with the client's secret.

use kvitt_primitives::ClientId;
use kvitt_signing::Message;
use secrecy::ExposeSecret as _;

use super::{App, keep};
use crate::{domain::credentials::Slot, error::Error, store::keys as store};

/// The value of the header `Authorization`. The secret does not leave this function; one that was never kept cannot sign.
pub(crate) async fn sign_callback(
    app: &App,
    client_id: ClientId,
    message: Message<'_>,
) -> Result<String, Error> {
    let mut connection = app.pool.acquire().await?;
    let sealed = store::find_client_secret(&mut connection, client_id).await?.ok_or(Error::NoSuchKeys)?;
    drop(connection);
    let purpose = keep::purpose(Slot::ClientSecret);
    let secret = app.key_encryption_key.open_text(purpose, client_id.as_uuid(), &sealed)?;
    Ok(message.authorization(secret.expose_secret()))
}
