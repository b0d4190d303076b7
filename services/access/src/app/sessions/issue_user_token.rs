//! Exchanges a living session for an access token.

use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret as _, SecretString};

use super::App;
use crate::{
    domain::login::USER_TOKEN_LIFE,
    error::Error,
    store::sessions as store,
    token::{self, Subject, Token},
};

/// A token for the session's user; the session is not idle from now.
pub(crate) async fn issue_user_token(
    app: &App,
    session_secret: &SecretString,
    wall: DateTime<Utc>,
) -> Result<Token, Error> {
    let secret = app.pepper.session_secret(session_secret.expose_secret());
    let mut connection = app.pool.acquire().await?;
    let user_id = store::touch(&mut connection, &secret, wall).await?.ok_or(Error::SessionInvalid)?;
    // Given back before the keys are asked for: they may need a connection of their own.
    drop(connection);
    let ring = app.keys.ring(wall).await?;
    token::sign(&ring, Subject::User(user_id), USER_TOKEN_LIFE, wall)
}
