//! The parts that a user has.

use kvitt_primitives::UserId;

use super::App;
use crate::{
    domain::membership::Membership,
    error::Error,
    store::{memberships as store, revision::AsOf},
};

/// Every part of the user, by merchant id; none for an unknown user.
pub(crate) async fn get_memberships(app: &App, user_id: UserId) -> Result<AsOf<Vec<Membership>>, Error> {
    let mut connection = app.pool.acquire().await?;
    Ok(store::list_of_user(&mut connection, user_id).await?)
}
