//! All that is outside the instances of the service: database, acquirer, clock, and those who call.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard},
    task::Poll,
};

use chrono::{DateTime, TimeDelta, Utc};
use kvitt_primitives::{Currency, Msn};
use kvitt_runtime::Clock;
use uuid::Uuid;

use super::{
    acquirer::Acquirer,
    chance::Chance,
    check::Checks,
    fault::Fault,
    journal::Intent,
    log::{Append, Store},
};
use crate::{engine::log::Obstacle, store::Record};

/// When every schedule begins: later than any wall clock, since time never goes back.
const START: i64 = 4_102_444_800;

/// A sales unit.
#[derive(Debug, Clone)]
pub(super) struct Unit {
    pub(super) msn: Msn,
    pub(super) currency: Currency,
    pub(super) partial_capture: bool,
    pub(super) late_capture: bool,
    /// Its payments are Express ones, which also ask the payer to share something.
    pub(super) ships: bool,
    /// They come through eCom and are captured by themselves.
    pub(super) takes_directly: bool,
}

/// How often what goes wrong, per thousand.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Trouble {
    /// There is no connection to the database.
    pub(super) away: usize,
    /// It is lost before a statement is carried out, after it, or before it is carried out all the same.
    pub(super) lost_before: usize,
    pub(super) lost_after: usize,
    pub(super) lost_late: usize,
    /// The acquirer does not answer, and has done nothing or everything.
    pub(super) silent_before: usize,
    pub(super) silent_after: usize,
    /// It does not know yet.
    pub(super) unsettled: usize,
    /// It says no, where it may.
    pub(super) declined: usize,
}

impl Trouble {
    fn some(chance: &mut Chance) -> Self {
        if chance.per_mille(150) {
            return Self::default();
        }
        let mut up_to = |most: usize| if chance.per_mille(400) { 0 } else { chance.below(most) };
        Self {
            away: up_to(40),
            lost_before: up_to(80),
            lost_after: up_to(120),
            lost_late: up_to(120),
            silent_before: up_to(250),
            silent_after: up_to(250),
            unsettled: up_to(150),
            declined: up_to(300),
        }
    }
}

/// How often what was seen.
pub(super) type Tally = BTreeMap<&'static str, u64>;

#[derive(Debug)]
pub(super) struct World {
    pub(super) chance: Chance,
    pub(super) clock: Clock,
    pub(super) units: Vec<Unit>,
    pub(super) store: Store,
    pub(super) acquirer: Acquirer,
    pub(super) intents: Vec<Intent>,
    pub(super) checks: Checks,
    pub(super) trouble: Trouble,
    pub(super) fault: Option<Fault>,
    pub(super) tally: Tally,
    pub(super) trace: Option<Vec<String>>,
    pub(super) wrong: Option<String>,
    ids: u128,
}

impl World {
    pub(super) fn new(seed: u64, fault: Option<Fault>, traced: bool) -> Self {
        let mut chance = Chance::new(seed);
        let clock = Clock::system();
        clock.hold(DateTime::from_timestamp(START, 0).expect("a valid instant"));
        let mut store = Store { poisoned: chance.per_mille(100), ..Store::default() };
        store.divide(i16::try_from(1 + chance.below(2)).expect("two"));
        let mut unit = |msn: &str| Unit {
            msn: msn.parse().expect("an MSN"),
            currency: if chance.per_mille(600) { Currency::Nok } else { Currency::Dkk },
            partial_capture: chance.per_mille(850),
            late_capture: chance.per_mille(300),
            // Without the chance, so that the seeds that failed once still run their course.
            ships: seed.is_multiple_of(3),
            takes_directly: seed % 5 == 1,
        };
        let (one, other) = (unit("123456"), unit("654321"));
        let units = if chance.per_mille(500) { vec![one] } else { vec![one, other] };
        Self {
            trouble: Trouble::some(&mut chance),
            chance,
            clock,
            units,
            store,
            acquirer: Acquirer::default(),
            intents: Vec::new(),
            checks: Checks::default(),
            fault,
            tally: Tally::new(),
            trace: traced.then(Vec::new),
            wrong: None,
            ids: 0,
        }
    }

    pub(super) fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    pub(super) fn fresh_id(&mut self) -> Uuid {
        self.ids += 1;
        Uuid::from_u128(self.ids)
    }

    pub(super) fn unit(&self, msn: &Msn) -> &Unit {
        self.units.iter().find(|unit| unit.msn == *msn).expect("only units that there are")
    }

    pub(super) fn strikes(&mut self, share: impl Fn(&Trouble) -> usize) -> bool {
        let share = share(&self.trouble);
        self.chance.per_mille(share)
    }

    pub(super) fn count(&mut self, what: &'static str) {
        *self.tally.entry(what).or_default() += 1;
    }

    /// A line of the schedule, for whoever reads it after a failure.
    pub(super) fn note(&mut self, line: impl FnOnce() -> String) {
        if let Some(trace) = &mut self.trace {
            let since = self.clock.now() - DateTime::from_timestamp(START, 0).expect("a valid instant");
            let (days, rest) = (since.num_days(), since - TimeDelta::days(since.num_days()));
            trace.push(format!("{days:>4} d {:>12.6} s  {}", rest.as_seconds_f64(), line()));
        }
    }

    /// The first thing that is wrong ends the schedule.
    pub(super) fn expect(&mut self, right: Result<(), String>) {
        if let Err(wrong) = right {
            self.wrong.get_or_insert(wrong);
        }
    }

    /// Carries out a statement; what it writes is checked at once.
    pub(super) fn commit(&mut self, append: &Append) -> Result<i64, Obstacle> {
        let before = self.store.rows.len();
        let done = self.store.append(append, self.fault);
        let line = |row: &Arc<Record>| {
            format!("{:?} {} {} {}.{}", row.kind, row.amount, row.msn, row.reference, row.seq)
        };
        self.note(|| {
            let rows: Vec<_> = append.rows.iter().map(line).collect();
            let outcome = if let Err(obstacle) = &done { format!(", but {obstacle}") } else { String::new() };
            format!("instance {} writes {rows:?} to part {}{outcome}", append.instance, append.part)
        });
        match &done {
            Ok(_) => self.check_rows(before),
            Err(Obstacle::Conflict(_)) => self.count("conflict"),
            Err(_) => self.count("poison"),
        }
        done
    }
}

/// A handle for the many who share it, one at a time.
#[derive(Debug, Clone)]
pub(super) struct Shared(Arc<Mutex<World>>);

impl Shared {
    pub(super) fn new(world: World) -> Self {
        Self(Arc::new(Mutex::new(world)))
    }

    pub(super) fn world(&self) -> MutexGuard<'_, World> {
        self.0.try_lock().expect("a schedule has one thread, which holds the world for no longer than a step")
    }
}

/// Lets others go first, once.
pub(super) async fn step() {
    let mut waited = false;
    std::future::poll_fn(
        |_| if std::mem::replace(&mut waited, true) { Poll::Ready(()) } else { Poll::Pending },
    )
    .await;
}
