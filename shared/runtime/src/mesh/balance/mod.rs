//! A channel to all instances of a service, with nothing between: it follows what the service's names mean, keeps a
//! connection to each address, sends each call to the one of two that has less to do (`pick`), leaves out for a while what
//! fails again and again (`conduct`), and sends a call once more to another instance when that is safe (`tries`). So an
//! instance that goes away is no caller's error, and one that comes has its part of the calls as soon as it is connected.
//!
//! A call is never sent twice at the same time, and never to more instances than `tries::MOST`.

mod budget;
mod conduct;
mod connection;
mod failure;
mod gathered;
mod instance;
mod lookup;
mod pick;
mod target;
#[cfg(test)]
mod tests;
mod tries;

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Once, PoisonError, RwLock, RwLockReadGuard};
use std::task::{Context, Poll};
use std::time::Duration;

use http::{Request, Response};
use tokio::time::Instant;
use tonic::Status;
use tonic::body::Body;

use budget::Budget;
use connection::Sender;
pub(super) use failure::{Failure, deadline_exceeded, unreachable_peer};
use instance::{Instance, Load, Signals};
use lookup::Source;
use pick::pick;
use target::{InvalidUrl, Target};
pub use tries::Answer;

use crate::caller::ServiceName;
use crate::grpc_timeout;
use crate::tls::Tls;

/// A channel to a service, which may have many instances. It connects when it is first used. Clones share the connections.
/// It adds nothing to requests: for calls inside the mesh use [`crate::Mesh::peer`].
#[derive(Clone, Debug)]
pub struct Channel {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    targets: Vec<Arc<Target>>,
    source: Source,
    set: RwLock<Set>,
    signals: Arc<Signals>,
    budget: Budget,
    /// What points in time are counted from.
    made_at: Instant,
    started: Once,
    used: AtomicBool,
}

/// The instances, as far as is known.
#[derive(Debug, Default)]
struct Set {
    instances: Arc<[Arc<Instance>]>,
    /// When the last lookup ended.
    looked_up_at: Option<Instant>,
}

/// No instance could be connected to.
#[derive(Debug)]
struct Unreachable;

impl Channel {
    /// To the instances behind a URL, or several with commas between. Nothing is connected before it is needed.
    pub(super) fn new(urls: &str, tls: Option<&Tls>) -> Result<Self, InvalidUrl> {
        let targets: Vec<_> = Target::list(urls, tls)?.into_iter().map(Arc::new).collect();
        let source = Source::of(&targets);
        Ok(Self::from_source(targets, source))
    }

    /// From a process to its own service: the certificate is valid for the service's name, whatever the address is.
    pub(super) fn to_itself(
        own: SocketAddr,
        name: ServiceName,
        tls: Option<&Tls>,
    ) -> Result<Self, InvalidUrl> {
        let targets = vec![Arc::new(Target::itself(own, name, tls)?)];
        let source = Source::of(&targets);
        Ok(Self::from_source(targets, source))
    }

    fn from_source(targets: Vec<Arc<Target>>, source: Source) -> Self {
        let shared = Shared {
            targets,
            source,
            set: RwLock::default(),
            signals: Arc::default(),
            budget: Budget::new(),
            made_at: Instant::now(),
            started: Once::new(),
            used: AtomicBool::new(false),
        };
        Self { shared: Arc::new(shared) }
    }

    /// Begins a call to an instance, and not `other_than` this one if there is another. It waits for a connection only when
    /// there is none.
    async fn begin(&self, other_than: Option<&Arc<Instance>>) -> Result<(Sender, Load), Unreachable> {
        let shared = &self.shared;
        shared.start();
        match shared.picked(other_than) {
            Some(begun) => Ok(begun),
            None => shared.wait().await,
        }
    }
}

impl Shared {
    /// Connects to what is known, and begins to look up what is not.
    fn start(self: &Arc<Self>) {
        self.started.call_once(|| {
            for target in &self.targets {
                if let Some(address) = target.address() {
                    self.replace(target, &BTreeSet::from([address]));
                }
            }
            if !matches!(self.source, Source::Fixed) {
                tokio::spawn(lookup::follow(Arc::downgrade(self)));
            }
        });
        if !self.used.load(Relaxed) {
            self.used.store(true, Relaxed);
        }
    }

