//! Ends a session.

use secrecy::{ExposeSecret as _, SecretString};

use super::{App, Moment, start::tell};
use crate::{error::Error, store::sessions as store};

/// Ends it, if there is one.
pub(crate) async fn end_session(
    app: &App,
    session_secret: &SecretString,
    moment: Moment,
) -> Result<(), Error> {
    let secret = app.pepper.session_secret(session_secret.expose_secret());
    kvitt_postgres::transaction!(&app.pool, "end_session", async |tx| -> Result<(), Error> {
        match store::end(tx, &secret).await? {
            Some(user_id) => tell(tx, user_id, "session.ended", moment).await,
            None => Ok(()),
        }
    })
}
