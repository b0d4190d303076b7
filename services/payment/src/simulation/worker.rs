//! What the service does by itself, as `worker/attend.rs` and `worker/clear.rs` do it.

use std::rc::Rc;

use kvitt_proto::acquirer::v1::AcquirerStatus;

use super::{
    fault::Fault,
    instance::{Instance, Silence},
    log::{At, Row, TimerRow},
};
use crate::{
    domain::{Command, Payment},
    engine::Answer,
    worker::clear::clearing,
};

/// Timers dealt with at once, and rows cleared at once.
const BATCH: usize = 4;

impl Instance {
    /// Deals with all that is due.
    pub(super) async fn attend(self: Rc<Self>) {
        let _silence = self.attend_due().await;
    }

    async fn attend_due(&self) -> Result<(), Silence> {
        let now = self.shared.world().now();
        loop {
            self.reach().await?;
            let fired: Vec<TimerRow> = {
                let world = self.shared.world();
                world
                    .store
                    .timers
                    .iter()
                    .take_while(|timer| timer.due_at <= now)
                    .take(BATCH)
                    .cloned()
                    .collect()
            };
            if fired.is_empty() {
                return Ok(());
            }
            let mut ats: Vec<At> =
                fired.iter().map(|timer| (timer.msn.clone(), timer.reference.clone())).collect();
            ats.sort();
            ats.dedup();
            let payments = self.read(&ats).await?;
            let (due, mut seen): (Vec<_>, Vec<_>) =
                payments.into_iter().partition(|payment| payment.next_due_at().is_some_and(|at| at <= now));
            let due: Vec<At> = due.into_iter().map(|payment| (payment.msn, payment.reference)).collect();
            for at in &due {
                // Its next look is the remedy.
                let _silence = self.attend_one(at).await;
            }
            if !due.is_empty() {
                seen.extend(self.read(&due).await?);
            }
            let next =
                seen.iter().filter_map(|payment| Some(TimerRow::of(payment, payment.next_look_at(now)?)));
            self.reach().await?;
            let mut world = self.shared.world();
            for timer in &fired {
                world.store.timers.remove(timer);
            }
            world.store.timers.extend(next);
            if world.strikes(|trouble| trouble.lost_after) {
                return Err(Silence);
            }
        }
    }

    async fn read(&self, ats: &[At]) -> Result<Vec<Payment>, Silence> {
        self.reach().await?;
        let world = self.shared.world();
        Ok(ats.iter().filter_map(|at| world.store.payments.get(at)).cloned().collect())
    }

    async fn attend_one(&self, at: &At) -> Result<(), Silence> {
        self.resolve(at).await?;
        match self.submit(self.command(at, Command::Expire)).await {
            Answer::Failed(_) => Err(Silence),
            _ => Ok(()),
        }
    }

    /// Clears one part as far as it is written.
    pub(super) async fn clear(self: Rc<Self>, part: i16) {
        while let Ok(true) = self.clear_some(part).await {}
    }

    async fn clear_some(&self, part: i16) -> Result<bool, Silence> {
        self.reach().await?;
        let from = self.shared.world().store.cursors[&part];
        self.reach().await?;
        let rows: Vec<Row> = {
            let world = self.shared.world();
            let mut rows: Vec<_> =
                world.store.rows.iter().filter(|row| row.part == part && row.pos > from).cloned().collect();
            rows.sort_by_key(|row| row.pos);
            rows.truncate(BATCH);
            rows
        };
        let Some(last) = rows.last().map(|row| row.pos) else { return Ok(false) };
        let hasty = self.shared.world().fault == Some(Fault::CursorComesFirst);
        if hasty {
            self.advance(part, from, last).await?;
        }
        let operations: Vec<_> = rows.iter().filter_map(|row| clearing(&row.record)).collect();
        if !operations.is_empty() {
            for outcome in self.execute(operations).await? {
                match outcome.status() {
                    AcquirerStatus::Done => {}
                    AcquirerStatus::Declined | AcquirerStatus::Mismatch => {
                        let refused = format!("the acquirer refused what had been decided: {outcome:?}");
                        self.shared.world().expect(Err(refused));
                    }
                    _ => return Err(Silence),
                }
            }
        }
        if !hasty {
            self.advance(part, from, last).await?;
        }
        Ok(true)
    }

    async fn advance(&self, part: i16, from: i64, to: i64) -> Result<(), Silence> {
        self.reach().await?;
        let mut world = self.shared.world();
        let cursor = world.store.cursors.get_mut(&part).expect("every part has a cursor");
        if *cursor == from {
            *cursor = to;
        }
        if world.strikes(|trouble| trouble.lost_after) { Err(Silence) } else { Ok(()) }
    }
}
