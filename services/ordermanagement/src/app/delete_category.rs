//! A merchant takes a link away.

use kvitt_primitives::{CategoryId, Msn};
use kvitt_runtime::Caller;

use super::{App, Error};
use crate::store::categories;

/// The unit's category of this id is gone.
pub(crate) async fn delete_category(
    app: &App,
    caller: &Caller,
    msn: &Msn,
    category_id: CategoryId,
) -> Result<(), Error> {
    app.may_write(caller, msn).await?;
    let deleted = categories::delete(&mut *app.pool.acquire().await?, msn, category_id).await?;
    if deleted { Ok(()) } else { Err(Error::CategoryNotFound) }
}
