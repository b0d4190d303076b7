//! What was paid out to a unit.

use super::{App, Error, readable::Readable};
use crate::store::payouts::{self, Payout};

/// Most payouts on a page.
pub(crate) const MOST_ON_PAGE: i64 = 1000;

/// How many are on a page when no number is asked for.
pub(crate) const USUALLY_ON_PAGE: i64 = 100;

/// Which payouts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct List {
    /// 1 to [`MOST_ON_PAGE`].
    pub(crate) size: i64,
    /// The number of the last one of the page before.
    pub(crate) before: Option<i64>,
}

/// The payouts of a page, newest first, and whether more follow.
pub(crate) async fn list_payouts(
    app: &App,
    ledger: &Readable,
    list: List,
) -> Result<(Vec<Payout>, bool), Error> {
    let mut connection = app.pool.acquire().await?;
    let mut payouts = payouts::of_unit(&mut connection, ledger.msn(), list.before, list.size + 1).await?;
    let size = usize::try_from(list.size).unwrap_or_default();
    let more = payouts.len() > size;
    payouts.truncate(size);
    Ok((payouts, more))
}
