//! Signs in with e-mail address and password.

use secrecy::{ExposeSecret as _, SecretString};
use sqlx::PgConnection;

use super::{
    App, Moment,
    start::{Session, start},
};
use crate::{
    domain::{password::Password, person::Email},
    error::Error,
    hashing::Hash,
    store::users::{self as store, StoredPassword},
};

/// The session of whoever has this address and this password. An unknown address costs as much as a wrong password, and an
/// address at which too many were wrong costs nothing any more, whoever asks.
pub(crate) async fn log_in_with_password(
    app: &App,
    email: &Email,
    password: SecretString,
    moment: Moment,
) -> Result<Session, Error> {
    // Nobody's password is that long, so it is no guess.
    if password.expose_secret().chars().count() > Password::MOST {
        return Err(Error::LoginFailed);
    }
    let index = app.people.data.email_index(email);
    let guess = app.people.guesses.take(&index, moment.wall).await.ok_or(Error::LoginFailed)?;
    let outcome = log_in(app, (email, &index), password, moment).await;
    // Where nobody compared, nobody has guessed.
    if !matches!(outcome, Err(Error::LoginFailed)) {
        guess.not_wrong();
    }
    outcome
}

async fn log_in(
    app: &App,
    (email, index): (&Email, &Hash),
    password: SecretString,
    moment: Moment,
) -> Result<Session, Error> {
    let stored = {
        let mut connection = app.pool.acquire().await?;
        find(&mut connection, email, index).await?
    };
    let hash = stored.as_ref().map(|stored| stored.hash.clone());
    let matches = app.people.passwords.matches(password, hash).await?;
    let stored = stored.filter(|_| matches).ok_or(Error::LoginFailed)?;
    kvitt_postgres::transaction!(&app.pool, "log_in", async |tx| -> Result<Session, Error> {
        let user = store::lock(tx, stored.user_id).await?.ok_or(Error::LoginFailed)?;
        // Set anew, or gone, while it was compared.
        let now = find(tx, email, index).await?;
        if now.is_none_or(|now| now.hash != stored.hash) {
            return Err(Error::LoginFailed);
        }
        start(tx, app, user.user_id, moment).await
    })
}

async fn find(tx: &mut PgConnection, email: &Email, index: &Hash) -> Result<Option<StoredPassword>, Error> {
    Ok(store::find_password(tx, email.country, index).await?)
}
