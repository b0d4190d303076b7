//! Tells the acquirer of captures and releases, in the order of the log, at least once, each under its event's id. The
//! log row is the instruction, so what was decided cannot be lost. A refusal is an alarm: the decision stands.

use std::{collections::BTreeSet, time::Duration};

use kvitt_proto::acquirer::v1::{Operation, ReleaseAction, operation::Action};
use kvitt_runtime::crash;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::{FIRST_PAUSE, LONGEST_PAUSE};
use crate::{
    app::{
        App, Error,
        resolve::{capture_instruction, instruct, instruction},
    },
    store::{self, Kind, Record, feed::Stretch},
};

/// Rows of the log read at once, and so operations in one batch at most.
const BATCH: i64 = 500;

/// How long rows gather before they are cleared: under load many at once cost less than some at a time.
const GATHER: Duration = Duration::from_millis(100);

/// How often it is looked whether the log has more parts.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// Clears every part until `shutdown`, those that the log is divided into later too.
pub(crate) async fn run(app: App, shutdown: CancellationToken) {
    let mut clearers = JoinSet::new();
    let mut known = BTreeSet::new();
    while !shutdown.is_cancelled() {
        for head in app.engine.parts().heads() {
            if known.insert(head.part) {
                clearers.spawn(clear(app.clone(), head.part, shutdown.clone()));
            }
        }
        shutdown.run_until_cancelled(tokio::time::sleep(LOOK_AGAIN)).await;
    }
    while clearers.join_next().await.is_some() {}
}

/// Clears one part until `shutdown`.
async fn clear(app: App, part: i16, shutdown: CancellationToken) {
    let mut pause = FIRST_PAUSE;
    while !shutdown.is_cancelled() {
        match shutdown.run_until_cancelled(pass(&app, part)).await {
            None => return,
            Some(Ok(())) => pause = FIRST_PAUSE,
            Some(Err(error)) => {
                tracing::warn!(part, error = &error as &dyn std::error::Error, "clearing must wait");
                shutdown.run_until_cancelled(tokio::time::sleep(pause)).await;
                pause = LONGEST_PAUSE.min(pause * 2);
            }
        }
    }
}

/// Clears what there is, or waits for more.
async fn pass(app: &App, part: i16) -> Result<(), Error> {
    let mut tip = app.engine.tip(part).ok_or(Error::Unanswered)?;
    let mut connection = app.pool.acquire().await?;
    let from = store::clearing::cursor(&mut connection, part).await?;
    let next_pos = tip.borrow_and_update().next_pos;
    if next_pos <= from + 1 {
        drop(connection);
        tip.wait_for(|tip| tip.next_pos > from + 1).await.map_err(|_| Error::Unanswered)?;
        // Much follows when anything does.
        tokio::time::sleep(GATHER).await;
        return Ok(());
    }
    let stretch = Stretch { part, after: from, until: next_pos - 1, limit: BATCH };
    let rows = store::clearing::read(&mut connection, stretch).await?;
    drop(connection);
    let full = i64::try_from(rows.len()).is_ok_and(|read| read == BATCH);
    let until = rows.last().filter(|_| full).map_or(stretch.until, |(pos, _)| *pos);
    crash::point("payment.clearing.before");
    instruct(app, rows.iter().filter_map(|(_, record)| clearing(record)).collect()).await?;
    crash::point("payment.clearing.after");
    let mut connection = app.pool.acquire().await?;
    store::clearing::advance(&mut connection, part, from, until).await?;
    Ok(())
}

pub(crate) fn clearing(record: &Record) -> Option<Operation> {
    match record.kind {
        Kind::Captured => capture_instruction(record),
        Kind::Cancelled => {
            let reservation_id = record.operation?.to_string();
            Some(instruction(record, Action::Release(ReleaseAction { reservation_id })))
        }
        Kind::Created
        | Kind::Aborted
        | Kind::Expired
        | Kind::Refunded
        | Kind::Authorized
        | Kind::Terminated
        | Kind::ReserveDeclined
        | Kind::RefundDeclined
        | Kind::Refused
        | Kind::ReserveRequested
        | Kind::CaptureRequested
        | Kind::CaptureDeclined
        | Kind::RefundRequested => None,
    }
}
