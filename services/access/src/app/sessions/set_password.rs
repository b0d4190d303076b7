//! Sets what a user signs in with beside their country's identity provider.

use kvitt_primitives::EmailAddress;
use secrecy::{ExposeSecret as _, SecretString};

use super::{App, Moment, start::tell};
use crate::{
    domain::{login::Method, password::Password, person::Email},
    error::Error,
    store::{sessions, users as store},
};

/// What somebody with a session wants to sign in with from now on.
pub(crate) struct SetPassword {
    pub(crate) session_secret: SecretString,
    pub(crate) address: EmailAddress,
    pub(crate) password: Password,
}

/// Sets address and password, and ends the user's other sessions: whoever fears for their password is alone after it.
pub(crate) async fn set_password(app: &App, set: &SetPassword, moment: Moment) -> Result<(), Error> {
    let secret = app.pepper.session_secret(set.session_secret.expose_secret());
    let user_id = {
        let mut connection = app.pool.acquire().await?;
        sessions::touch(&mut connection, &secret, moment.wall).await?.ok_or(Error::SessionInvalid)?
    };
    let hash = app.people.passwords.hash(&set.password).await?;
    kvitt_postgres::transaction!(&app.pool, "set_password", async |tx| -> Result<(), Error> {
        let user = store::lock(tx, user_id).await?.ok_or(Error::SessionInvalid)?;
        // It may have ended while the password was hashed.
        sessions::touch(tx, &secret, moment.wall).await?.ok_or(Error::SessionInvalid)?;
        if !Method::Password.is_of(user.country) {
            return Err(Error::NoPasswords);
        }
        let email = Email { country: user.country, address: set.address.clone() };
        let sealed = app.people.data.seal_email(&email, user_id.as_uuid())?;
        store::set_password(tx, user_id, &sealed, &hash).await.map_err(meaning)?;
        sessions::end_others(tx, user_id, &secret).await?;
        tell(tx, user_id, "password.set", moment).await
    })
}

fn meaning(error: sqlx::Error) -> Error {
    if kvitt_postgres::violated_constraint(&error) == Some(store::EMAIL_OF_ANOTHER_USER) {
        Error::EmailTaken
    } else {
        Error::Database(error)
    }
}
