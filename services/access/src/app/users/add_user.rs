//! Gives a person a part in a merchant.

use chrono::{DateTime, Utc};
use kvitt_audit_log::Entry;
use kvitt_runtime::{Action, Caller};

use super::{
    App, audit,
    find_person::find_person,
    know_user, may_for,
    refused::{Tried, noted},
    told, units,
};
use crate::{
    domain::{
        membership::Membership,
        person::{Identification, name_key},
    },
    error::Error,
    store::{
        memberships::{self as store, Member},
        revision, users,
    },
};

/// Who shall have which part.
#[derive(Debug)]
pub(crate) struct AddUser {
    pub(crate) person: Identification,
    pub(crate) membership: Membership,
}

/// Adds the person. They can sign in at once; whoever was a user before is the same one.
pub(crate) async fn add_user(
    app: &App,
    caller: &Caller,
    add: &AddUser,
    now: DateTime<Utc>,
) -> Result<Member, Error> {
    let AddUser { person, membership } = add;
    let merchant_id = membership.merchant_id();
    let added = kvitt_postgres::transaction!(&app.pool, "add_user", async |tx| -> Result<Member, Error> {
        let revision = revision::advance(tx).await?;
        may_for(tx, caller, Action::ManageUsers, merchant_id).await?;
        units::must_be_the_merchants(tx, membership).await?;
        let person = find_person(tx, app, person).await?;
        let user = know_user(tx, app, &person, now).await?;
        if !store::insert(tx, user.user_id, &name_key(&user.name), membership).await? {
            return Err(Error::UserIsThere);
        }
        users::stamp(tx, user.user_id, revision).await?;
        let entry = Entry {
            merchant_id: Some(merchant_id),
            after: Some(told::membership(membership)),
            ..audit::entry(caller, "user.added", told::subject(user.user_id), now)
        };
        kvitt_audit_log::append(tx, &entry).await?;
        Ok(Member { user, membership: membership.clone() })
    });
    let tried = Tried { action: "user.added", merchant_id, user_id: None };
    noted(app, caller, tried, now, added).await
}
