//! Drives on what was begun and not ended: payments of links that are not known to be there. Payment's log tells of those
//! that are, within moments; one that it has not told of when its time is over is asked for. And forgets codes whose time is
//! over.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::{
    app::{App, Error, pay_payment_link::give_back},
    store::{
        link_payments::{self, Unmade},
        redirects,
    },
};

/// How long a payment may take to be made: longer than any call for it lasts, unless the sandbox moves time meanwhile; then
/// one that comes after all takes its place again, even where another has it.
const PATIENCE: TimeDelta = TimeDelta::minutes(15);
/// Rows dealt with at once.
const BATCH: i64 = 200;
/// Payments asked for side by side.
const SIDE_BY_SIDE: usize = 16;
/// Pause after a failure; doubled each time up to the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// The longest sleep: what falls due in 15 minutes may have been begun since.
const LOOK_AGAIN: Duration = Duration::from_secs(60);

/// Drives on; clones share nothing but what they stand on.
#[derive(Clone)]
pub(crate) struct Due {
    app: App,
}

impl Due {
    pub(crate) fn new(app: App) -> Self {
        Self { app }
    }

    /// Works until `shutdown`.
    pub(crate) async fn run(self, shutdown: CancellationToken) {
        let working = async {
            let mut pause = FIRST_PAUSE;
            loop {
                // Taken before looking, so that no advance is missed in between.
                let advanced = self.app.clock.advanced();
                match self.work().await {
                    Ok(next) => {
                        pause = FIRST_PAUSE;
                        self.sleep(next, advanced).await;
                    }
                    Err(error) => {
                        warn!(
                            error = &error as &dyn std::error::Error,
                            "payments of links cannot be looked for"
                        );
                        tokio::time::sleep(pause).await;
                        pause = LONGEST_PAUSE.min(pause * 2);
                    }
                }
            }
        };
        let _stopped: Option<()> = shutdown.run_until_cancelled(working).await;
    }

    async fn work(&self) -> Result<Option<DateTime<Utc>>, Error> {
        self.pass().await?;
        Ok(self.next_at().await?)
    }

    async fn sleep(&self, next: Option<DateTime<Utc>>, advanced: impl Future<Output = ()>) {
        let due = async {
            match next {
                Some(at) => self.app.clock.sleep_until(at).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = due => {}
            () = advanced => {}
            () = tokio::time::sleep(LOOK_AGAIN) => {}
        }
    }

    /// Looks for all whose time is over, each once; answers how many were dealt with. The error is that of the first one
    /// that could not be looked for, once all of them have had their turn.
    pub(crate) async fn pass(&self) -> Result<u64, Error> {
        let begun_by = self.app.clock.now() - PATIENCE;
        let (mut done, mut failure, mut last) = (self.forget().await?, None, None);
        loop {
            let mut connection = self.app.pool.acquire().await?;
            let unmade = link_payments::unmade(&mut connection, begun_by, last.as_ref(), BATCH).await?;
            drop(connection);
            let Some(end) = unmade.last() else { break };
            last = Some(end.clone());
            for looked in self.look_for_all(unmade, begun_by).await {
                match looked {
                    Ok(()) => done += 1,
                    Err(error) => failure = failure.or(Some(error)),
                }
            }
        }
        failure.map_or(Ok(done), Err)
    }

    /// When the next one's time is over.
    pub(crate) async fn next_at(&self) -> Result<Option<DateTime<Utc>>, sqlx::Error> {
        let mut connection = self.app.pool.acquire().await?;
        let oldest = link_payments::oldest_unmade(&mut connection).await?;
        let ending = redirects::next_end(&mut connection, self.app.clock.now()).await?;
        Ok(oldest.map(|begun_at| begun_at + PATIENCE).into_iter().chain(ending).min())
    }

    /// Forgets codes whose time is over, a batch at a time; how many they were.
    async fn forget(&self) -> Result<u64, sqlx::Error> {
        let (now, mut forgotten) = (self.app.clock.now(), 0);
        let mut connection = self.app.pool.acquire().await?;
        loop {
            let batch = redirects::forget(&mut connection, now, BATCH).await?;
            forgotten += batch;
            if batch < BATCH.unsigned_abs() {
                return Ok(forgotten);
            }
        }
    }

    /// Looks for all of these, a few at a time.
    async fn look_for_all(&self, unmade: Vec<Unmade>, begun_by: DateTime<Utc>) -> Vec<Result<(), Error>> {
        let (mut outcomes, mut looks) = (Vec::new(), JoinSet::new());
        let mut unmade = unmade.into_iter();
        loop {
            while looks.len() < SIDE_BY_SIDE
                && let Some(next) = unmade.next()
            {
                looks.spawn(look_for(self.app.clone(), next, begun_by));
            }
            let Some(looked) = looks.join_next().await else { return outcomes };
            // One that panicked is still due.
            outcomes.extend(looked);
        }
    }
}

/// It is there, or its place is free again.
async fn look_for(app: App, unmade: Unmade, begun_by: DateTime<Utc>) -> Result<(), Error> {
    let (msn, reference) = &unmade.named;
    if app.payments.find(msn.as_str(), reference.as_str()).await?.is_some() {
        let mut connection = app.pool.acquire().await?;
        return Ok(link_payments::mark_made(&mut connection, (msn, reference)).await?);
    }
    give_back(&app, (msn, reference), unmade.link_id, begun_by).await.map(|_| ())
}

#[cfg(test)]
mod tests;
