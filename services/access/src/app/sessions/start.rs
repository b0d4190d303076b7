//! Starts the session of somebody who has proven who they are.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use kvitt_primitives::UserId;
use kvitt_runtime::{Caller, Principal};
use secrecy::{ExposeSecret as _, SecretString};
use sqlx::PgConnection;

use super::{App, Moment, audit, users};
use crate::{
    envelope,
    error::Error,
    store::{sessions as store, users as known},
};

/// A session as its user gets it.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) secret: SecretString,
    pub(crate) user_id: UserId,
    /// Wall-clock time.
    pub(crate) expires_at: DateTime<Utc>,
}

/// Starts a session of a user who is locked, and activates whoever signs in for the first time.
pub(super) async fn start(
    tx: &mut PgConnection,
    app: &App,
    user_id: UserId,
    moment: Moment,
) -> Result<Session, Error> {
    let secret: SecretString = BASE64_URL_SAFE_NO_PAD.encode(envelope::random::<32>()?).into();
    let hash = app.pepper.session_secret(secret.expose_secret());
    let expires_at = store::start(tx, &hash, user_id, moment.wall).await?;
    if known::activate(tx, user_id, moment.now).await? {
        tell(tx, user_id, "user.activated", moment).await?;
    }
    tell(tx, user_id, "session.started", moment).await?;
    Ok(Session { secret, user_id, expires_at })
}

/// Writes down what a user did who has no token for it.
pub(super) async fn tell(
    tx: &mut PgConnection,
    user_id: UserId,
    action: &'static str,
    moment: Moment,
) -> Result<(), Error> {
    let caller = Caller { principal: Principal::User(user_id), via: None };
    let entry = audit::entry(&caller, action, users::subject(user_id), moment.now);
    Ok(kvitt_audit_log::append(tx, &entry).await?)
}
