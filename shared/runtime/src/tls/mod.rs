//! Mutual TLS between the services: every connection is made with a certificate at both ends, signed by one authority
//! that the mesh trusts. A certificate is valid for exactly one name of a service (`payment`), or for `client`: that is
//! who is at its end ([`PeerName`]), and the tokens of a call have to say the same. A server's certificate is valid for
//! the DNS names by which it is reached, too.
//!
//! The files are looked at again while connections are made, and new ones are taken without a restart: what stands goes
//! on, what comes uses them. A set of files that cannot be used is logged once, and the one before it stays.
//!
//! Incoming connections are taken by [`crate::serve()`], outgoing ones are made by a [`Connector`].

mod connector;
mod files;
mod peer_name;
mod refusal;
mod stream;

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::Instant;
use tokio_rustls::rustls::{ClientConfig, ServerConfig};

pub use connector::Connector;
pub use files::{InvalidFiles, TlsFiles};
pub use peer_name::PeerName;
pub(crate) use refusal::Refusal;
pub use stream::Stream;

use files::{Digest, Pair};
use refusal::Told;

/// How long the files are taken to be what they were.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// What this process proves itself with, and whom it trusts. Clones follow the same files.
#[derive(Clone)]
pub struct Tls {
    shared: Arc<Shared>,
}

struct Shared {
    files: TlsFiles,
    current: RwLock<Arc<Pair>>,
    /// Held while somebody looks.
    looked: Mutex<Looked>,
    told: Told,
}

/// The last look at the files.
struct Looked {
    at: Instant,
    /// What they held; None when they could not be read.
    digest: Option<Digest>,
}

impl Tls {
    /// Reads the files, which have to be usable now; later they may be replaced.
    pub fn load(files: TlsFiles) -> Result<Self, InvalidFiles> {
        let bytes = files.read()?;
        let pair = bytes.pair()?;
        let looked = Looked { at: Instant::now(), digest: Some(bytes.digest()) };
        Ok(Self {
            shared: Arc::new(Shared {
                files,
                current: RwLock::new(Arc::new(pair)),
                looked: Mutex::new(looked),
                told: Told::default(),
            }),
        })
    }

    /// Whose certificate this process has.
    pub fn own_name(&self) -> PeerName {
        self.current().own
    }

    /// How to take a connection now.
    pub(crate) async fn server(&self) -> Arc<ServerConfig> {
        self.look().await;
        Arc::clone(&self.current().server)
    }

    /// How to make a connection now.
    pub(crate) async fn client(&self) -> Arc<ClientConfig> {
        self.look().await;
        Arc::clone(&self.current().client)
    }

    /// Logs why there is no connection with `who`: once, however often it tries.
    pub(crate) fn refused(&self, who: &str, why: Refusal, error: &dyn std::error::Error) {
        if self.shared.told.is_new(who, why, Instant::now()) {
            tracing::warn!(peer = who, reason = %why, %error, "a connection was refused");
        }
    }

    fn current(&self) -> Arc<Pair> {
        Arc::clone(&self.shared.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Takes the files when they have changed. Whoever comes while another one looks uses what there is.
    async fn look(&self) {
        let Ok(mut looked) = self.shared.looked.try_lock() else { return };
        if looked.at.elapsed() < LOOK_EVERY {
            return;
        }
        let files = self.shared.files.clone();
        let read = tokio::task::spawn_blocking(move || files.read()).await;
        looked.at = Instant::now();
        let taken = match read {
            Ok(Ok(bytes)) => {
                let digest = bytes.digest();
                if looked.digest.replace(digest) == Some(digest) {
                    return;
                }
                bytes.pair()
            }
            Ok(Err(unreadable)) => {
                if looked.digest.take().is_none() {
                    return;
                }
                Err(unreadable)
            }
            Err(_the_runtime_ends) => return,
        };
        match taken {
            Ok(pair) => {
                *self.shared.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(pair);
                self.shared.told.clear();
                tracing::info!("new certificates are in use");
            }
            Err(invalid) => {
                crate::telemetry::metrics::TLS_RELOAD_FAILURES.counter().add(1, &[]);
                tracing::error!(
                    reason = %invalid,
                    "the new certificates cannot be used, and the ones before them stay"
                );
            }
        }
    }
}

/// Without what is secret in it.
impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls").field("files", &self.shared.files).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
