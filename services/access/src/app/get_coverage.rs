//! What a client may act for.

use kvitt_primitives::ClientId;

use super::App;
use crate::{
    error::Error,
    store::{
        credentials::{self as store, Coverage},
        revision::AsOf,
    },
};

/// Whose the client's keys are, and the sales units they cover; nothing for an unknown or revoked client.
pub(crate) async fn get_coverage(app: &App, client_id: ClientId) -> Result<AsOf<Option<Coverage>>, Error> {
    let mut connection = app.pool.acquire().await?;
    Ok(store::find_coverage(&mut connection, client_id).await?)
}
