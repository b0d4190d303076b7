//! Whether a service serves, as gRPC health (`grpc.health.v1`) tells it. A service answers for the empty name, which
//! Kubernetes asks for, and for its own.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio_stream::wrappers::WatchStream;
use tokio_stream::{Stream, StreamExt as _};
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status};
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_server::{self, HealthServer};
use tonic_health::pb::{HealthCheckRequest, HealthCheckResponse};

use crate::caller::ServiceName;
use crate::telemetry::metrics::{KeyValue, SERVING, Told, tell};

/// How often [`Health::follow`] looks.
const CHECK_EVERY: Duration = Duration::from_secs(1);

/// How long one look may take before it counts as bad.
const CHECK_LIMIT: Duration = Duration::from_secs(2);

/// Whether a service serves; starts with no. Clones tell the same.
#[derive(Clone, Debug)]
pub struct Health {
    state: watch::Sender<State>,
}

#[derive(Clone, Copy, Debug, Default)]
struct State {
    good: bool,
    /// How many [`HoldBack`]s there are.
    held_back: usize,
    /// It has served.
    begun: bool,
}

impl State {
    fn is_serving(self) -> bool {
        self.good && self.held_back == 0
    }
}

/// While it is there, the service does not serve, whatever is said of it.
#[derive(Debug)]
pub struct HoldBack {
    health: Health,
}

impl Drop for HoldBack {
    fn drop(&mut self) {
        self.health.change(|state| state.held_back -= 1);
    }
}

impl Health {
    /// Not serving yet.
    pub fn new() -> Self {
        Self { state: watch::Sender::new(State::default()) }
    }

    /// Tells whether the service serves.
    pub fn set_serving(&self, serving: bool) {
        self.change(|state| state.good = serving);
    }

    /// Whether the service serves.
    pub fn is_serving(&self) -> bool {
        self.state.borrow().is_serving()
    }

    /// Whether the service serves or ever has.
    pub(crate) fn has_begun(&self) -> bool {
        self.state.borrow().begun
    }

    /// Keeps the service from serving until the answer is dropped: for what must have happened first.
    #[must_use]
    pub fn hold_back(&self) -> HoldBack {
        self.change(|state| state.held_back += 1);
        HoldBack { health: self.clone() }
    }

    /// Wakes those who watch only when the outcome is another one.
    fn change(&self, change: impl FnOnce(&mut State)) {
        self.state.send_if_modified(|state| {
            let before = state.is_serving();
            change(state);
            state.begun |= state.is_serving();
            state.is_serving() != before
        });
    }

    /// Keeps health true to `check` (typically: does the database answer), until `shutdown`; then not serving.
    pub async fn follow<C, F>(&self, check: C, shutdown: CancellationToken)
    where
        C: Fn() -> F,
        F: Future<Output = bool>,
    {
        let looking = async {
            loop {
                let good = tokio::time::timeout(CHECK_LIMIT, check()).await.unwrap_or(false);
                let before = self.is_serving();
                self.set_serving(good);
                if self.is_serving() != before {
                    tracing::info!(serving = !before, "health changed");
                }
                tokio::time::sleep(CHECK_EVERY).await;
            }
        };
        let _ended: Option<()> = shutdown.run_until_cancelled(looking).await;
        self.set_serving(false);
    }

    /// The rpcs that tell it.
    pub(crate) fn server(&self, name: ServiceName) -> HealthServer<impl health_server::Health + use<>> {
        let state = self.state.subscribe();
        let serving = move || Some(u64::from(state.borrow().is_serving()));
        let told = tell(&SERVING, [KeyValue::new("service", name.as_str())], serving);
        HealthServer::new(Rpcs { state: self.state.subscribe(), name, _told: Arc::new(told) })
    }
}

impl Default for Health {
    fn default() -> Self {
        Self::new()
    }
}

#[derive(Clone, Debug)]
struct Rpcs {
    state: watch::Receiver<State>,
    name: ServiceName,
    /// Metrics tell it too.
    _told: Arc<Told>,
}

impl Rpcs {
    fn knows(&self, service: &str) -> bool {
        service.is_empty() || service == self.name.as_str()
    }
}

#[tonic::async_trait]
impl health_server::Health for Rpcs {
    type WatchStream = Pin<Box<dyn Stream<Item = Result<HealthCheckResponse, Status>> + Send>>;

    async fn check(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<Response<HealthCheckResponse>, Status> {
        if self.knows(&request.get_ref().service) {
            Ok(Response::new(told(*self.state.borrow())))
        } else {
            Err(Status::not_found("no such service here"))
        }
    }

    async fn watch(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<Response<Self::WatchStream>, Status> {
        let known = self.knows(&request.get_ref().service);
        let changes = WatchStream::new(self.state.clone()).map(move |state| {
            let unknown = HealthCheckResponse { status: ServingStatus::ServiceUnknown.into() };
            Ok(if known { told(state) } else { unknown })
        });
        Ok(Response::new(Box::pin(changes)))
    }
}

fn told(state: State) -> HealthCheckResponse {
    let status = if state.is_serving() { ServingStatus::Serving } else { ServingStatus::NotServing };
    HealthCheckResponse { status: status.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_that_is_held_back_does_not_serve_whatever_is_said_of_it() {
        let health = Health::new();
        let (first, second) = (health.hold_back(), health.hold_back());
        health.set_serving(true);
        let mut changes = health.state.subscribe();
        drop(first);
        assert!(!health.is_serving() && !changes.has_changed().unwrap());
        drop(second);
        assert!(health.is_serving() && changes.has_changed().unwrap());
        changes.mark_unchanged();
        let again = health.hold_back();
        assert!(!health.is_serving() && changes.has_changed().unwrap());
        health.set_serving(false);
        drop(again);
        assert!(!health.is_serving());
    }
}
