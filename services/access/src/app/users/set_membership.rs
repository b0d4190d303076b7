//! Changes what a user is in a merchant.

use chrono::{DateTime, Utc};
use kvitt_audit_log::Entry;
use kvitt_primitives::UserId;
use kvitt_runtime::{Action, Caller, Principal};

use super::{
    App, audit, may_for,
    refused::{Tried, noted},
    told, units,
};
use crate::{
    domain::membership::{Membership, may_become, may_set},
    error::Error,
    store::{
        memberships::{self as store, Member},
        revision, users,
    },
};

/// Replaces the part that the user has in the merchant of `membership`.
pub(crate) async fn set_membership(
    app: &App,
    caller: &Caller,
    (user_id, membership): (UserId, &Membership),
    now: DateTime<Utc>,
) -> Result<Member, Error> {
    let merchant_id = membership.merchant_id();
    let actor = match caller.principal {
        Principal::User(user_id) => Some(user_id),
        Principal::Client(_) | Principal::Service(_) => None,
    };
    let set =
        kvitt_postgres::transaction!(&app.pool, "set_membership", async |tx| -> Result<Member, Error> {
            let revision = revision::advance(tx).await?;
            may_for(tx, caller, Action::ManageUsers, merchant_id).await?;
            let Member { user, membership: before } =
                store::find(tx, merchant_id, user_id).await?.ok_or(Error::NoSuchUser)?;
            may_set(actor, user_id)?;
            units::must_be_the_merchants(tx, membership).await?;
            let others = store::lock_another_administrator(tx, merchant_id, user_id).await?;
            may_become(before.role(), Some(membership.role()), others)?;
            let after = Member { user, membership: membership.clone() };
            if before == *membership {
                return Ok(after);
            }
            store::set(tx, user_id, membership).await?;
            users::stamp(tx, user_id, revision).await?;
            let entry = Entry {
                merchant_id: Some(merchant_id),
                before: Some(told::membership(&before)),
                after: Some(told::membership(membership)),
                ..audit::entry(caller, "user.changed", told::subject(user_id), now)
            };
            kvitt_audit_log::append(tx, &entry).await?;
            Ok(after)
        });
    let tried = Tried { action: "user.changed", merchant_id, user_id: Some(user_id) };
    noted(app, caller, tried, now, set).await
}
