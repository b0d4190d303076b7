//! Keeps business time where it can be moved: the offset, who follows it, and the steps from one due instant to the
//! next (`advance`). One instance of `access` keeps the time of a sandbox; its followers are in memory.
//!
//! The offset is stored before anybody sees the time it makes, so time goes on from there after a restart, whatever
//! ended in the middle of a step.

mod advance;
mod followers;

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use kvitt_runtime::{Clock, ServiceName, wall_now};
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;

use followers::Followers;
pub(crate) use followers::{Membership, Saying, Sayings};

use crate::{
    domain::clock::{Target, Unreachable},
    store::clock as store,
};

/// The pause before an unreachable database is asked again.
const ASK_AGAIN: Duration = Duration::from_secs(1);

/// Time as all followers are to know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Time {
    /// As stored.
    pub(crate) offset_us: i64,
    /// Where it stands still; `None` while it runs.
    pub(crate) held_at: Option<DateTime<Utc>>,
}

/// Why time was not moved, or not as far as was asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("time is not known yet")]
    NotStarted,
    #[error("{1}")]
    Unreachable(Target, #[source] Unreachable),
    #[error("{} cannot do what is due; time stays at the instant that was reached", names(.0))]
    Undone(Vec<ServiceName>),
    #[error("a service that follows the clock gives no answer; time stays at the instant that was reached")]
    Silence,
    #[error("it takes too long; time stays at the instant that was reached")]
    TooLong,
    #[error("the service is shutting down")]
    Stopping,
    #[error("the offset could not be stored")]
    Database(#[from] sqlx::Error),
}

/// The keeper of business time; clones are the same.
#[derive(Clone)]
pub(crate) struct Timekeeper {
    pool: PgPool,
    clock: Clock,
    followers: Followers,
    /// Time is moved by one at a time.
    turn: Arc<tokio::sync::Mutex<()>>,
    /// Followers leave when the service stops; time must not go on without them.
    shutdown: CancellationToken,
}

impl Timekeeper {
    pub(crate) fn new(pool: PgPool, clock: Clock, shutdown: CancellationToken) -> Self {
        Self { pool, clock, followers: Followers::default(), turn: Arc::default(), shutdown }
    }

    /// Takes time up where it was left, as soon as the database can say where.
    pub(crate) async fn start(&self) -> Result<(), sqlx::Error> {
        loop {
            match store::load(&self.pool).await {
                Ok(offset_us) => {
                    self.set(Time { offset_us, held_at: None });
                    return Ok(());
                }
                Err(error) if kvitt_postgres::unavailable(&error) => {
                    tracing::warn!(error = %error, "business time waits for the database");
                    tokio::time::sleep(ASK_AGAIN).await;
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Business time, and how far it is ahead of the wall clock in microseconds.
    pub(crate) fn now(&self) -> Result<(DateTime<Utc>, i64), Error> {
        self.followers.time().ok_or(Error::NotStarted)?;
        Ok((self.clock.now(), self.clock.offset_us()))
    }

    /// Another follower: hears the time, now and whenever it changes.
    pub(crate) fn join(&self, name: ServiceName) -> Result<(Membership, Sayings), Error> {
        self.followers.join(name).ok_or(Error::NotStarted)
    }

    /// Stops time at `at`, which is ahead.
    async fn hold(&self, at: DateTime<Utc>) -> Result<(), Error> {
        let offset_us = self.raise(at.timestamp_micros() - wall_now().timestamp_micros()).await?;
        self.set(Time { offset_us, held_at: Some(at) });
        Ok(())
    }

    /// Lets time run on, so far ahead of the wall clock or as far as it was.
    async fn run(&self, offset_us: i64) -> Result<(), Error> {
        let offset_us = self.raise(offset_us).await?;
        self.set(Time { offset_us, held_at: None });
        Ok(())
    }

    /// Stores the offset, or leaves the one that there is when that is further.
    async fn raise(&self, offset_us: i64) -> Result<i64, Error> {
        let stored_us = self.followers.time().ok_or(Error::NotStarted)?.offset_us;
        store::raise(&self.pool, offset_us).await?;
        Ok(offset_us.max(stored_us))
    }

    /// Our own clock first: in one process the followers have the same.
    fn set(&self, time: Time) {
        match time.held_at {
            Some(at) => self.clock.hold(at),
            None => self.clock.run(time.offset_us),
        }
        self.followers.set(time);
    }
}

fn names(services: &[ServiceName]) -> String {
    let names: Vec<_> = services.iter().map(|service| service.as_str()).collect();
    names.join(" and ")
}

#[cfg(test)]
mod tests;
