//! The merchant ends a session.

use super::{App, Error, change::change, get_session::Read};
use crate::domain::{Key, Session};

/// Ends an open session; once is enough.
pub(crate) async fn expire_session(app: &App, key: &Key) -> Result<Read, Error> {
    let step = |session: &Session, now| session.expired(now);
    let session = change(app, key, "expire_session", step).await?;
    Ok(Read { session, payment: None })
}
