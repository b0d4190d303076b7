//! The user that a person is, from their first contact on.

use chrono::{DateTime, Utc};
use kvitt_primitives::UserId;
use sqlx::PgConnection;
use uuid::Uuid;

use super::App;
use crate::{
    domain::person::Person,
    error::Error,
    store::users::{self as store, StoredUser},
};

/// The person's user, made when there is none; nobody forgets them until the transaction ends.
pub(in crate::app) async fn know_user(
    tx: &mut PgConnection,
    app: &App,
    person: &Person,
    now: DateTime<Utc>,
) -> Result<StoredUser, Error> {
    let country = person.national_id.country();
    let index = app.people.data.national_id_index(&person.national_id);
    if let Some(user) = store::lock_by_national_id(tx, country, &index).await? {
        return Ok(user);
    }
    let user_id = UserId::from_uuid(Uuid::new_v4());
    let sealed = app.people.data.seal(person, user_id.as_uuid())?;
    // Whoever was faster with the same person made the one user they are.
    store::insert(tx, user_id, &sealed, now).await?;
    let user = store::lock_by_national_id(tx, country, &index).await?;
    Ok(user.ok_or(sqlx::Error::RowNotFound)?)
}
