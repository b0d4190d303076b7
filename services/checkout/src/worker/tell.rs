//! Tells merchants that sessions have ended. Every call is a task of its own and has its time; a merchant whose server
//! hangs holds a few of them at most, so that nobody waits for another.

use std::{collections::HashMap, time::Duration};

use chrono::TimeDelta;
use kvitt_primitives::Msn;
use tokio::{
    task::{Id, JoinError, JoinSet},
    time::timeout,
};
use tokio_util::sync::CancellationToken;
use tracing::warn;

use super::due::sleep;
use crate::{
    app::{App, Error, tell_merchant::tell_merchant},
    domain::Key,
    store::callbacks::{self, Due},
};

/// Calls at a time, and those of one sales unit.
const MOST_CALLS: usize = 64;
const MOST_OF_ONE: usize = 4;
/// For how long a callback is its instance's own; longer than a try takes.
const CLAIM: TimeDelta = TimeDelta::seconds(60);
/// Pause after the database failed.
const PAUSE: Duration = Duration::from_secs(1);
/// How long calls that are under way have when the process is told to stop; what they leave undone is done again.
const LAST_CALLS: Duration = Duration::from_secs(2);

/// A task of a call that has ended, by itself or by a panic.
type Ended = Result<(Id, Result<(), Error>), JoinError>;

/// The calls that are under way.
#[derive(Default)]
struct Calls {
    tasks: JoinSet<Result<(), Error>>,
    of: HashMap<Id, Key>,
}

/// Works until `shutdown`.
pub(crate) async fn run(app: App, shutdown: CancellationToken) {
    let mut calls = Calls::default();
    let working = async {
        loop {
            let advanced = app.clock.advanced();
            match calls.begin_all(&app).await {
                Ok(next) => {
                    tokio::select! {
                        ended = calls.tasks.join_next_with_id(), if !calls.tasks.is_empty() => {
                            calls.end(ended);
                        }
                        () = sleep(&app, next, advanced) => {}
                    }
                }
                Err(error) => {
                    warn!(
                        error = &error as &dyn std::error::Error,
                        "nobody can be told that a session ended"
                    );
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    };
    let _stopped: Option<()> = shutdown.run_until_cancelled(working).await;
    let finishing = async { while calls.tasks.join_next().await.is_some() {} };
    if timeout(LAST_CALLS, finishing).await.is_err() {
        warn!("some merchants will be told again");
    }
}

impl Calls {
    /// Begins every call that is due and has a place; answers when another one is due.
    async fn begin_all(&mut self, app: &App) -> Result<Option<chrono::DateTime<chrono::Utc>>, sqlx::Error> {
        let mut connection = app.pool.acquire().await?;
        while self.tasks.len() < MOST_CALLS {
            let now = app.clock.now();
            let claimed = callbacks::claim(&mut connection, now, now + CLAIM, &self.busy()).await?;
            let Some(due) = claimed else {
                // Of the busy ones some may be due: then a call that ends makes a place.
                let next = callbacks::next(&mut connection).await?;
                return Ok(next.filter(|at| *at > now));
            };
            // The clock may have been moved past the claim while the merchant is being told.
            if !self.of.values().any(|key| *key == due.key) {
                self.begin(app.clone(), due);
            }
        }
        Ok(None)
    }

    fn begin(&mut self, app: App, due: Due) {
        let key = due.key.clone();
        let task = self.tasks.spawn(async move { tell_merchant(&app, &due).await });
        self.of.insert(task.id(), key);
    }

    fn end(&mut self, ended: Option<Ended>) {
        let id = match ended {
            None => return,
            Some(Ok((id, Ok(())))) => id,
            Some(Ok((id, Err(error)))) => {
                warn!(%error, "a merchant will be told later");
                id
            }
            Some(Err(panicked)) => panicked.id(),
        };
        self.of.remove(&id);
    }

    /// The sales units that have no place for another call.
    fn busy(&self) -> Vec<Msn> {
        let mut counts: HashMap<&Msn, usize> = HashMap::new();
        for key in self.of.values() {
            *counts.entry(&key.msn).or_default() += 1;
        }
        counts.into_iter().filter(|(_, count)| *count >= MOST_OF_ONE).map(|(msn, _)| msn.clone()).collect()
    }
}
