//! Tells `webhook` of consents that were taken back, so that it tells the merchants. Several instances may do it at once: the
//! same consent again is the same removal there.

use std::{sync::Arc, time::Duration};

use kvitt_proto::webhook::v1::{RemoveConsentRequest, callback_service_client::CallbackServiceClient};
use kvitt_runtime::PeerChannel;
use sqlx::PgPool;
use tokio::{
    sync::Notify,
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;
use tonic::{Code, Status};
use tracing::{error, warn};

use crate::{domain::consent::Removal, error::Error, store::removals};

/// Read at a time.
const BATCH: i64 = 100;

/// So many that fail are passed over for the sake of those behind them; more are nobody's own fault.
const MOST_PASSED_OVER: i64 = 1000;

/// The pause after a failure: the first, and the longest that doubling leads to.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// What another instance has written down and not told is looked for so often.
const REST: Duration = Duration::from_secs(30);

/// Tells what is to be told.
#[derive(Clone)]
pub(crate) struct Teller {
    pool: PgPool,
    client: CallbackServiceClient<PeerChannel>,
    /// Rings when something was written down.
    written: Arc<Notify>,
}

impl Teller {
    /// Tells the service behind the channel.
    pub(crate) fn new(pool: PgPool, webhook: PeerChannel, written: Arc<Notify>) -> Self {
        Self { pool, client: CallbackServiceClient::new(webhook), written }
    }

    /// Runs until `shutdown`.
    pub(crate) async fn run(self, shutdown: CancellationToken) {
        let working = async {
            let mut pause = FIRST_PAUSE;
            loop {
                match self.tell_all().await {
                    Ok(()) => {
                        pause = FIRST_PAUSE;
                        // Whether it rang or not, there may be something.
                        let _rang = timeout(REST, self.written.notified()).await;
                    }
                    Err(error) => {
                        warn!(
                            error = &error as &dyn std::error::Error,
                            "merchants will be told later of consents that were taken back"
                        );
                        sleep(pause).await;
                        pause = LONGEST_PAUSE.min(pause * 2);
                    }
                }
            }
        };
        let _stopped: Option<()> = shutdown.run_until_cancelled(working).await;
    }

    /// Tells everything that can be told. What fails stays, and is passed over until the next time.
    async fn tell_all(&self) -> Result<(), Error> {
        let (mut passed_over, mut failure) = (0, Ok(()));
        while passed_over < MOST_PASSED_OVER {
            let mut connection = self.pool.acquire().await?;
            let removals = removals::list(&mut connection, BATCH, passed_over).await?;
            drop(connection);
            if removals.is_empty() {
                break;
            }
            for removal in removals {
                match self.tell(&removal).await {
                    Err(Error::Peer(status)) if !is_away(&status) => {
                        passed_over += 1;
                        failure = Err(Error::Peer(status));
                    }
                    told => told?,
                }
            }
        }
        failure
    }

    async fn tell(&self, removal: &Removal) -> Result<(), Error> {
        let request = RemoveConsentRequest {
            msn: removal.msn.clone(),
            consent_id: removal.consent_id.to_string(),
            sub: removal.sub.to_string(),
        };
        match self.client.clone().remove_consent(request).await {
            Ok(_taken) => {}
            // It would be refused for ever, and hold back all others.
            Err(status) if status.code() == Code::InvalidArgument => {
                error!(msn = removal.msn, %status, "a merchant is not told that a consent was taken back");
            }
            Err(status) => return Err(Error::Peer(status)),
        }
        let mut connection = self.pool.acquire().await?;
        Ok(removals::told(&mut connection, removal).await?)
    }
}

/// Whether nobody would be told anything now.
fn is_away(status: &Status) -> bool {
    matches!(status.code(), Code::Unavailable | Code::DeadlineExceeded)
}

#[cfg(test)]
mod tests;