    /// Picks an instance that is connected: a good one, or if there is none any one, or if there is none `other_than`.
    fn picked(&self, other_than: Option<&Arc<Instance>>) -> Option<(Sender, Load)> {
        let set = self.set();
        let instances = &set.instances;
        let now = || self.now();
        let is_other =
            |instance: &Arc<Instance>| other_than.is_none_or(|other| !Arc::ptr_eq(instance, other));
        let good = |instance: &Arc<Instance>| is_other(instance) && !instance.conduct.is_out_at(now);
        let one_of = |wanted: &dyn Fn(&Arc<Instance>) -> bool| {
            let load = |place: usize| instances.get(place).filter(|instance| wanted(instance))?.load();
            instances.get(pick(instances.len(), fastrand::u64(..), load)?)?.begin()
        };
        one_of(&good).or_else(|| one_of(&is_other)).or_else(|| one_of(&|_| true))
    }

    /// Waits until an instance is connected, or has been tried in vain, like all others, under every address that the names
    /// have now.
    async fn wait(&self) -> Result<(Sender, Load), Unreachable> {
        let since = Instant::now();
        let mut changed = self.signals.changed.subscribe();
        loop {
            if let Some(begun) = self.picked(None) {
                return Ok(begun);
            }
            if self.has_failed_since(since) {
                return Err(Unreachable);
            }
            self.signals.look_up.notify_one();
            for instance in &*Arc::clone(&self.set().instances) {
                instance.need();
            }
            // The sender lives in `self`.
            changed.changed().await.ok();
        }
    }

    fn has_failed_since(&self, since: Instant) -> bool {
        let set = self.set();
        let looked_up = set.looked_up_at.is_some_and(|looked_up_at| looked_up_at >= since);
        let knows = looked_up || matches!(self.source, Source::Fixed);
        knows && set.instances.iter().all(|instance| instance.has_failed_since(since))
    }

    /// The instances behind `target` are those at these addresses. Calls that are under way to others go on to their end.
    fn replace(&self, target: &Arc<Target>, addresses: &BTreeSet<SocketAddr>) {
        let mut set = self.set.write().unwrap_or_else(PoisonError::into_inner);
        let is_of_target = |instance: &&Arc<Instance>| Arc::ptr_eq(&instance.target, target);
        let (before, others): (Vec<_>, Vec<_>) = set.instances.iter().partition(is_of_target);
        if before.len() == addresses.len() && before.iter().all(|before| addresses.contains(&before.address))
        {
            return;
        }
        let at = |address: &SocketAddr| {
            let known = before.iter().find(|before| before.address == *address);
            known.map_or_else(|| Instance::start(*address, target, &self.signals), |known| Arc::clone(known))
        };
        let instances =
            others.iter().map(|other| Arc::clone(other)).chain(addresses.iter().map(at)).collect();
        set.instances = instances;
    }

    /// Notes that the names have been looked up, whatever came of it.
    fn looked_up(&self) {
        self.set.write().unwrap_or_else(PoisonError::into_inner).looked_up_at = Some(Instant::now());
        self.signals.changed.send_replace(());
    }

    /// Whether calls were made since this was last asked.
    fn was_used(&self) -> bool {
        self.used.swap(false, Relaxed)
    }

    fn now(&self) -> Duration {
        self.made_at.elapsed()
    }

    fn set(&self) -> RwLockReadGuard<'_, Set> {
        self.set.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl tower::Service<Request<Body>> for Channel {
    type Response = Response<Answer>;
    type Error = Status;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let channel = self.clone();
        Box::pin(async move {
            let left = grpc_timeout::read(request.headers());
            let deadline = left.and_then(|left| Instant::now().checked_add(left));
            let sending = channel.send(request, deadline);
            let sent = match deadline {
                Some(deadline) => {
                    tokio::time::timeout_at(deadline, sending).await.unwrap_or(Err(Failure::TimeIsUp))
                }
                None => sending.await,
            };
            sent.map_err(Status::from)
        })
    }
}
