//! Which clients and users have changed.

use super::App;
use crate::{
    error::Error,
    store::revision::{self as store, AsOf, ChangedHolders},
};

/// The most clients that are named at once, and the most users.
pub(crate) const MOST_CHANGES: usize = 1_000;

/// Whose answers may be outdated.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Changed {
    /// Those of these, of whom there are at most [`MOST_CHANGES`] of each.
    These(ChangedHolders),
    /// Anybody's.
    All,
}

/// What has changed after a revision, up to the one that is answered.
pub(crate) async fn list_credential_changes(app: &App, after: i64) -> Result<AsOf<Changed>, Error> {
    let mut connection = app.pool.acquire().await?;
    let AsOf { value, revision } =
        store::list_changed(&mut connection, after, MOST_CHANGES as i64 + 1).await?;
    let too_many = value.clients.len() > MOST_CHANGES || value.users.len() > MOST_CHANGES;
    // A revision that is still to come was counted by another database.
    let all = too_many || after > revision;
    Ok(AsOf { value: if all { Changed::All } else { Changed::These(value) }, revision })
}

#[cfg(test)]
mod tests;
