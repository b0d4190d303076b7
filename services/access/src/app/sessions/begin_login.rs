//! Begins a login with an identity provider.

use chrono::{DateTime, Utc};
use kvitt_primitives::{Country, LoginId};
use uuid::Uuid;

use super::App;
use crate::{domain::login::Method, error::Error, store::sessions as store};

/// A login that was begun.
#[derive(Debug)]
pub(crate) struct Begun {
    pub(crate) login_id: LoginId,
    /// Wall-clock time.
    pub(crate) expires_at: DateTime<Utc>,
}

/// Begins a login of somebody of the country, with one of its providers.
pub(crate) async fn begin_login(
    app: &App,
    country: Country,
    method: Method,
    wall: DateTime<Utc>,
) -> Result<Begun, Error> {
    let login_id = LoginId::from_uuid(Uuid::new_v4());
    let mut connection = app.pool.acquire().await?;
    let expires_at = store::begin_login(&mut connection, login_id, (country, method), wall).await?;
    Ok(Begun { login_id, expires_at })
}
