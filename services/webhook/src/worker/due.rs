//! What falls due by business time besides calls: registrations end that have been silent for two weeks, and what is old is
//! forgotten.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use kvitt_runtime::wall_now;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::{
    app::App,
    domain::schedule::SILENCE,
    store::{dashboard, history, registrations},
};

/// How long deliveries and their tries are kept, and notices of registrations that ended by themselves.
const KEPT: TimeDelta = TimeDelta::days(30);
/// How long what was sent is kept: what a payer shares can be read for a week.
const BODY_KEPT: TimeDelta = TimeDelta::days(7);
/// How long something may happen to an eCom payment: it may be long-lived, captured after half a year, and refunded for a
/// year after that.
const ECOM_KEPT: TimeDelta = TimeDelta::days(660);
/// How long days of calls and samples of errors are kept: a day longer than anybody can ask for.
const CALLS_KEPT: TimeDelta = TimeDelta::days(31);
/// How long the edge may send a report again, by the wall clock.
const REPORTS_KEPT: TimeDelta = TimeDelta::days(1);
/// Rows forgotten at once.
const BATCH: i64 = 2000;
/// How often it is looked for what is old, by the wall clock: it reads all that is older than a week.
const FORGET_EVERY: Duration = Duration::from_secs(3_600);
/// The longest sleep: another instance may have noted a silence.
const LOOK_AGAIN: Duration = Duration::from_secs(10);

/// What the worker works with; clones share it.
#[derive(Clone)]
pub(crate) struct Due {
    app: App,
}

impl Due {
    pub(crate) fn new(app: App) -> Self {
        Self { app }
    }

    /// Ends what has been silent for too long; how many there were.
    pub(crate) async fn pass(&self) -> Result<usize, sqlx::Error> {
        let now = self.app.clock.now();
        let mut connection = self.app.pool.acquire().await?;
        let ended = registrations::end_silent(&mut connection, now, now - SILENCE).await?;
        for webhook_id in &ended {
            info!(%webhook_id, "a registration has ended: nobody answered for two weeks");
        }
        // What waits for them is dealt with by the sender, which sees that they have ended.
        self.app.wake.tell(ended.iter().map(|id| (*id).into()));
        Ok(ended.len())
    }

    /// When the next registration would end.
    pub(crate) async fn next_at(&self) -> Result<Option<DateTime<Utc>>, sqlx::Error> {
        let mut connection = self.app.pool.acquire().await?;
        Ok(registrations::longest_silent(&mut connection).await?.map(|since| since + SILENCE))
    }

    /// Forgets what is old, a batch at a time.
    async fn forget(&self) -> Result<(), sqlx::Error> {
        let now = self.app.clock.now();
        let mut connection = self.app.pool.acquire().await?;
        while history::forget_bodies(&mut connection, now - BODY_KEPT, BATCH).await? > 0 {}
        while history::forget_deliveries(&mut connection, now - KEPT, BATCH).await? > 0 {}
        while history::forget_attempts(&mut connection, now - KEPT, BATCH).await? > 0 {}
        while history::forget_ecom(&mut connection, now - ECOM_KEPT, BATCH).await? > 0 {}
        while dashboard::forget_calls(&mut connection, now - CALLS_KEPT, BATCH).await? > 0 {}
        while dashboard::forget_samples(&mut connection, now - CALLS_KEPT, BATCH).await? > 0 {}
        while dashboard::forget_reports(&mut connection, wall_now() - REPORTS_KEPT, BATCH).await? > 0 {}
        registrations::forget_ended(&mut connection, now - KEPT).await.map(|_| ())
    }

    /// Works until `shutdown`.
    pub(crate) async fn run(self, shutdown: CancellationToken) {
        let ending = async {
            loop {
                let advanced = self.app.clock.advanced();
                let next = match self.pass().await {
                    Ok(_) => self.next_at().await,
                    Err(error) => Err(error),
                };
                if let Err(error) = &next {
                    warn!(error = error as &dyn std::error::Error, "what is silent cannot be ended");
                }
                let due = async {
                    match next {
                        Ok(Some(at)) => self.app.clock.sleep_until(at).await,
                        Ok(None) | Err(_) => std::future::pending().await,
                    }
                };
                tokio::select! {
                    () = due => {}
                    () = advanced => {}
                    () = tokio::time::sleep(LOOK_AGAIN) => {}
                }
            }
        };
        let forgetting = async {
            loop {
                if let Err(error) = self.forget().await {
                    warn!(error = &error as &dyn std::error::Error, "what is old cannot be forgotten");
                }
                tokio::time::sleep(FORGET_EVERY).await;
            }
        };
        let _stopped = shutdown.run_until_cancelled(async { tokio::join!(ending, forgetting) }).await;
    }
}
