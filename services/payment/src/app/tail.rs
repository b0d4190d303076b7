//! Follow the log: read on from a position, and wait for more.

use kvitt_primitives::Msn;
use tokio::sync::watch;

use super::{App, Error, cursor::Position};
use crate::store::{self, Kind, Record};

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
            let mut connection = self.app.pool.acquire().await?;
            let rows =
                store::feed::read(&mut connection, self.at.part, self.at.pos, self.limit, self.msn.as_ref())
                    .await?;
            drop(connection);
            let full = i64::try_from(rows.len()).is_ok_and(|read| read == self.limit);
            let last = rows.last().map_or(self.at.pos, |(pos, _)| *pos);
            self.at.pos = if full { last } else { last.max(head - 1) };
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
