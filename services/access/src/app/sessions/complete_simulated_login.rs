//! Ends a login as the simulated identity provider does when somebody has proven who they are.

use kvitt_primitives::{Country, LoginId, NationalId};
use secrecy::{ExposeSecret as _, SecretString};
use sqlx::PgConnection;

use super::{
    App, Moment,
    people::Register,
    start::{Session, start},
    users,
};
use crate::{
    error::Error,
    store::{
        memberships, sessions as store,
        users::{self as known, StoredUser},
    },
};

/// The session of the person with this national id. A refusal leaves the login as it was.
pub(crate) async fn complete_simulated_login(
    app: &App,
    login_id: Option<LoginId>,
    national_id: &SecretString,
    moment: Moment,
) -> Result<Session, Error> {
    match app.people.register {
        Register::Absent => return Err(Error::SandboxOff),
        Register::Simulated => {}
    }
    let login_id = login_id.ok_or(Error::LoginFailed)?;
    kvitt_postgres::transaction!(&app.pool, "complete_login", async |tx| -> Result<Session, Error> {
        let country = store::end_login(tx, login_id, moment.wall).await?.ok_or(Error::LoginFailed)?;
        let national_id = NationalId::try_new(country, national_id.expose_secret());
        let user = user_of(tx, app, &national_id.map_err(|_| Error::LoginFailed)?, moment).await?;
        start(tx, app, user.user_id, moment).await
    })
}

/// The user, locked. Whoever was added is one; others of the register become one by signing in, but for Swedes.
async fn user_of(
    tx: &mut PgConnection,
    app: &App,
    national_id: &NationalId,
    moment: Moment,
) -> Result<StoredUser, Error> {
    let country = national_id.country();
    let index = app.people.data.national_id_index(national_id);
    if let Some(user) = known::lock_by_national_id(tx, country, &index).await? {
        let added =
            country != Country::Se || !memberships::list_of_user(tx, user.user_id).await?.value.is_empty();
        return if added { Ok(user) } else { Err(Error::NoAccess) };
    }
    let person = match users::find_by_national_id(tx, app, national_id).await {
        Err(Error::NoSuchPerson) => return Err(Error::LoginFailed),
        found => found?,
    };
    if country == Country::Se {
        return Err(Error::NoAccess);
    }
    let user = users::know_user(tx, app, &person, moment.now).await?;
    known::sign_up(tx, user.user_id).await?;
    Ok(user)
}
