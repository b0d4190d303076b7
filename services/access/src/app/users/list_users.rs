//! Lists the users of a merchant.

use kvitt_primitives::MerchantId;
use kvitt_runtime::{Action, Caller};

use super::{App, may_for};
use crate::{
    domain::person::name_key,
    error::Error,
    store::memberships::{self as store, Member, Place},
};

/// The longest page that is given, and the one given when no length is asked for.
pub(crate) const MOST_PER_PAGE: u32 = 100;

/// Which part of the list is wanted. There is no Debug: a search is for somebody.
#[derive(Clone)]
pub(crate) struct Page {
    /// Part of a name, whatever the case; empty for all.
    pub(crate) search: String,
    /// At most [`MOST_PER_PAGE`].
    pub(crate) size: u32,
    /// Where the page before ended.
    pub(crate) after: Option<Place>,
}

/// The users of a page by name, and where it ended when more follow.
pub(crate) async fn list_users(
    app: &App,
    caller: &Caller,
    merchant_id: MerchantId,
    page: &Page,
) -> Result<(Vec<Member>, Option<Place>), Error> {
    let size = page.size.clamp(1, MOST_PER_PAGE);
    let mut connection = app.pool.acquire().await?;
    may_for(&mut connection, caller, Action::ManageUsers, merchant_id).await?;
    let (text, one_more) = (name_key(&page.search), i64::from(size) + 1);
    let mut members = store::list(&mut connection, merchant_id, &text, page.after.as_ref(), one_more).await?;
    let size = size as usize;
    let more = members.len() > size;
    members.truncate(size);
    let end = members.last().filter(|_| more).map(|(place, _)| place.clone());
    Ok((members.into_iter().map(|(_, member)| member).collect(), end))
}
