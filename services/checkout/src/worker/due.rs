//! All that falls due by business time, in one place: one loop does it as time passes, and the sandbox's clock asks for it
//! before it goes on. Calls to merchants are not in it: nobody waits for those, see `tell.rs`.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
#[cfg(feature = "sandbox")]
use kvitt_runtime::sandbox::Settled;
use tokio::{sync::Mutex, task::JoinSet};
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::{
    app::{
        App, Error,
        change::{Named, load},
        follow_payment::follow_payment,
    },
    domain::State,
    store::due::{self, Waiting},
};

/// Rows dealt with at once.
const BATCH: i64 = 200;
/// Payments looked at side by side.
const SIDE_BY_SIDE: usize = 16;
/// Pause after a failure; doubled each time up to the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// Longest sleep: a call, or another instance, may have made something that is due sooner than all that was seen.
const LOOK_AGAIN: Duration = Duration::from_secs(1);
/// A payment is looked at after 1, 2, 4 and 8 seconds, and then this often; merchants who ask are told at once anyway.
const LONGEST_LOOK: TimeDelta = TimeDelta::seconds(15);

/// What the worker works with; clones share it.
#[derive(Clone)]
pub(crate) struct Work {
    app: App,
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

impl Work {
    pub(crate) fn new(app: App) -> Self {
        Self { app, turn: Arc::default() }
    }

    /// Does all that is due now.
    pub(crate) async fn pass(&self) -> Pass {
        let _turn = self.turn.lock().await;
        let looked = self.look_at_due().await;
        let ended = self.end().await;
        Pass { worked: looked.worked || ended.worked, failed: looked.failed || ended.failed }
    }

    /// Ends what is over, and forgets what is long over.
    async fn end(&self) -> Pass {
        let mut pass = Pass::default();
        let ending = async {
            let mut connection = self.app.pool.acquire().await?;
            loop {
                let now = self.app.clock.now();
                let expired = due::expire(&mut connection, now, BATCH).await?;
                let forgotten = due::forget(&mut connection, now, BATCH).await?;
                if expired + forgotten == 0 {
                    return Ok::<_, sqlx::Error>(());
                }
                pass.worked = true;
            }
        };
        if let Err(error) = ending.await {
            warn!(error = &error as &dyn std::error::Error, "sessions cannot end");
            pass.failed = true;
        }
        pass
    }

    /// Looks at the payments whose turn it is now, each once: what falls due again while payment is slow waits for the next
    /// pass, so that sessions end meanwhile.
    async fn look_at_due(&self) -> Pass {
        let mut pass = Pass::default();
        let now = self.app.clock.now();
        loop {
            let waiting = self.waiting_at(now).await;
            match waiting {
                Ok(waiting) if waiting.is_empty() => return pass,
                Ok(waiting) => {
                    pass.worked = true;
                    pass.failed |= self.look_at(waiting).await.failed;
                }
                Err(error) => {
                    warn!(error = &error as &dyn std::error::Error, "payments cannot be looked at");
                    return Pass { failed: true, ..pass };
                }
            }
        }
    }

    /// The sessions whose turn it is, taken upon oneself. Those that another instance was faster with are left out.
    async fn waiting_at(&self, now: DateTime<Utc>) -> Result<Vec<Waiting>, sqlx::Error> {
        let mut connection = self.app.pool.acquire().await?;
        let mut own = Vec::new();
        for waiting in due::to_look_at(&mut connection, now, BATCH).await? {
            if due::postpone_look(&mut connection, &waiting, now + pause(waiting.looks)).await? {
                own.push(waiting);
            }
        }
        Ok(own)
    }

    /// Looks at all of these, a few at a time.
    async fn look_at(&self, waiting: Vec<Waiting>) -> Pass {
        let (mut pass, mut looks) = (Pass::default(), JoinSet::new());
        let mut waiting = waiting.into_iter();
        loop {
            while looks.len() < SIDE_BY_SIDE
                && let Some(next) = waiting.next()
            {
                looks.spawn(look(self.app.clone(), next));
            }
            let Some(looked) = looks.join_next().await else { return pass };
            match looked {
                Ok(Ok(moved)) => pass.worked |= moved,
                Ok(Err(error)) => {
                    warn!(%error, "a payment cannot be looked at");
                    pass.failed = true;
                }
                Err(_panicked) => pass.failed = true,
            }
        }
    }

