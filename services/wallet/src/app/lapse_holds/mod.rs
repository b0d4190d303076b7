//! Gives back what is still held when the guarantee of a card scheme ends.

use chrono::{DateTime, TimeDelta, Utc};
use tracing::error;

use super::execute_operations::{Acquirer, Executor, MAX_RUNS, persist};
use crate::{
    domain::card::SHORTEST_GUARANTEE,
    error::ExecutionFailure,
    store::acquirer::{self, Place},
};

/// Most holds in one statement.
const BATCH: i64 = 500;

/// What one statement did.
struct Step {
    lapsed: usize,
    /// The last hold looked at; none when no more are due.
    last: Option<Place>,
}

impl Acquirer {
    /// Lets every hold lapse whose guarantee has ended; answers how many did.
    pub(crate) async fn lapse_holds(&self) -> Result<usize, ExecutionFailure> {
        let executor = &self.executor;
        let mut after = Place::at(persist(MAX_RUNS, || executor.lapse_cursor()).await?);
        let mut lapsed = 0;
        loop {
            let step = match executor.lapse_some(&after, BATCH).await {
                // One by one, so that a hold which the database refuses to change keeps no other.
                Err(ExecutionFailure::Refused) => executor.lapse_or_pass_over(&after).await?,
                other => other?,
            };
            lapsed += step.lapsed;
            match step.last {
                Some(place) => after = place,
                None => return Ok(lapsed),
            }
        }
    }

    /// When somebody has to look again: the next end of a guarantee, or as soon as one that has not begun may have ended.
    pub(crate) async fn next_look(&self) -> Result<DateTime<Utc>, ExecutionFailure> {
        let next = persist(MAX_RUNS, || async {
            let mut connection = self.executor.pool.acquire().await?;
            acquirer::next_guarantee_end(&mut connection).await
        });
        let of_none = self.executor.clock.now() + SHORTEST_GUARANTEE - TimeDelta::hours(1);
        Ok(next.await?.map_or(of_none, |next| next.min(of_none)))
    }

    /// When the next hold lapses.
    #[cfg(feature = "sandbox")]
    pub(crate) async fn next_lapse(&self) -> Result<Option<DateTime<Utc>>, ExecutionFailure> {
        persist(MAX_RUNS, || async {
            let mut connection = self.executor.pool.acquire().await?;
            acquirer::next_lapse(&mut connection).await
        })
        .await
    }
}

impl Executor {
    async fn lapse_cursor(&self) -> Result<DateTime<Utc>, sqlx::Error> {
        let mut connection = self.pool.acquire().await?;
        acquirer::lapse_cursor(&mut connection).await
    }

    async fn lapse_some(&self, after: &Place, limit: i64) -> Result<Step, ExecutionFailure> {
        persist(MAX_RUNS, || self.attempt_to_lapse(after, limit)).await
    }

    async fn lapse_or_pass_over(&self, after: &Place) -> Result<Step, ExecutionFailure> {
        let step = self.lapse_some(after, 1).await;
        if step.as_ref().err() != Some(&ExecutionFailure::Refused) {
            return step;
        }
        persist(MAX_RUNS, || async {
            let mut connection = self.pool.acquire().await?;
            let (_, places) = acquirer::read_ended(&mut connection, after, self.clock.now(), 1).await?;
            let last = places.into_iter().next();
            let reservation = last.as_ref().map(|place| place.reservation_id);
            error!(?reservation, "a hold cannot lapse and is passed over");
            Ok(Step { lapsed: 0, last })
        })
        .await
    }

    /// What was done before the cursor moves is found to be done when it has not moved.
    async fn attempt_to_lapse(&self, after: &Place, limit: i64) -> Result<Step, sqlx::Error> {
        let mut memory = self.memory.lock().await;
        let now = self.clock.now();
        let mut connection = self.pool.acquire().await?;
        let (mut book, places) = acquirer::read_ended(&mut connection, after, now, limit).await?;
        let mut lapsed = 0;
        for place in &places {
            lapsed += usize::from(book.lapse(&place.key()?, now));
        }
        if lapsed > 0 {
            memory.write(&mut connection, &book, now).await?;
        }
        let last = places.into_iter().next_back();
        let until = last.as_ref().map_or(now, |place| place.guaranteed_until);
        acquirer::advance_lapse_cursor(&mut connection, until).await?;
        Ok(Step { lapsed, last })
    }
}

#[cfg(test)]
mod tests;
