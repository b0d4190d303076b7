//! The sets of keys of a sales unit or a partner, without secrets.

use chrono::{DateTime, Utc};
use kvitt_primitives::{Msn, PartnerId};
use kvitt_runtime::Caller;

use super::{
    App,
    manage_keys::{Refused, may_manage},
    only_operator,
};
use crate::{domain::credentials::KeySet, error::Error, store::keys as store};

/// The most sets that are listed; those before are older than anybody asks for.
pub(super) const MOST_SETS: i64 = 100;

/// Whose keys are asked for.
#[derive(Debug)]
pub(crate) enum Of {
    Unit(Msn),
    Partner(PartnerId),
}

/// The sets, oldest first; also those that have ended.
pub(crate) async fn list_keys(
    app: &App,
    caller: &Caller,
    of: &Of,
    now: DateTime<Utc>,
) -> Result<Vec<KeySet>, Error> {
    let listed = kvitt_postgres::transaction!(&app.pool, "list_keys", async |tx| -> Result<
        Result<Vec<KeySet>, Refused>,
        Error,
    > {
        match of {
            Of::Unit(msn) => {
                if let Err(refused) = may_manage(tx, caller, msn, now).await? {
                    return Ok(Err(refused));
                }
                Ok(Ok(store::list_of_unit(tx, msn, MOST_SETS).await?))
            }
            Of::Partner(partner_id) => {
                only_operator(caller)?;
                Ok(Ok(store::list_of_partner(tx, *partner_id, MOST_SETS).await?))
            }
        }
    })?;
    Ok(listed?)
}
