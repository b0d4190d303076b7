//! Whether a service serves, as gRPC health (`grpc.health.v1`) tells it. A service answers for the empty name, which
//! Kubernetes asks for, and for its own.

use std::pin::Pin;
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

/// How often [`Health::follow`] looks.
const CHECK_EVERY: Duration = Duration::from_secs(1);

/// How long one look may take before it counts as bad.
const CHECK_LIMIT: Duration = Duration::from_secs(2);

/// Whether a service serves; starts with no. Clones tell the same.
#[derive(Clone, Debug)]
pub struct Health {
    serving: watch::Sender<bool>,
}

impl Health {
    /// Not serving yet.
    pub fn new() -> Self {
        Self { serving: watch::Sender::new(false) }
    }

    /// Tells whether the service serves.
    pub fn set_serving(&self, serving: bool) {
        self.serving.send_if_modified(|current| std::mem::replace(current, serving) != serving);
    }

    /// Whether the service serves.
    pub fn is_serving(&self) -> bool {
        *self.serving.borrow()
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
                if good != self.is_serving() {
                    tracing::info!(serving = good, "health changed");
                }
                self.set_serving(good);
                tokio::time::sleep(CHECK_EVERY).await;
            }
        };
        let _ended: Option<()> = shutdown.run_until_cancelled(looking).await;
        self.set_serving(false);
    }

    /// The rpcs that tell it.
    pub(super) fn server(&self, name: ServiceName) -> HealthServer<impl health_server::Health + use<>> {
        HealthServer::new(Rpcs { serving: self.serving.subscribe(), name })
    }
}

impl Default for Health {
    fn default() -> Self {
        Self::new()
    }
}

#[derive(Clone, Debug)]
struct Rpcs {
    serving: watch::Receiver<bool>,
    name: ServiceName,
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
            Ok(Response::new(told(*self.serving.borrow())))
        } else {
            Err(Status::not_found("no such service here"))
        }
    }

    async fn watch(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<Response<Self::WatchStream>, Status> {
        let known = self.knows(&request.get_ref().service);
        let changes = WatchStream::new(self.serving.clone()).map(move |serving| {
            let unknown = HealthCheckResponse { status: ServingStatus::ServiceUnknown.into() };
            Ok(if known { told(serving) } else { unknown })
        });
        Ok(Response::new(Box::pin(changes)))
    }
}

fn told(serving: bool) -> HealthCheckResponse {
    let status = if serving { ServingStatus::Serving } else { ServingStatus::NotServing };
    HealthCheckResponse { status: status.into() }
}
