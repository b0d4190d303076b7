//! Decides orders that have waited long enough, in the sandbox.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::{Pass, Work};
use crate::{app::orders::decide_due_order, store::orders::due};

/// Orders looked at together.
const BATCH: i64 = 100;

/// Decides each by itself. One that cannot be decided keeps none behind it waiting.
pub(super) async fn pass(work: &Work) -> Result<Pass, sqlx::Error> {
    let mut pass = Pass::default();
    if !work.app.sandbox {
        return Ok(pass);
    }
    let mut after = None;
    loop {
        let mut connection = work.app.pool.acquire().await?;
        let due = due::to_decide(&mut connection, work.app.clock.now(), after, BATCH).await?;
        drop(connection);
        if due.is_empty() {
            return Ok(pass);
        }
        for (submitted_at, id) in due {
            match decide_due_order(&work.app, id).await {
                Ok(()) => pass.worked = true,
                Err(error) => {
                    let error = &error as &dyn std::error::Error;
                    tracing::warn!(order_id = %id, error, "an order cannot be decided");
                    pass.failed = true;
                }
            }
            after = Some((submitted_at, id));
        }
    }
}

pub(super) async fn next(connection: &mut PgConnection) -> Result<Option<DateTime<Utc>>, sqlx::Error> {
    due::next_to_decide(connection).await
}
