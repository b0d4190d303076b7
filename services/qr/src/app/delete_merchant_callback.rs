//! Let scans of a code lead nowhere.

use kvitt_postgres::transaction;
use kvitt_primitives::Msn;

use super::{App, Error};
use crate::{domain::callback::CallbackId, store::callbacks};

/// Deletes it. A beacon is given back by that: whoever imports it next has it.
pub(crate) async fn delete_merchant_callback(app: &App, msn: &Msn, id: &CallbackId) -> Result<(), Error> {
    let deleted = transaction!(&app.pool, "delete_merchant_callback", async |tx| -> Result<bool, Error> {
        Ok(callbacks::delete(tx, msn, id).await?)
    })?;
    deleted.then_some(()).ok_or(Error::CodeNotFound)
}
