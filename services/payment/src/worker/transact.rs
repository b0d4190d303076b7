//! Copies the log into the table that is searched, a stretch at a time. Rows gather first: most of a payment's life is
//! short, and what is copied together is written once.

use std::{collections::BTreeSet, time::Duration};

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::{FIRST_PAUSE, LONGEST_PAUSE};
use crate::{
    app::{App, Error},
    store::{
        self,
        feed::Stretch,
        transactions::copy::{self, Step},
    },
};

/// Rows of the log copied at once at most.
const BATCH: i64 = 2_000;

/// How long rows gather before they are copied.
const GATHER: Duration = Duration::from_millis(250);

/// How often it is looked whether the log has more parts.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// Copies every part until `shutdown`; those of a later division once the earlier ones are copied to their ends.
pub(crate) async fn run(app: App, shutdown: CancellationToken) {
    let mut copiers = JoinSet::new();
    let mut known = BTreeSet::new();
    while !shutdown.is_cancelled() {
        for head in app.engine.parts().heads() {
            if !known.contains(&head.part) && is_ready(&app, head.part).await {
                known.insert(head.part);
                copiers.spawn(copy(app.clone(), head.part, shutdown.clone()));
            }
        }
        shutdown.run_until_cancelled(tokio::time::sleep(LOOK_AGAIN)).await;
    }
    while copiers.join_next().await.is_some() {}
}

/// A database that does not answer is asked again later.
async fn is_ready(app: &App, part: i16) -> bool {
    let asking = async {
        let mut connection = app.pool.acquire().await?;
        copy::start(&mut connection).await?;
        copy::is_ready(&mut connection, part).await
    };
    asking.await.unwrap_or_default()
}

/// Copies one part until `shutdown`.
async fn copy(app: App, part: i16, shutdown: CancellationToken) {
    let mut pause = FIRST_PAUSE;
    while !shutdown.is_cancelled() {
        match shutdown.run_until_cancelled(pass(&app, part)).await {
            None => return,
            Some(Ok(())) => pause = FIRST_PAUSE,
            Some(Err(error)) => {
                tracing::warn!(
                    part,
                    error = &error as &dyn std::error::Error,
                    "copying for the search must wait"
                );
                shutdown.run_until_cancelled(tokio::time::sleep(pause)).await;
                pause = LONGEST_PAUSE.min(pause * 2);
            }
        }
    }
}

/// Copies what there is, or waits for more.
async fn pass(app: &App, part: i16) -> Result<(), Error> {
    let mut tip = app.engine.tip(part).ok_or(Error::Unanswered)?;
    let mut connection = app.pool.acquire().await?;
    let from = copy::cursor(&mut connection, part).await?;
    let next_pos = tip.borrow_and_update().next_pos;
    if next_pos <= from + 1 {
        drop(connection);
        tip.wait_for(|tip| tip.next_pos > from + 1).await.map_err(|_| Error::Unanswered)?;
        tokio::time::sleep(GATHER).await;
        return Ok(());
    }
    let stretch = Stretch { part, after: from, until: next_pos - 1, limit: BATCH };
    let rows = store::feed::read(&mut connection, stretch, None).await?;
    let full = i64::try_from(rows.len()).is_ok_and(|read| read == BATCH);
    let to = rows.last().filter(|_| full).map_or(stretch.until, |(pos, _)| *pos);
    copy::apply(&mut connection, Step { part, from, to }, &rows).await?;
    Ok(())
}

#[cfg(test)]
mod tests;
