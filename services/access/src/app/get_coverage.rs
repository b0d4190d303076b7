//! What a client may act for.

use kvitt_primitives::{ClientId, Msn};

use super::App;
use crate::{
    error::Error,
    store::{credentials as store, revision::AsOf},
};

/// The sales units of the client, ascending; none for an unknown or deactivated client.
pub(crate) async fn get_coverage(app: &App, client_id: ClientId) -> Result<AsOf<Vec<Msn>>, Error> {
    let mut connection = app.pool.acquire().await?;
    Ok(store::list_coverage(&mut connection, client_id).await?)
}
