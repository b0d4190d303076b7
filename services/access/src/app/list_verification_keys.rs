//! The public keys that verify tokens.

use chrono::{DateTime, Utc};
use kvitt_runtime::VerificationKey;

use super::App;
use crate::error::Error;

/// All keys that may have signed a living token, newest first.
pub(crate) async fn list_verification_keys(
    app: &App,
    now: DateTime<Utc>,
) -> Result<Vec<VerificationKey>, Error> {
    Ok(app.keys.ring(now).await?.published(now))
}
