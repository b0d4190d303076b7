//! What a process says of itself, as a cluster's probes ask it.

use std::net::SocketAddr;
use std::time::Duration;

use tonic::transport::Endpoint;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

/// Processes start slowly where many others run.
const START_LIMIT: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(20);

/// What the process that listens there says; `None` where nobody answers.
pub(crate) async fn health(address: SocketAddr) -> Option<ServingStatus> {
    let endpoint = Endpoint::from_shared(format!("http://{address}")).expect("an address makes a URL");
    let mut health = HealthClient::new(endpoint.connect().await.ok()?);
    Some(health.check(HealthCheckRequest::default()).await.ok()?.into_inner().status())
}

/// Waits until the process that listens there says that it serves.
pub(crate) async fn serves(address: SocketAddr) {
    let asking = async {
        while health(address).await != Some(ServingStatus::Serving) {
            tokio::time::sleep(PAUSE).await;
        }
    };
    tokio::time::timeout(START_LIMIT, asking).await.expect("the instance comes to serve");
}
