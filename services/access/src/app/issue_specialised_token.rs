//! Exchanges the credentials of a client without subscription keys for a short access token.

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    App,
    prove::{GivenClient, prove},
};
use crate::{
    error::Error,
    token::{self, Subject, Token},
};

/// Upstream's, in every environment (contract-merchant section 2.3).
const SPECIALISED_TOKEN_LIFE: TimeDelta = TimeDelta::minutes(15);

/// A token for the client. Keys of another kind are refused like wrong ones.
pub(crate) async fn issue_specialised_token(
    app: &App,
    given: &GivenClient,
    now: DateTime<Utc>,
) -> Result<Token, Error> {
    let mut connection = app.pool.acquire().await?;
    let (client_id, kind) = prove(app, &mut connection, given).await?;
    drop(connection);
    if kind.has_subscription_keys() {
        return Err(Error::ClientInvalid);
    }
    let ring = app.keys.ring(now).await?;
    token::sign(&ring, Subject::Client(client_id), SPECIALISED_TOKEN_LIFE, now)
}
