//! The log as a lane writes it: two reads at most, one statement to write.

use sqlx::{PgPool, Postgres, pool::PoolConnection};
use tracing::Instrument as _;

use super::{heads, log, payments, span};
use crate::engine::{
    Batch,
    log::{Answers, Log, Obstacle, Question},
};

/// One part of the log in PostgreSQL.
#[derive(Debug)]
pub(crate) struct LaneLog {
    pub(crate) part: i16,
    pub(crate) pool: PgPool,
}

impl LaneLog {
    async fn connection(&self) -> Result<PoolConnection<Postgres>, Obstacle> {
        self.pool.acquire().await.map_err(|error| Obstacle::Away(error.into()))
    }
}

impl Log for LaneLog {
    async fn read(&self, question: &Question) -> Result<Answers, Obstacle> {
        let mut connection = self.connection().await?;
        let reading = async {
            let keys = question.keys.iter().map(|(msn, idem)| (msn, *idem));
            let records = log::find_records(&mut connection, keys).await?;
            let references = question.payments.iter().map(|(msn, reference)| (msn, reference));
            let payments = payments::find(&mut connection, references).await?;
            Ok(Answers { records, payments })
        };
        reading.instrument(span("payment_log.read")).await.map_err(obstacle)
    }

    async fn append(&self, batch: &Batch) -> Result<i64, Obstacle> {
        let mut connection = self.connection().await?;
        let (rows, payments, timers) = (batch.rows(), batch.payments(), batch.timers());
        let appending = log::append(&mut connection, self.part, rows, &payments, &timers);
        appending.instrument(span("payment_log.append")).await.map_err(obstacle)
    }

    async fn is_closed(&self) -> Result<bool, Obstacle> {
        let mut connection = self.connection().await?;
        heads::is_closed(&mut connection, self.part).await.map_err(obstacle)
    }
}

/// A broken fence (unique violation, or the division that a missing head or a foreign reference causes) and a
/// serialisation failure pass, and so does a lost connection; anything else is the row's own fault.
fn obstacle(error: sqlx::Error) -> Obstacle {
    const CONFLICTS: [&str; 4] = ["23505", "22012", "40001", "40P01"];
    if kvitt_postgres::unavailable(&error) {
        Obstacle::Lost(error.into())
    } else if kvitt_postgres::sql_state(&error).is_some_and(|state| CONFLICTS.contains(&state.as_ref())) {
        Obstacle::Conflict(error.into())
    } else {
        Obstacle::Refused(error.into())
    }
}
