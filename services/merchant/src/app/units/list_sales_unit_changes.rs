//! Which sales units have changed.

use kvitt_primitives::Msn;

use crate::{
    app::{App, Error},
    store::revision::{self as store, AsOf},
};

/// The most units that are named at once.
pub(crate) const MOST_CHANGES: usize = 1_000;

/// Which answers may be outdated.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Changed {
    /// Those about these units, of which there are at most [`MOST_CHANGES`].
    These(Vec<Msn>),
    /// Any.
    All,
}

/// What has changed after a revision, up to the one that is answered.
pub(crate) async fn list_sales_unit_changes(app: &App, after: i64) -> Result<AsOf<Changed>, Error> {
    let mut connection = app.pool.acquire().await?;
    let AsOf { value, revision } =
        store::list_changed(&mut connection, after, MOST_CHANGES as i64 + 1).await?;
    // A revision that is still to come was counted by another database.
    let all = value.len() > MOST_CHANGES || after > revision;
    Ok(AsOf { value: if all { Changed::All } else { Changed::These(value) }, revision })
}

#[cfg(test)]
mod tests;
