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
    store::{self, timers::Due},
};

/// Rows dealt with at once.
const BATCH: i64 = 256;
/// Longest sleep: another instance may have made a row that is due sooner than any seen here.
const LOOK_AGAIN: Duration = Duration::from_secs(5);

/// Runs until `shutdown`.
pub(crate) async fn run(app: App, shutdown: CancellationToken) {
    let mut pause = FIRST_PAUSE;
    while !shutdown.is_cancelled() {
        match pass(&app, &shutdown).await {
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

/// Deals with all that is due now, a batch at a time; answers how many there were. What cannot be dealt with, because
/// the acquirer is away, does not keep the rest waiting.
async fn pass(app: &App, shutdown: &CancellationToken) -> Result<usize, Error> {
    let now = app.clock.now();
    let (mut found, mut last, mut first_error) = (0, None, None);
    while !shutdown.is_cancelled() {
        let mut connection = app.pool.acquire().await?;
        let due = store::timers::due(&mut connection, now, last.as_ref(), BATCH).await?;
        drop(connection);
        last = due.last().cloned();
        if last.is_none() {
            break;
        }
        found += due.len();
        let mut work = tokio::task::JoinSet::new();
        for Due { msn, reference, .. } in due {
            let app = app.clone();
            work.spawn(async move { attend(&app, &msn, &reference).await });
        }
        while let Some(done) = work.join_next().await {
            if let Err(error) = done.unwrap_or(Err(Error::Unanswered)) {
                first_error.get_or_insert(error);
            }
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
    let next = match app.pool.acquire().await {
        Ok(mut connection) => store::timers::next(&mut connection).await.ok().flatten(),
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

#[cfg(test)]
mod tests {
    use kvitt_primitives::OperationId;
    use kvitt_testing::TestDatabase;

    use super::*;
    use crate::{
        domain::State,
        fixture::{self, Access},
    };

    #[tokio::test]
    async fn an_acquirer_that_is_away_keeps_no_other_payment_waiting() {
        let database = TestDatabase::create("payment", &crate::MIGRATIONS).await;
        let app = fixture::app(&database, &Access::default()).await;
        let mut asking = tokio::task::JoinSet::new();
        for number in 0..=BATCH {
            let (engine, reference) = (app.engine.clone(), format!("reference-{number}"));
            asking.spawn(async move {
                engine.submit(fixture::create(&reference, &reference)).await;
                engine.submit(fixture::reserve(&reference, OperationId::from_uuid(Uuid::now_v7()))).await
            });
        }
        for answer in asking.join_all().await {
            assert!(matches!(answer, Answer::Done(_)), "{answer:?}");
        }
        app.engine.submit(fixture::create("unanswered", "unanswered")).await;
        app.clock.advance(Duration::from_secs(601));

        let refused = pass(&app, &CancellationToken::new()).await;
        assert!(matches!(refused, Err(Error::Unanswered)), "{refused:?}");
        let (msn, reference) = (fixture::MSN.parse().unwrap(), "unanswered".parse().unwrap());
        let mut connection = app.pool.acquire().await.unwrap();
        let key = std::iter::once((&msn, &reference));
        let found = store::payments::find(&mut connection, key).await.unwrap();
        assert_eq!(found[0].state, State::Expired);
    }
}
