//! All that falls due by itself, in one place: one loop does it as time passes, and the sandbox's clock asks for it
//! before it goes on.
//!
//! To add something: a file beside this one with `pass(&Work) -> Result<Pass, _>`, which does all that is due by the
//! clock and is safe with several instances at once, and `next(&mut PgConnection)`, which tells when something is due
//! next; then a line in [`Work::all`] and one in [`Work::next_due_at`].

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;

use kvitt_runtime::PeerChannel;
#[cfg(feature = "sandbox")]
use kvitt_runtime::sandbox::Settled;

use super::{accounts, decide, expire, provision, units};
use crate::app::App;

/// Pause after a failure; doubled each time up to the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// Longest sleep: a call, or another instance, may have made something that is due sooner than all that was seen.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// What the workers work with; clones share it.
#[derive(Clone, Debug)]
pub(crate) struct Work {
    pub(crate) app: App,
    /// The way to `access`.
    pub(crate) access: PeerChannel,
    /// Held while something is done, so that whoever moves the clock waits for what has been begun.
    turn: Arc<Mutex<()>>,
}

/// What was done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Pass {
    /// Whether anything was due.
    pub(crate) worked: bool,
    /// Whether something that was due could not be done.
    pub(crate) failed: bool,
}

/// Everything that was due.
const DONE: Pass = Pass { worked: true, failed: false };

impl Work {
    pub(crate) fn new(app: App, access: PeerChannel) -> Self {
        Self { app, access, turn: Arc::default() }
    }

    /// Does all that is due now. What fails keeps nothing else waiting.
    async fn all(&self) -> Pass {
        let _turn = self.turn.lock().await;
        let mut pass = Pass::default();
        pass.add("units cannot become available", units::pass(self).await);
        pass.add("accounts cannot be decided about", accounts::pass(self).await);
        pass.add("orders cannot expire", expire::pass(self).await);
        pass.add("orders cannot be decided", decide::pass(self).await);
        pass.add("keys and administrators must wait", provision::pass(self).await);
        pass
    }

    /// When something is due next; in the past when something is due.
    async fn next_due_at(&self) -> Result<Option<DateTime<Utc>>, sqlx::Error> {
        let mut connection = self.app.pool.acquire().await?;
        let (decided, answered) = if self.app.sandbox {
            (decide::next(&mut connection).await?, accounts::next(&mut connection).await?)
        } else {
            (None, None)
        };
        let dues = [
            decided,
            answered,
            units::next(&mut connection).await?,
            expire::next(&mut connection).await?,
            provision::next(&mut connection).await?,
        ];
        Ok(dues.into_iter().flatten().min())
    }

    /// Works until `shutdown`.
    pub(crate) async fn run(self, shutdown: CancellationToken) {
        let mut pause = FIRST_PAUSE;
        while !shutdown.is_cancelled() {
            // Taken before looking, so that no advance is missed in between.
            let advanced = self.app.clock.advanced();
            let next = match self.next_due_at().await {
                Ok(next) if next.is_none_or(|at| at > self.app.clock.now()) => Some(next),
                Ok(_) if self.all().await == DONE => Some(Some(self.app.clock.now())),
                // It failed, or another instance is busy with it; or nobody knows what is due.
                Ok(_) | Err(_) => None,
            };
            let Some(next) = next else {
                shutdown.run_until_cancelled(tokio::time::sleep(pause)).await;
                pause = LONGEST_PAUSE.min(pause * 2);
                continue;
            };
            pause = FIRST_PAUSE;
            shutdown.run_until_cancelled(self.sleep(next, advanced)).await;
        }
    }

    /// Until something is due, somebody moves the clock, or it is time to look again.
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

    /// Does all that is due, for whoever moves the clock.
    #[cfg(feature = "sandbox")]
    pub(crate) async fn settle(self) -> Settled {
        let Pass { worked, failed } = self.all().await;
        let next = self.next_due_at().await;
        if let Err(error) = &next {
            tracing::warn!(error = error as &dyn std::error::Error, "what is due next is unknown");
        }
        let failed = failed || next.is_err();
        let next_due_at = next.ok().flatten();
        // What another instance is busy with is still due: then this one is to be asked again.
        let busy = next_due_at.is_some_and(|at| at <= self.app.clock.now());
        Settled { worked: worked || busy, failed, next_due_at }
    }
}

impl Pass {
    /// Adds what one of the workers did, or tells the log why it did nothing.
    fn add(&mut self, what: &'static str, done: Result<Self, impl std::error::Error + 'static>) {
        match done {
            Ok(done) => {
                self.worked |= done.worked;
                self.failed |= done.failed;
            }
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "{what}");
                self.failed = true;
            }
        }
    }
}
