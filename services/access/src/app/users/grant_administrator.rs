//! Makes the user who applied for a merchant's agreement its Administrator.

use chrono::{DateTime, Utc};
use kvitt_audit_log::Entry;
use kvitt_primitives::{MerchantId, UserId};
use kvitt_runtime::Caller;

use super::{App, audit, told};
use crate::{
    domain::{
        membership::{Membership, Role},
        person::name_key,
    },
    error::Error,
    store::{memberships as store, revision, users},
};

/// Makes it so, whatever the user was there before, unless the merchant has another Administrator already. Who may ask for it is decided by the caller of this.
pub(crate) async fn grant_administrator(
    app: &App,
    caller: &Caller,
    merchant_id: MerchantId,
    user_id: UserId,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    kvitt_postgres::transaction!(&app.pool, "grant_administrator", async |tx| -> Result<(), Error> {
        let revision = revision::advance(tx).await?;
        let user = users::lock(tx, user_id).await?.ok_or(Error::NoSuchUser)?;
        // A question that is asked again must not bring back what was taken away since. A merchant that has an
        // Administrator has had this one.
        if store::lock_another_administrator(tx, merchant_id, user_id).await? > 0 {
            return Ok(());
        }
        let after = Membership::administrator(merchant_id);
        let before = store::find(tx, merchant_id, user_id).await?.map(|member| member.membership);
        let action = match &before {
            Some(before) if before.role() == Role::Administrator => return Ok(()),
            Some(_) => {
                store::set(tx, user_id, &after).await?;
                "user.changed"
            }
            None => {
                store::insert(tx, user_id, &name_key(&user.name), &after).await?;
                "user.added"
            }
        };
        users::stamp(tx, user_id, revision).await?;
        let entry = Entry {
            merchant_id: Some(merchant_id),
            before: before.as_ref().map(told::membership),
            after: Some(told::membership(&after)),
            ..audit::entry(caller, action, told::subject(user_id), now)
        };
        Ok(kvitt_audit_log::append(tx, &entry).await?)
    })
}
