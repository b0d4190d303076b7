//! Whether a client is who it says.

use kvitt_primitives::ClientId;
use secrecy::{ExposeSecret as _, SecretString};
use sqlx::PgConnection;
use uuid::Uuid;

use super::App;
use crate::{domain::owner::KeyKind, error::Error, hashing::Hash, store::credentials as store};

/// Who a client says it is, as it came over the wire.
pub(crate) struct GivenClient {
    pub(crate) client_id: String,
    pub(crate) client_secret: SecretString,
}

/// The client and the kind of its keys, when the secret is its own. An id that is no UUID, an unknown client and a wrong
/// secret all go the same way: one read, one hash, one comparison.
pub(super) async fn prove(
    app: &App,
    connection: &mut PgConnection,
    given: &GivenClient,
) -> Result<(ClientId, KeyKind), Error> {
    let client_id = given.client_id.parse().unwrap_or(ClientId::from_uuid(Uuid::nil()));
    let stored = store::find_secret(connection, client_id).await?;
    let hash = app.pepper.client_secret(client_id, given.client_secret.expose_secret());
    let same = hash.matches(&stored.map_or(Hash::OF_NOTHING, |(_, hash)| hash));
    match stored {
        Some((kind, _)) if same => Ok((client_id, kind)),
        Some(_) | None => Err(Error::ClientInvalid),
    }
}
