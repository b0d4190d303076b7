//! One instance of a service, at one address, and the connection to it. A task of its own keeps the connection: it makes
//! it, waits until it ends, and makes it again, so that no call pays for an instance that is not there.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, Weak};
use std::time::Duration;

use tokio::sync::{Notify, watch};
use tokio::time::Instant;

use super::conduct::{Conduct, growing, jittered};
use super::connection::{Sender, connect};
use super::target::Target;

/// The pause before an instance that could not be reached is tried again when nobody needs it: the first, and the longest
/// that doubling leads to. An instance that comes back has its part of the calls after the longest one at the latest.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// The least pause, however many need it.
const LEAST_PAUSE: Duration = Duration::from_millis(20);

/// A connection that did not last so long is like none: the next one has to wait.
const LASTED: Duration = Duration::from_secs(1);

/// What the instances of a service tell the channel to it.
#[derive(Debug, Default)]
pub(super) struct Signals {
    /// A connection was made, or could not be made, or the addresses were looked up.
    pub(super) changed: watch::Sender<()>,
    /// An instance cannot be reached: the names may mean others by now.
    pub(super) look_up: Notify,
}

/// An instance.
#[derive(Debug)]
pub(super) struct Instance {
    pub(super) address: SocketAddr,
    pub(super) target: Arc<Target>,
    pub(super) conduct: Conduct,
    link: RwLock<Link>,
    /// Calls and streams under way.
    pending: AtomicUsize,
    /// Somebody has no other instance to call.
    needed: Arc<Notify>,
}

#[derive(Debug, Default)]
struct Link {
    sender: Option<Sender>,
    /// When connecting failed last.
    failed_at: Option<Instant>,
}

/// A call's part of an instance's load, as long as it lives.
#[derive(Debug)]
pub(super) struct Load {
    pub(super) instance: Arc<Instance>,
}

impl Drop for Load {
    fn drop(&mut self) {
        self.instance.pending.fetch_sub(1, Relaxed);
    }
}

impl Instance {
    /// Begins to keep a connection to `address`, until what is answered has been dropped.
    pub(super) fn start(address: SocketAddr, target: &Arc<Target>, signals: &Arc<Signals>) -> Arc<Self> {
        let needed = Arc::new(Notify::new());
        let instance = Arc::new(Self {
            address,
            target: Arc::clone(target),
            conduct: Conduct::default(),
            link: RwLock::default(),
            pending: AtomicUsize::new(0),
            needed: Arc::clone(&needed),
        });
        let keeper = Keeper { instance: Arc::downgrade(&instance), signals: Arc::clone(signals), needed };
        tokio::spawn(keeper.keep(address, Arc::clone(target)));
        instance
    }

    /// What it has to do; None when it is not connected.
    pub(super) fn load(&self) -> Option<usize> {
        let connected = self.link().sender.as_ref().is_some_and(|sender| !sender.is_closed());
        connected.then(|| self.pending.load(Relaxed))
    }

    /// Begins a call; None when it is not connected.
    pub(super) fn begin(self: &Arc<Self>) -> Option<(Sender, Load)> {
        let sender = self.link().sender.clone()?;
        self.pending.fetch_add(1, Relaxed);
        Some((sender, Load { instance: Arc::clone(self) }))
    }

    /// Has it connected soon, if it is not.
    pub(super) fn need(&self) {
        self.needed.notify_one();
    }

    /// Whether connecting has failed since then.
    pub(super) fn has_failed_since(&self, since: Instant) -> bool {
        self.link().failed_at.is_some_and(|failed_at| failed_at >= since)
    }

    fn link(&self) -> RwLockReadGuard<'_, Link> {
        self.link.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, link: Link) {
        *self.link.write().unwrap_or_else(PoisonError::into_inner) = link;
    }
}

/// The task. It does not keep the instance itself, so that dropping the instance ends both.
struct Keeper {
    instance: Weak<Instance>,
    signals: Arc<Signals>,
    needed: Arc<Notify>,
}

impl Keeper {
    async fn keep(self, address: SocketAddr, target: Arc<Target>) {
        let mut failures = 0;
        loop {
            match connect(&target.connector, address).await {
                Ok((sender, ended)) => {
                    let connected_at = Instant::now();
                    if !self.note(Link { sender: Some(sender), failed_at: None }) {
                        return;
                    }
                    ended.await;
                    if connected_at.elapsed() >= LASTED {
                        failures = 0;
                    }
                    // It has not failed to connect, so whoever waits goes on waiting for the next attempt.
                    if !self.note(Link::default()) {
                        return;
                    }
                }
                Err(error) => {
                    let error = &error as &dyn std::error::Error;
                    tracing::debug!(%address, error, "an instance of another service cannot be reached");
                    if !self.note(Link { sender: None, failed_at: Some(Instant::now()) }) {
                        return;
                    }
                }
            }
            self.signals.look_up.notify_one();
            self.pause(failures).await;
            failures += 1;
        }
    }

    /// Tells how it stands; false when nobody wants to know any more.
    fn note(&self, link: Link) -> bool {
        let Some(instance) = self.instance.upgrade() else { return false };
        instance.set(link);
        self.signals.changed.send_replace(());
        true
    }

    /// Waits before the next attempt.
    async fn pause(&self, failures: u32) {
        tokio::time::sleep(LEAST_PAUSE).await;
        let pause = jittered(growing(FIRST_PAUSE, LONGEST_PAUSE, failures));
        drop(tokio::time::timeout(pause, self.needed.notified()).await);
    }
}