    /// Looks at every payment that a session waits for, whether or not its turn has come: another service may have done
    /// at this very instant what ends it.
    #[cfg(feature = "sandbox")]
    async fn look_at_all(&self) -> Pass {
        let (mut pass, mut after) = (Pass::default(), None);
        loop {
            let page = async {
                let mut connection = self.app.pool.acquire().await?;
                due::waiting(&mut connection, after.as_ref(), BATCH).await
            };
            match page.await {
                Ok(page) if page.is_empty() => return pass,
                Ok(page) => {
                    after = page.last().map(|last| last.key.clone());
                    let looked = self.look_at(page).await;
                    pass =
                        Pass { worked: pass.worked || looked.worked, failed: pass.failed || looked.failed };
                }
                Err(error) => {
                    warn!(error = &error as &dyn std::error::Error, "payments cannot be looked at");
                    return Pass { failed: true, ..pass };
                }
            }
        }
    }

    /// Does all that is due, for whoever moves the clock. It is not stopped for looks: what there would be to see, other
    /// services stop it for.
    #[cfg(feature = "sandbox")]
    pub(crate) async fn settle(self) -> Settled {
        let _turn = self.turn.lock().await;
        let (looked, ended) = (self.look_at_all().await, self.end().await);
        let next = async {
            let mut connection = self.app.pool.acquire().await?;
            due::next_end(&mut connection).await
        };
        let next = next.await;
        if let Err(error) = &next {
            warn!(error = error as &dyn std::error::Error, "what is due next is unknown");
        }
        let failed = looked.failed || ended.failed || next.is_err();
        let next_due_at = next.ok().flatten();
        // What another instance is busy with is still due: then this one is to be asked again.
        let busy = next_due_at.is_some_and(|at| at <= self.app.clock.now());
        Settled { worked: looked.worked || ended.worked || busy, failed, next_due_at }
    }

    async fn next_due_at(&self) -> Result<Option<DateTime<Utc>>, sqlx::Error> {
        let mut connection = self.app.pool.acquire().await?;
        let dues = [due::next_end(&mut connection).await?, due::next_look(&mut connection).await?];
        Ok(dues.into_iter().flatten().min())
    }

    /// Works until `shutdown`.
    pub(crate) async fn run(self, shutdown: CancellationToken) {
        let working = async {
            let mut pause = FIRST_PAUSE;
            loop {
                // Taken before looking, so that no advance is missed in between.
                let advanced = self.app.clock.advanced();
                let next = match self.next_due_at().await {
                    Ok(next) if next.is_none_or(|at| at > self.app.clock.now()) => Some(next),
                    Ok(_) if !self.pass().await.failed => Some(Some(self.app.clock.now())),
                    Ok(_) | Err(_) => None,
                };
                if let Some(next) = next {
                    pause = FIRST_PAUSE;
                    sleep(&self.app, next, advanced).await;
                } else {
                    tokio::time::sleep(pause).await;
                    pause = LONGEST_PAUSE.min(pause * 2);
                }
            }
        };
        let _stopped: Option<()> = shutdown.run_until_cancelled(working).await;
    }
}

/// Whether the session went anywhere.
async fn look(app: App, waiting: Waiting) -> Result<bool, Error> {
    let session = match load(&app, &Named::ByReference(waiting.key)).await {
        Err(Error::NotFound) => return Ok(false),
        session => session?,
    };
    let before = session.state;
    let read = follow_payment(&app, session).await?;
    Ok(before == State::Initiated && read.session.state != before)
}

/// How long until a payment is looked at again.
fn pause(looks: i32) -> TimeDelta {
    let doubled = TimeDelta::seconds(1_i64 << looks.clamp(0, 10));
    doubled.min(LONGEST_LOOK)
}

/// Until something is due, somebody moves the clock, or it is time to look again.
pub(super) async fn sleep(app: &App, next: Option<DateTime<Utc>>, advanced: impl Future<Output = ()>) {
    let due = async {
        match next {
            Some(at) => app.clock.sleep_until(at).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        () = due => {}
        () = advanced => {}
        () = tokio::time::sleep(LOOK_AGAIN) => {}
    }
}
