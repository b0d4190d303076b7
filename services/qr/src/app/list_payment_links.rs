//! A unit's links.

use chrono::{DateTime, Utc};
use kvitt_primitives::Msn;
use uuid::Uuid;

use super::{App, Error};
use crate::{
    domain::link::{Link, LinkId},
    store::payment_links,
};

/// Most links on a page, and as many when no number is asked for.
pub(crate) const MOST_ON_PAGE: i32 = 100;

/// When a link was made, and its id.
pub(crate) type Place = (DateTime<Utc>, LinkId);

/// Which links.
#[derive(Debug, Clone, Copy)]
pub(crate) struct List {
    /// 1 to [`MOST_ON_PAGE`].
    pub(crate) size: i32,
    /// The last of the page before.
    pub(crate) after: Option<Place>,
}

/// The links of a page, newest first, and whether more follow.
pub(crate) async fn list_payment_links(app: &App, msn: &Msn, list: List) -> Result<(Vec<Link>, bool), Error> {
    let first = (DateTime::<Utc>::MAX_UTC, LinkId(Uuid::max()));
    let size = list.size.clamp(1, MOST_ON_PAGE);
    let mut connection = app.pool.acquire().await?;
    let after = list.after.unwrap_or(first);
    let mut links = payment_links::list(&mut connection, msn, after, i64::from(size) + 1).await?;
    let size = usize::try_from(size).unwrap_or_default();
    let more = links.len() > size;
    links.truncate(size);
    Ok((links, more))
}
