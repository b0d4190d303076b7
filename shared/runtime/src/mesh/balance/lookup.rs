//! Follows what the names of a service mean: in a cluster, the addresses of the instances that are ready. A lookup that
//! fails, or finds nothing, changes nothing.

use std::collections::BTreeSet;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::net::lookup_host;
use tokio::time::{sleep, timeout};

use super::Shared;
use super::conduct::jittered;
use super::target::Target;

/// How often names are looked up while calls are made, and the least time between two lookups when an instance cannot be
/// reached.
const EVERY: Duration = Duration::from_secs(2);
const LEAST_GAP: Duration = Duration::from_millis(200);

/// How long one lookup may take.
const LIMIT: Duration = Duration::from_secs(5);

/// Where the addresses come from.
#[derive(Debug)]
pub(super) enum Source {
    /// The URLs hold addresses.
    Fixed,
    /// Some are names, which the system resolves.
    Names,
    /// A test says them, for the first URL.
    #[cfg(test)]
    Told(tokio::sync::watch::Receiver<io::Result<Vec<SocketAddr>>>),
}

impl Source {
    pub(super) fn of(targets: &[Arc<Target>]) -> Self {
        if targets.iter().all(|target| target.address().is_some()) { Self::Fixed } else { Self::Names }
    }

    async fn addresses(&self, target: &Target) -> io::Result<BTreeSet<SocketAddr>> {
        if let Some(address) = target.address() {
            return Ok(BTreeSet::from([address]));
        }
        match self {
            Self::Fixed | Self::Names => {
                let found = timeout(LIMIT, lookup_host(target.name())).await?;
                Ok(found?.collect())
            }
            #[cfg(test)]
            Self::Told(told) => match &*told.borrow() {
                Ok(addresses) => Ok(addresses.iter().copied().collect()),
                Err(error) => Err(error.kind().into()),
            },
        }
    }
}

/// Follows the names for as long as there is a channel.
pub(super) async fn follow(channel: Weak<Shared>) {
    while let Some(shared) = channel.upgrade() {
        for target in &shared.targets {
            match shared.source.addresses(target).await {
                Ok(addresses) if !addresses.is_empty() => shared.replace(target, &addresses),
                Ok(_none) => {
                    tracing::debug!(name = target.name().0, "a name of another service means no address");
                }
                Err(error) => {
                    tracing::debug!(%error, name = target.name().0, "a name of another service cannot be looked up");
                }
            }
        }
        shared.looked_up();
        let signals = Arc::clone(&shared.signals);
        drop(shared);

        sleep(LEAST_GAP).await;
        // Names of which nobody has any need are not looked up.
        while timeout(jittered(EVERY), signals.look_up.notified()).await.is_err() {
            match channel.upgrade() {
                Some(shared) if !shared.was_used() => {}
                _ => break,
            }
        }
    }
}
