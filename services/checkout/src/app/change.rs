//! What every change of a session has in common: the row is locked, the domain decides, and the store keeps what it says.

use chrono::{DateTime, Utc};
use kvitt_primitives::Msn;

use super::{App, Error};
use crate::{
    domain::{Key, Session, Step, Token},
    store::sessions,
};

/// How the payer's side names a session.
#[derive(Debug, Clone)]
pub(crate) enum Named {
    ByReference(Key),
    ByToken(Msn, Token),
}

impl Named {
    /// Whose it is.
    pub(crate) fn msn(&self) -> &Msn {
        match self {
            Self::ByReference(key) => &key.msn,
            Self::ByToken(msn, _) => msn,
        }
    }
}

/// The session that is named, if it can be read.
pub(crate) async fn load(app: &App, named: &Named) -> Result<Session, Error> {
    let mut connection = app.pool.acquire().await?;
    let found = match named {
        Named::ByReference(key) => sessions::find(&mut connection, key).await?,
        Named::ByToken(msn, token) => sessions::find_by_token(&mut connection, msn, token).await?,
    };
    found.filter(|session| session.is_readable(app.clock.now())).ok_or(Error::NotFound)
}

/// Takes a step with a session and stores what it came to; the transaction is called `name`. Answers the session as it
/// stands then.
pub(crate) async fn change<E: Into<Error>>(
    app: &App,
    key: &Key,
    name: &'static str,
    step: impl Fn(&Session, DateTime<Utc>) -> Result<Step, E> + Send + Sync,
) -> Result<Session, Error> {
    let now = app.clock.now();
    kvitt_postgres::transaction!(&app.pool, name, async |tx| -> Result<Session, Error> {
        let found = sessions::find_to_change(tx, key).await?;
        let session = found.filter(|session| session.is_readable(now)).ok_or(Error::NotFound)?;
        match step(&session, now).map_err(Into::into)? {
            Step::Changed(next) => {
                sessions::update(tx, &next, now).await?;
                Ok(*next)
            }
            Step::Same => Ok(session),
        }
    })
}
