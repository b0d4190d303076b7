//! One user of a merchant.

use kvitt_primitives::{MerchantId, UserId};
use kvitt_runtime::{Action, Caller};

use super::{App, may_for};
use crate::{
    error::Error,
    store::memberships::{self as store, Member},
};

/// The user, and their part there.
pub(crate) async fn get_user(
    app: &App,
    caller: &Caller,
    merchant_id: MerchantId,
    user_id: UserId,
) -> Result<Member, Error> {
    let mut connection = app.pool.acquire().await?;
    may_for(&mut connection, caller, Action::ManageUsers, merchant_id).await?;
    store::find(&mut connection, merchant_id, user_id).await?.ok_or(Error::NoSuchUser)
}
