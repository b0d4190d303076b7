//! Tells the service `webhook` what has been counted. A report that may not have arrived is sent again under its id, which
//! makes it count once; meanwhile the next one is being gathered.

use std::time::Duration;

use kvitt_proto::webhook::v1::{RecordCallsRequest, dashboard_service_client::DashboardServiceClient};
use kvitt_runtime::PeerChannel;
use tokio::time::{MissedTickBehavior, interval, timeout};
use tokio_util::sync::CancellationToken;
use tonic::{Code, Status};

use super::Counts;

/// How often it is told; somebody waits for it in a sandbox.
const EVERY: Duration = Duration::from_secs(if cfg!(feature = "sandbox") { 2 } else { 5 });

/// How long the last report may take when the gateway ends.
const LAST_LIMIT: Duration = Duration::from_secs(2);

/// Tells what has been counted.
#[derive(Debug)]
pub(crate) struct Reporter {
    counts: Counts,
    service: DashboardServiceClient<PeerChannel>,
    /// What has been sent and not acknowledged.
    unsent: Option<RecordCallsRequest>,
}

impl Reporter {
    pub(crate) fn new(counts: Counts, service: DashboardServiceClient<PeerChannel>) -> Self {
        Self { counts, service, unsent: None }
    }

    #[cfg(test)]
    pub(super) fn waiting(&self) -> Option<&RecordCallsRequest> {
        self.unsent.as_ref()
    }

    /// Works until `stop`, then tells the rest.
    pub(crate) async fn run(mut self, stop: CancellationToken) {
        let mut turns = interval(EVERY);
        turns.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let reporting = async {
            loop {
                turns.tick().await;
                self.tell().await;
            }
        };
        let _stopped: Option<()> = stop.run_until_cancelled(reporting).await;
        let rest = async { while self.tell().await {} };
        if timeout(LAST_LIMIT, rest).await.is_err() {
            tracing::warn!("the last calls were not counted: nobody answered in time");
        }
    }

    /// Tells the report at hand, or what has been gathered; true when there was something and it is told.
    pub(super) async fn tell(&mut self) -> bool {
        if self.unsent.is_none() {
            self.unsent = self.counts.take();
        }
        let Some(report) = self.unsent.clone() else { return false };
        match self.service.record_calls(report).await {
            Ok(_recorded) => self.unsent = None,
            Err(status) if is_refused(&status) => {
                tracing::warn!(%status, "a report of calls was refused, and is lost");
                self.unsent = None;
            }
            Err(status) => {
                tracing::debug!(%status, "a report of calls waits");
                return false;
            }
        }
        true
    }
}

/// Whether the same report would be refused again.
fn is_refused(status: &Status) -> bool {
    status.code() == Code::InvalidArgument
}
