//! Deletes a user, and everything that is known of them.

use chrono::{DateTime, Utc};
use kvitt_audit_log::Entry;
use kvitt_primitives::UserId;
use kvitt_runtime::{Caller, Principal};

use super::{App, audit, only_operator, told};
use crate::{
    domain::membership::may_become,
    error::Error,
    store::{memberships as store, revision, users},
};

/// Forgets the user: on their own request, unless a merchant would have no Administrator left, or on the operator's, who
/// can make another one. What they did stands in the audit log under an id that leads to nobody.
pub(crate) async fn forget_user(
    app: &App,
    caller: &Caller,
    user_id: UserId,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let own = caller.principal == Principal::User(user_id);
    if !own {
        only_operator(caller)?;
    }
    kvitt_postgres::transaction!(&app.pool, "forget_user", async |tx| -> Result<(), Error> {
        let revision = revision::advance(tx).await?;
        if users::find(tx, user_id).await?.is_none() {
            return Ok(());
        }
        let memberships = store::list_of_user(tx, user_id).await?.value;
        for membership in &memberships {
            let merchant_id = membership.merchant_id();
            let others = store::lock_another_administrator(tx, merchant_id, user_id).await?;
            if own {
                may_become(membership.role(), None, others)?;
            }
        }
        users::forget(tx, user_id, revision).await?;
        for membership in &memberships {
            let entry = Entry {
                merchant_id: Some(membership.merchant_id()),
                before: Some(told::membership(membership)),
                ..audit::entry(caller, "user.removed", told::subject(user_id), now)
            };
            kvitt_audit_log::append(tx, &entry).await?;
        }
        let entry = audit::entry(caller, "user.forgotten", told::subject(user_id), now);
        Ok(kvitt_audit_log::append(tx, &entry).await?)
    })
}
