//! The public keys that tokens are verified with.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use chrono::{DateTime, Utc};
use kvitt_proto::access::v1::ListVerificationKeysRequest;
use kvitt_proto::access::v1::token_service_client::TokenServiceClient;
use kvitt_proto::error::v1::Reason;
use kvitt_proto::{refusal, time};
use tokio::sync::{Mutex, watch};
use tokio::time::Instant;
use tonic::Status;

use super::VerificationKey;
use crate::clock::wall_now;
use crate::mesh::Channel;

/// At least this long passes between two fetches, whatever key ids strangers make up. An unknown key id waits it
/// out, so that a key published a moment ago is not taken for a false one.
const FETCH_GAP: Duration = Duration::from_millis(250);

/// How long one fetch may take.
const FETCH_LIMIT: Duration = Duration::from_secs(5);

/// Where keys come from.
#[derive(Debug)]
pub(super) enum Keys {
    /// From `access`, over the wire.
    Remote(Box<RemoteKeys>),
    /// From the process itself: this is how `access` verifies.
    Local(watch::Receiver<Arc<[VerificationKey]>>),
}

impl Keys {
    pub(super) fn remote(access: Channel) -> Self {
        Self::Remote(Box::new(RemoteKeys {
            access: TokenServiceClient::new(access),
            known: RwLock::new(Arc::new([])),
            last_fetch: Mutex::new(None),
        }))
    }

    /// The raw public key with this id, if there is a living one.
    pub(super) async fn find(&self, kid: &str) -> Result<Option<[u8; 32]>, Status> {
        match self {
            Self::Remote(keys) => keys.find(kid).await,
            // An instance that has just been started has not looked yet.
            Self::Local(keys) if keys.borrow().is_empty() => Err(unavailable()),
            Self::Local(keys) => Ok(find(&keys.borrow(), kid)),
        }
    }
}

/// Keys fetched from `access`, all at once, when a token carries an id that is not among them.
#[derive(Debug)]
pub(super) struct RemoteKeys {
    access: TokenServiceClient<Channel>,
    known: RwLock<Arc<[VerificationKey]>>,
    /// Held while fetching, so that there is one fetch at a time.
    last_fetch: Mutex<Option<Fetch>>,
}

#[derive(Clone, Copy, Debug)]
struct Fetch {
    ended_at: Instant,
    failed: bool,
}

impl RemoteKeys {
    async fn find(&self, kid: &str) -> Result<Option<[u8; 32]>, Status> {
        if let Some(key) = find(&self.known(), kid) {
            return Ok(Some(key));
        }
        let asked_at = Instant::now();
        let mut last_fetch = self.last_fetch.lock().await;
        match *last_fetch {
            // Another request fetched while this one waited; its answer is new enough.
            Some(fetch) if fetch.ended_at > asked_at && fetch.failed => return Err(unavailable()),
            Some(fetch) if fetch.ended_at > asked_at => return Ok(find(&self.known(), kid)),
            Some(fetch) => tokio::time::sleep_until(fetch.ended_at + FETCH_GAP).await,
            None => {}
        }
        let fetched = self.fetch().await;
        *last_fetch = Some(Fetch { ended_at: Instant::now(), failed: fetched.is_err() });
        fetched?;
        Ok(find(&self.known(), kid))
    }

    async fn fetch(&self) -> Result<(), Status> {
        let mut access = self.access.clone();
        let listing = access.list_verification_keys(ListVerificationKeysRequest {});
        let listed = match tokio::time::timeout(FETCH_LIMIT, listing).await {
            Ok(Ok(response)) => response.into_inner().keys,
            Ok(Err(status)) => {
                tracing::warn!(%status, "cannot fetch the verification keys");
                return Err(unavailable());
            }
            Err(_elapsed) => {
                tracing::warn!("fetching the verification keys took too long");
                return Err(unavailable());
            }
        };
        let keys: Arc<[VerificationKey]> = listed.into_iter().filter_map(decode).collect();
        tracing::debug!(keys = keys.len(), "fetched the verification keys");
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = keys;
        Ok(())
    }

    fn known(&self) -> Arc<[VerificationKey]> {
        Arc::clone(&self.known.read().unwrap_or_else(PoisonError::into_inner))
    }
}

fn find(keys: &[VerificationKey], kid: &str) -> Option<[u8; 32]> {
    let now = wall_now();
    keys.iter().find(|key| key.kid == kid && now < key.retires_at).map(|key| key.public_key)
}

/// A key that cannot be read verifies nothing, so it is left out.
fn decode(key: kvitt_proto::access::v1::VerificationKey) -> Option<VerificationKey> {
    let retires_at = match key.retires_at {
        Some(at) => time::from_proto(at, "retiresAt").ok()?,
        None => DateTime::<Utc>::MAX_UTC,
    };
    Some(VerificationKey { kid: key.kid, public_key: key.public_key.try_into().ok()?, retires_at })
}

fn unavailable() -> Status {
    refusal::status(Reason::Unavailable, "the keys that verify access tokens cannot be fetched right now")
}
