//! Which accounting clients may read the reports of a sales unit.

use kvitt_primitives::Msn;
use kvitt_runtime::{Action, Caller};

use super::{App, list_keys::MOST_SETS, may};
use crate::{domain::credentials::KeySet, error::Error, store::accounting as store};

/// Those that may, oldest first, for whoever may let others.
pub(crate) async fn list_accounting_grants(
    app: &App,
    caller: &Caller,
    msn: &Msn,
) -> Result<Vec<KeySet>, Error> {
    let mut connection = app.pool.acquire().await?;
    may(&mut connection, caller, Action::GrantAccounting, msn).await?;
    Ok(store::list(&mut connection, msn, MOST_SETS).await?)
}
