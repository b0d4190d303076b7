//! How a check-in was taken.

use kvitt_primitives::Msn;
use uuid::Uuid;

use super::{App, Error};
use crate::{domain::State, store::check_ins};

/// How the telling of it stands, and how many tries there were.
pub(crate) async fn get_check_in(app: &App, (msn, check_in_id): (Msn, Uuid)) -> Result<(State, i32), Error> {
    let mut connection = app.pool.acquire().await?;
    check_ins::find(&mut connection, &msn, check_in_id).await?.ok_or(Error::CheckInNotFound)
}
