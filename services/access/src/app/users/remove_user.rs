//! Takes a user's part in a merchant away.

use chrono::{DateTime, Utc};
use kvitt_audit_log::Entry;
use kvitt_primitives::{MerchantId, UserId};
use kvitt_runtime::{Action, Caller, Principal};

use super::{
    App, audit, may_for,
    refused::{Tried, noted},
    told,
};
use crate::{
    domain::membership::may_become,
    error::Error,
    store::{memberships as store, revision, users},
};

/// Removes the user from the merchant, and forgets whoever has no part anywhere any more, unless they came by themselves:
/// no merchant may end what it has not begun. Everybody may give up their own part.
pub(crate) async fn remove_user(
    app: &App,
    caller: &Caller,
    (merchant_id, user_id): (MerchantId, UserId),
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let removed = kvitt_postgres::transaction!(&app.pool, "remove_user", async |tx| -> Result<(), Error> {
        let revision = revision::advance(tx).await?;
        let member = store::find(tx, merchant_id, user_id).await?;
        if member.is_none() || caller.principal != Principal::User(user_id) {
            may_for(tx, caller, Action::ManageUsers, merchant_id).await?;
        }
        let Some(member) = member else { return Ok(()) };
        let others = store::lock_another_administrator(tx, merchant_id, user_id).await?;
        may_become(member.membership.role(), None, others)?;
        store::delete(tx, merchant_id, user_id).await?;
        // Before anything is told: whoever signs in locks their user first, and the log after it.
        let anywhere = !store::list_of_user(tx, user_id).await?.value.is_empty();
        let stays = anywhere || users::signed_up(tx, user_id).await?;
        if stays {
            users::stamp(tx, user_id, revision).await?;
        } else {
            users::forget(tx, user_id, revision).await?;
        }
        let entry = Entry {
            merchant_id: Some(merchant_id),
            before: Some(told::membership(&member.membership)),
            ..audit::entry(caller, "user.removed", told::subject(user_id), now)
        };
        kvitt_audit_log::append(tx, &entry).await?;
        if !stays {
            let entry = audit::entry(caller, "user.forgotten", told::subject(user_id), now);
            kvitt_audit_log::append(tx, &entry).await?;
        }
        Ok(())
    });
    let tried = Tried { action: "user.removed", merchant_id, user_id: Some(user_id) };
    noted(app, caller, tried, now, removed).await
}
