//! The timers, read beside the log in the same order.

use std::collections::{BTreeSet, HashMap, VecDeque};

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::store::{self, audit::TimerOf};

/// A payment as its timer names it: id, unit, reference.
type Owner = (Uuid, String, String);

/// How far the timers have been read.
#[derive(Debug, Default)]
pub(super) struct Timers {
    opened: bool,
    ended: bool,
    ahead: VecDeque<TimerOf>,
}

impl Timers {
    /// When the first timer of each of these payments is due. Each call's payments come after those of the last call,
    /// or are its last one again, whose timers have been told.
    pub(super) async fn of(
        &mut self,
        connection: &mut PgConnection,
        payments: &BTreeSet<Uuid>,
    ) -> Result<HashMap<Owner, DateTime<Utc>>, sqlx::Error> {
        let mut first = HashMap::new();
        let Some(last) = payments.last() else { return Ok(first) };
        loop {
            while let Some((payment, msn, reference, due_at)) =
                self.ahead.pop_front_if(|(id, ..)| *id <= *last)
            {
                if payments.contains(&payment) {
                    first.entry((payment, msn, reference)).or_insert(due_at);
                }
            }
            if self.ended || !self.ahead.is_empty() {
                return Ok(first);
            }
            if !std::mem::replace(&mut self.opened, true) {
                store::audit::open_timers(connection).await?;
            }
            self.ahead = store::audit::next_timers(connection).await?.into();
            self.ended = self.ahead.is_empty();
        }
    }
}
