//! Exchanges a mesh service's secret for its own token.

use chrono::{DateTime, TimeDelta, Utc};
use kvitt_runtime::ServiceName;
use secrecy::{ExposeSecret as _, SecretString};

use super::App;
use crate::{
    error::Error,
    token::{self, Subject, Token},
};

/// Services fetch a new one in good time.
const SERVICE_TOKEN_LIFE: TimeDelta = TimeDelta::minutes(10);

/// A token for the service. An unknown name and a wrong secret go the same way.
pub(crate) async fn issue_service_token(
    app: &App,
    service: &str,
    secret: &SecretString,
    now: DateTime<Utc>,
) -> Result<Token, Error> {
    let name = service.parse::<ServiceName>().ok();
    let given = app.pepper.service_secret(service, secret.expose_secret());
    // All are compared, whatever the name is.
    let proven = app
        .service_secrets
        .iter()
        .fold(false, |proven, (of, secret)| proven | (given.matches(secret) & (name == Some(*of))));
    let (Some(name), true) = (name, proven) else {
        return Err(Error::ClientInvalid);
    };
    let ring = app.keys.ring(now).await?;
    token::sign(&ring, Subject::Service(name), SERVICE_TOKEN_LIFE, now)
}
