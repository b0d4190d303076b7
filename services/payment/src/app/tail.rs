//! Follow the log: read on from a position, and wait for more.

use kvitt_primitives::Msn;
use tokio::sync::watch;

use super::{App, Error, cursor::Position};
use crate::store::{self, Kind, Record, feed::Stretch};

/// Positions that one read looks through: what a sales unit with few events among everybody's may cost at once.
const LOOKED_THROUGH: i64 = 10_000;

/// Reads one part of the log, for one sales unit or for all.
#[derive(Debug)]
pub(crate) struct Follower {
    app: App,
    msn: Option<Msn>,
    at: Position,
    limit: i64,
    head: watch::Receiver<i64>,
}

impl Follower {
    /// `None` when there is no such part.
    pub(crate) fn new(app: &App, msn: Option<Msn>, at: Position, limit: i64) -> Option<Self> {
        let head = app.engine.head(at.part)?.subscribe();
        Some(Self { app: app.clone(), msn, at, limit, head })
    }

    /// The next public events, and the position after them; waits until there is something to tell.
    pub(crate) async fn next(&mut self) -> Result<(Vec<Record>, Position), Error> {
        loop {
            // All positions below the head are committed and visible by the time it is told.
            let head = self.wait_for_more().await?;
            let until = (head - 1).min(self.at.pos + LOOKED_THROUGH);
            let stretch = Stretch { part: self.at.part, after: self.at.pos, until, limit: self.limit };
            let mut connection = self.app.pool.acquire().await?;
            let rows = store::feed::read(&mut connection, stretch, self.msn.as_ref()).await?;
            drop(connection);
            let full = i64::try_from(rows.len()).is_ok_and(|read| read == self.limit);
            self.at.pos = rows.last().filter(|_| full).map_or(until, |(pos, _)| *pos);
            let events: Vec<_> = rows
                .into_iter()
                .map(|(_, record)| record)
                .filter(|record| record.kind.number() <= Kind::LAST_PUBLIC)
                .collect();
            // A follower of everything learns of every step; of one MSN, nothing between its own events.
            if !events.is_empty() || self.msn.is_none() {
                return Ok((events, self.at));
            }
        }
    }

    async fn wait_for_more(&mut self) -> Result<i64, Error> {
        let at = self.at.pos;
        let head = self.head.wait_for(|head| *head > at + 1).await.map_err(|_| Error::Unanswered)?;
        Ok(*head)
    }
}
