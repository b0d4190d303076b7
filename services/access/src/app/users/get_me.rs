//! Who the caller is.

use kvitt_runtime::{Caller, Principal};

use super::App;
use crate::{
    domain::membership::Membership,
    error::Error,
    store::{
        memberships,
        users::{self, StoredUser},
    },
};

/// A user as they see themselves.
pub(crate) struct Me {
    pub(crate) user: StoredUser,
    /// By merchant id.
    pub(crate) memberships: Vec<Membership>,
}

/// The calling user, and their parts.
pub(crate) async fn get_me(app: &App, caller: &Caller) -> Result<Me, Error> {
    let Principal::User(user_id) = caller.principal else { return Err(Error::NotPermitted) };
    let mut connection = app.pool.acquire().await?;
    let user = users::find(&mut connection, user_id).await?.ok_or(Error::NoSuchUser)?;
    let memberships = memberships::list_of_user(&mut connection, user_id).await?.value;
    Ok(Me { user, memberships })
}
