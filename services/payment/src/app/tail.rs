//! Follow the log: read on from a position, and wait for more. A follower of one sales unit goes on in the part that holds
//! the unit after the log has been divided anew; a follower of a whole part ends with it.

use std::time::Duration;

use kvitt_primitives::Msn;
use tokio::{sync::watch, time::Instant};

use super::{App, Error, cursor::Position};
use crate::{
    engine::Tip,
    store::{self, Kind, Record, feed::Stretch},
};

/// Positions that one read looks through: what a sales unit with few events among everybody's may cost at once.
const LOOKED_THROUGH: i64 = 10_000;

/// Least time between two reads of one follower, and the same under load, when it reads many rows at once instead of some
/// rows often: more than one for each millisecond.
const LEAST_PAUSE: Duration = Duration::from_millis(20);
const BUSY_PAUSE: Duration = Duration::from_millis(100);

/// Reads one part of the log, for one sales unit or for all.
#[derive(Debug)]
pub(crate) struct Follower {
    app: App,
    msn: Option<Msn>,
    at: Position,
    limit: i64,
    tip: watch::Receiver<Tip>,
    /// When it was read last, and not before when it is read again.
    read_at: Instant,
    rests_until: Instant,
}

/// What has been read on.
#[derive(Debug)]
pub(crate) struct Stride {
    pub(crate) events: Vec<Record>,
    /// The position after them.
    pub(crate) at: Position,
    /// The part is closed, and this is all of it.
    pub(crate) ended: bool,
}

impl Follower {
    /// `None` when there is no such part.
    pub(crate) fn new(app: &App, msn: Option<Msn>, at: Position, limit: i64) -> Option<Self> {
        let tip = app.engine.tip(at.part)?;
        let now = Instant::now();
        Some(Self { app: app.clone(), msn, at, limit, tip, read_at: now, rests_until: now })
    }

    /// Where this is.
    pub(crate) fn at(&self) -> Position {
        self.at
    }

    /// The next public events; waits until there is something to tell.
    pub(crate) async fn next(&mut self) -> Result<Stride, Error> {
        loop {
            let (before, tip) = (self.read_at, self.wait_for_more().await?);
            // All positions below are committed and visible by the time they are told.
            let until = (tip.next_pos - 1).min(self.at.pos + LOOKED_THROUGH);
            let stretch = Stretch { part: self.at.part, after: self.at.pos, until, limit: self.limit };
            let rows = if until > self.at.pos {
                let mut connection = self.app.pool.acquire().await?;
                store::feed::read(&mut connection, stretch, self.msn.as_ref()).await?
            } else {
                Vec::new()
            };
            let full = i64::try_from(rows.len()).is_ok_and(|read| read == self.limit);
            // Who is behind reads on at once: nothing would be gathered by waiting.
            if full {
                self.rests_until = self.read_at;
            } else if rows.len() as u128 > (self.read_at - before).as_millis() {
                self.rests_until = self.read_at + BUSY_PAUSE;
            }
            self.at.pos = rows.last().filter(|_| full).map_or(until, |(pos, _)| *pos);
            let events: Vec<_> = rows
                .into_iter()
                .map(|(_, record)| record)
                .filter(|record| record.kind.number() <= Kind::LAST_PUBLIC)
                .collect();
            let drained = tip.closed && self.at.pos + 1 >= tip.next_pos;
            let moved = drained && self.move_on();
            // A follower of everything learns of every step; of one MSN, nothing between its own events.
            if !events.is_empty() || self.msn.is_none() {
                return Ok(Stride { events, at: self.at, ended: drained && !moved });
            }
        }
    }

    /// Goes on in the part that holds the sales unit now, if this follows one.
    fn move_on(&mut self) -> bool {
        let next = self.msn.as_ref().and_then(|msn| self.app.engine.parts().after(msn, self.at.part));
        let Some((part, tip)) = next.and_then(|part| Some((part, self.app.engine.tip(part)?))) else {
            return false;
        };
        self.at = Position { part, pos: 0 };
        self.tip = tip;
        true
    }

    async fn wait_for_more(&mut self) -> Result<Tip, Error> {
        let at = self.at.pos;
        tokio::time::sleep_until(self.rests_until).await;
        let tip = self.tip.wait_for(|tip| tip.next_pos > at + 1 || tip.closed).await;
        self.read_at = Instant::now();
        self.rests_until = self.read_at + LEAST_PAUSE;
        tip.map(|tip| *tip).map_err(|_| Error::Unanswered)
    }
}
