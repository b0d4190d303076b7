//! Whether a caller may handle a sales unit's keys. That somebody tried who sees the unit and may not is written down.

use chrono::{DateTime, Utc};
use kvitt_audit_log::Entry;
use kvitt_primitives::{MerchantId, Msn};
use kvitt_runtime::{Action, Caller, Principal};
use sqlx::PgConnection;

use super::{audit, may};
use crate::{error::Error, store::units};

/// The caller may not; it stands in the audit log, so the transaction that finds this out is committed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Refused;

impl From<Refused> for Error {
    fn from(_: Refused) -> Self {
        Self::NotPermitted
    }
}

/// Passes, with the unit's merchant, when the caller may handle the unit's keys.
pub(super) async fn may_manage(
    tx: &mut PgConnection,
    caller: &Caller,
    msn: &Msn,
    now: DateTime<Utc>,
) -> Result<Result<MerchantId, Refused>, Error> {
    match (may(tx, caller, Action::ManageKeys, msn).await, caller.principal) {
        (Ok(merchant_id), _) => Ok(Ok(merchant_id)),
        (Err(Error::NotPermitted), Principal::User(_)) => {
            let refused = Entry {
                merchant_id: units::find_merchant(tx, msn).await?,
                ..audit::entry(caller, "keys.refused", format!("unit:{msn}"), now)
            };
            kvitt_audit_log::append(tx, &refused).await?;
            Ok(Err(Refused))
        }
        (Err(error), _) => Err(error),
    }
}
