//! The entries of a stream in the order in which they were added, whether or not their dates are closed.

use super::{App, Error, list_entries_of_date::Page, readable::Readable};
use crate::{domain::Topic, store::entries};

/// Which entries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wanted {
    pub(crate) topic: Topic,
    /// The place of the last entry that was read; 0 for the beginning.
    pub(crate) after: i64,
    /// 1 to [`super::list_entries_of_date::MOST_ON_PAGE`].
    pub(crate) size: i64,
    /// Whether to tell who paid.
    pub(crate) personal: bool,
}

/// What came behind that place. A place is given out only when everything before it is there, because the ledger is locked
/// while one is taken; so nothing ever appears in front of a reader.
pub(crate) async fn follow_entries(app: &App, ledger: &Readable, wanted: Wanted) -> Result<Page, Error> {
    let mut connection = app.pool.acquire().await?;
    let stream = (ledger.msn(), wanted.topic);
    let read = entries::since(&mut connection, stream, wanted.after, wanted.size + 1).await?;
    let page = Page::of(read, wanted.size);
    drop(connection);
    if wanted.personal { app.with_payers(ledger, page).await } else { Ok(page) }
}
