//! Does what is due by the clock: closes ledger dates, asks the bank to execute payouts, makes and sends mails.

use std::time::Duration;

use chrono::{DateTime, Utc};
use kvitt_feed::Follower;
use kvitt_proto::{error::v1::Reason, refusal};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use super::follow::Following;
use crate::{
    app::{App, Error},
    store::{ledgers, payouts},
};

/// How long it is waited for what was captured before the end of a date.
const CATCH_UP_LIMIT: Duration = Duration::from_secs(30);
/// Pause after a failure; doubled each time up to the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// The longest sleep: what is due sooner than all that was known may have been made since.
const LOOK_AGAIN: Duration = Duration::from_secs(5);

/// What is done one thing after the other.
#[derive(Clone, Copy)]
enum Line {
    Books,
    Mails,
}

/// Does what is due; clones share nothing but what they stand on.
#[derive(Clone)]
pub(crate) struct Due {
    app: App,
    follower: Follower<Following>,
}

impl Due {
    pub(crate) fn new(app: App, follower: Follower<Following>) -> Self {
        Self { app, follower }
    }

    /// Works until `shutdown`. Mails are sent beside the books: a mail server that is slow holds up no payout.
    pub(crate) async fn run(self, shutdown: CancellationToken) {
        let working = async { tokio::join!(self.work(Line::Books), self.work(Line::Mails)) };
        let _stopped: Option<((), ())> = shutdown.run_until_cancelled(working).await;
    }

    async fn work(&self, line: Line) {
        let mut pause = FIRST_PAUSE;
        loop {
            // Taken before looking, so that no advance is missed in between.
            let advanced = self.app.clock.advanced();
            let done = match line {
                Line::Books => self.keep_books().await,
                Line::Mails => self.send().await,
            };
            match done {
                Ok(next) => {
                    pause = FIRST_PAUSE;
                    self.sleep(next, advanced).await;
                }
                Err(error) => {
                    warn!(error = &error as &dyn std::error::Error, "what is due cannot be done");
                    tokio::time::sleep(pause).await;
                    pause = LONGEST_PAUSE.min(pause * 2);
                }
            }
        }
    }

    async fn keep_books(&self) -> Result<Option<DateTime<Utc>>, Error> {
        self.books().await?;
        self.next_of_books().await
    }

    async fn send(&self) -> Result<Option<DateTime<Utc>>, Error> {
        self.app.send_mails().await?;
        Ok(self.app.next_mail_at().await?)
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

    /// Does all that is due, each kind in its turn: a mail tells of what was closed, and a payout that cannot be closed keeps no
    /// other from being executed. Answers how much was done; the error is the first one, once all have had their turn.
    #[cfg(any(test, feature = "sandbox"))]
    pub(crate) async fn pass(&self) -> Result<u64, Error> {
        let done = [self.books().await, self.app.send_mails().await];
        done.into_iter().try_fold(0, |sum, done| Ok(sum + done?))
    }

    async fn books(&self) -> Result<u64, Error> {
        let done = [self.close().await, self.app.execute_payouts().await, self.app.make_mails().await];
        done.into_iter().try_fold(0, |sum, done| Ok(sum + done?))
    }

    /// When something is due next.
    #[cfg(any(test, feature = "sandbox"))]
    pub(crate) async fn next_at(&self) -> Result<Option<DateTime<Utc>>, Error> {
        Ok([self.next_of_books().await?, self.app.next_mail_at().await?].into_iter().flatten().min())
    }

    async fn next_of_books(&self) -> Result<Option<DateTime<Utc>>, Error> {
        let mut connection = self.app.pool.acquire().await?;
        let closing = ledgers::next_closing(&mut connection).await?;
        let ask = payouts::next_ask(&mut connection).await?;
        Ok([closing, ask].into_iter().flatten().min())
    }

    /// Closes the dates that are over, with everything that was captured and refunded on them as far as payment knows.
    async fn close(&self) -> Result<u64, Error> {
        let mut connection = self.app.pool.acquire().await?;
        let next = ledgers::next_closing(&mut connection).await?;
        drop(connection);
        // What becomes over while the log is caught up with has not been caught up with.
        let now = self.app.clock.now();
        if next.is_none_or(|at| at > now) {
            return Ok(0);
        }
        let late = || refusal::status(Reason::Unavailable, "payment's log was not caught up with in time");
        let caught_up = timeout(CATCH_UP_LIMIT, self.follower.catch_up()).await;
        caught_up.map_err(|_elapsed| late()).flatten().map_err(Error::Peer)?;
        self.app.close_dates(now).await
    }
}

#[cfg(test)]
mod tests;
