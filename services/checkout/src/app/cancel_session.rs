//! The payer leaves.

use super::{App, Error, change::change};
use crate::domain::{Key, Session};

/// Ends an open session; once is enough.
pub(crate) async fn cancel_session(app: &App, key: &Key) -> Result<(), Error> {
    let step = |session: &Session, now| session.cancelled(now);
    change(app, key, "cancel_session", step).await.map(drop)
}
