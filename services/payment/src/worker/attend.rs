//! Payments that need attention by themselves: nobody answered in time, or the acquirer has not. Works from due rows;
//! several instances may do it at once, since the engine decides each again.

use std::time::Duration;

use kvitt_primitives::{EventId, Msn, Reference};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{FIRST_PAUSE, LONGEST_PAUSE};
use crate::{
    app::{App, Error, resolve::resolve},
    domain::Command,
    engine::{Answer, Submission},
    store,
};

/// Rows dealt with at once.
const BATCH: i64 = 256;
/// Longest sleep: another instance may have made a row that is due sooner than any seen here.
const LOOK_AGAIN: Duration = Duration::from_secs(5);

/// Runs until `shutdown`.
pub(crate) async fn run(app: App, shutdown: CancellationToken) {
    let mut pause = FIRST_PAUSE;
    while !shutdown.is_cancelled() {
        match pass(&app).await {
            Ok(0) => {
                pause = FIRST_PAUSE;
                shutdown.run_until_cancelled(sleep(&app)).await;
            }
            Ok(_) => pause = FIRST_PAUSE,
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "payments that are due must wait");
                shutdown.run_until_cancelled(tokio::time::sleep(pause)).await;
                pause = LONGEST_PAUSE.min(pause * 2);
            }
        }
    }
}

/// Deals with what is due now; answers how many there were.
async fn pass(app: &App) -> Result<usize, Error> {
    let mut connection = app.pool.acquire().await?;
    let due = store::timers::due(&mut connection, app.clock.now(), BATCH).await?;
    drop(connection);
    let found = due.len();
    let mut work = tokio::task::JoinSet::new();
    for (msn, reference) in due {
        let app = app.clone();
        work.spawn(async move { attend(&app, &msn, &reference).await });
    }
    let mut first_error = None;
    while let Some(done) = work.join_next().await {
        if let Err(error) = done.unwrap_or(Err(Error::Unanswered)) {
            first_error.get_or_insert(error);
        }
    }
    first_error.map_or(Ok(found), Err)
}

/// Settles what is pending, or lets the payment expire.
async fn attend(app: &App, msn: &Msn, reference: &Reference) -> Result<(), Error> {
    resolve(app, msn, reference).await?;
    let submission = Submission {
        msn: msn.clone(),
        reference: reference.clone(),
        command: Command::Expire,
        event_id: EventId::from_uuid(Uuid::now_v7()),
        key: None,
        settles: None,
    };
    match app.engine.submit(submission).await {
        Answer::Failed(failure) => Err(Error::Failure(failure)),
        Answer::Done(_)
        | Answer::Replayed(_)
        | Answer::Nothing(_)
        | Answer::Refused(_)
        | Answer::KeyConflict => Ok(()),
    }
}

/// Until the next due row, or until somebody moves the clock.
async fn sleep(app: &App) {
    let advanced = app.clock.advanced();
    let now = app.clock.now();
    let next = match app.pool.acquire().await {
        Ok(mut connection) => store::timers::next(&mut connection, now).await.ok().flatten(),
        Err(_) => None,
    };
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
