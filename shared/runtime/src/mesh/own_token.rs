//! A service's own short-lived token: fetched when first needed, renewed in the background before it expires.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use chrono::{DateTime, Utc};
use http::HeaderValue;
use kvitt_proto::access::v1::IssueServiceTokenRequest;
use kvitt_proto::access::v1::token_service_client::TokenServiceClient;
use kvitt_proto::error::v1::Reason;
use kvitt_proto::{refusal, time};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::Mutex;
use tokio::time::Instant;
use tonic::Status;

use crate::caller::ServiceName;
use crate::clock::wall_now;
use crate::mesh::Channel;
use crate::verifier::bearer;

/// How long one fetch may take.
const FETCH_LIMIT: Duration = Duration::from_secs(5);

/// At least this long passes between a failed renewal and the next one.
const RENEW_GAP: Duration = Duration::from_secs(1);

/// A token is renewed when this fraction of its life is left.
const RENEW_LAST_FRACTION: i32 = 5;

#[derive(Debug)]
pub(super) struct OwnToken {
    name: ServiceName,
    secret: SecretString,
    access: TokenServiceClient<Channel>,
    living: RwLock<Option<Living>>,
    /// When the last fetch failed. Held while fetching, so that there is one fetch at a time.
    last_failure: Mutex<Option<Instant>>,
}

#[derive(Clone, Debug)]
struct Living {
    header: HeaderValue,
    renew_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
}

impl OwnToken {
    pub(super) fn new(name: ServiceName, secret: SecretString, access: Channel) -> Arc<Self> {
        Arc::new(Self {
            name,
            secret,
            access: TokenServiceClient::new(access),
            living: RwLock::new(None),
            last_failure: Mutex::new(None),
        })
    }

    /// Whose token it is.
    pub(super) fn name(&self) -> ServiceName {
        self.name
    }

    /// The value of `x-kvitt-service`.
    pub(super) async fn header(self: &Arc<Self>) -> Result<HeaderValue, Status> {
        let now = wall_now();
        match self.living(now) {
            Some(living) => {
                if living.renew_at <= now {
                    self.renew_in_background();
                }
                Ok(living.header)
            }
            None => self.fetch_first().await,
        }
    }

    fn living(&self, now: DateTime<Utc>) -> Option<Living> {
        let living = self.living.read().unwrap_or_else(PoisonError::into_inner);
        living.as_ref().filter(|living| now < living.expires_at).cloned()
    }

    /// Fetches a token, or waits for the one that another request fetches.
    async fn fetch_first(&self) -> Result<HeaderValue, Status> {
        let asked_at = Instant::now();
        let mut last_failure = self.last_failure.lock().await;
        if let Some(living) = self.living(wall_now()) {
            return Ok(living.header);
        }
        if last_failure.is_some_and(|failed_at| failed_at > asked_at) {
            return Err(unavailable());
        }
        self.fetch().await.inspect_err(|_| *last_failure = Some(Instant::now()))
    }

    fn renew_in_background(self: &Arc<Self>) {
        if self.last_failure.try_lock().is_err() {
            return;
        }
        let own = Arc::clone(self);
        tokio::spawn(async move {
            let Ok(mut last_failure) = own.last_failure.try_lock() else { return };
            let now = wall_now();
            let due = own.living(now).is_none_or(|living| living.renew_at <= now);
            if due && last_failure.is_none_or(|failed_at| failed_at.elapsed() > RENEW_GAP) {
                *last_failure = own.fetch().await.is_err().then(Instant::now);
            }
        });
    }

    /// Fetches a token. The log hears why it failed; the caller only that it did.
    async fn fetch(&self) -> Result<HeaderValue, Status> {
        let request = IssueServiceTokenRequest {
            service: self.name.as_str().to_owned(),
            secret: self.secret.expose_secret().to_owned(),
        };
        let asked_at = wall_now();
        let mut access = self.access.clone();
        let issued = match tokio::time::timeout(FETCH_LIMIT, access.issue_service_token(request)).await {
            Ok(Ok(response)) => response.into_inner(),
            Ok(Err(status)) => {
                tracing::error!(%status, "access gave this service no token");
                return Err(unavailable());
            }
            Err(_elapsed) => {
                tracing::error!("fetching this service's token took too long");
                return Err(unavailable());
            }
        };
        let header = bearer::value(&issued.access_token);
        let expires_at = issued.expires_at.and_then(|at| time::from_proto(at, "expiresAt").ok());
        let (Some(header), Some(expires_at)) = (header, expires_at) else {
            tracing::error!("access gave this service a token that cannot be used");
            return Err(unavailable());
        };
        let renew_at = expires_at - (expires_at - asked_at) / RENEW_LAST_FRACTION;
        let living = Living { header: header.clone(), renew_at, expires_at };
        *self.living.write().unwrap_or_else(PoisonError::into_inner) = Some(living);
        Ok(header)
    }
}

fn unavailable() -> Status {
    refusal::status(Reason::Unavailable, "the service cannot prove itself to the mesh right now")
}
