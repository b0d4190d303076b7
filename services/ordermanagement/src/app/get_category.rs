//! One link.

use kvitt_primitives::{CategoryId, Msn};
use kvitt_runtime::Caller;

use super::{App, Error};
use crate::{domain::Category, store::categories};

/// The unit's category of this id.
pub(crate) async fn get_category(
    app: &App,
    caller: &Caller,
    msn: &Msn,
    category_id: CategoryId,
) -> Result<Category, Error> {
    app.may_read(caller, msn).await?;
    let found = categories::find(&mut *app.pool.acquire().await?, msn, category_id).await?;
    found.ok_or(Error::CategoryNotFound)
}
