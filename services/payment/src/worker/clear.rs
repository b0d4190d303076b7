//! Tells the acquirer of captures and releases, in the order of the log, at least once, each under its event's id. The
//! log row is the instruction, so what was decided cannot be lost. A refusal is an alarm: the decision stands.

use kvitt_proto::acquirer::v1::{AcquirerStatus, Operation, ReleaseAction, operation::Action};
use tokio_util::sync::CancellationToken;

use super::{FIRST_PAUSE, LONGEST_PAUSE};
use crate::{
    app::{
        App, Error,
        resolve::{capture_instruction, execute, instruction},
    },
    store::{self, Kind, Record, feed::Stretch},
};

/// Rows of the log read at once, and so operations in one batch at most.
const BATCH: i64 = 500;

/// Clears one part until `shutdown`.
pub(crate) async fn run(app: App, part: i16, shutdown: CancellationToken) {
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
    let mut connection = app.pool.acquire().await?;
    let from = store::clearing::cursor(&mut connection, part).await?;
    let stretch = Stretch { part, after: from, until: i64::MAX, limit: BATCH };
    let rows = store::feed::read(&mut connection, stretch, None).await?;
    let Some((last, _)) = rows.last() else {
        drop(connection);
        return wait(app, part, from).await;
    };
    drop(connection);
    let operations: Vec<_> = rows.iter().filter_map(|(_, record)| clearing(record)).collect();
    if !operations.is_empty() {
        for outcome in execute(app, operations).await? {
            match outcome.status() {
                AcquirerStatus::Done => {}
                AcquirerStatus::Unspecified | AcquirerStatus::Unknown => return Err(Error::Unanswered),
                AcquirerStatus::Declined | AcquirerStatus::Mismatch => {
                    let (operation, reason) = (&outcome.operation_id, outcome.decline_reason());
                    tracing::error!(operation, ?reason, "the acquirer refused what had been decided");
                }
            }
        }
    }
    let mut connection = app.pool.acquire().await?;
    store::clearing::advance(&mut connection, part, from, *last).await?;
    Ok(())
}

fn clearing(record: &Record) -> Option<Operation> {
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
        | Kind::RefundRequested => None,
    }
}

async fn wait(app: &App, part: i16, from: i64) -> Result<(), Error> {
    let mut head = app.engine.head(part).ok_or(Error::Unanswered)?.subscribe();
    head.wait_for(|head| *head > from + 1).await.map(drop).map_err(|_| Error::Unanswered)
}
