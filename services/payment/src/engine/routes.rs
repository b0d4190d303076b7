//! Which lane writes which sales unit, now.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use kvitt_primitives::Msn;
use kvitt_runtime::{Clock, Lane, LaneName};
use sqlx::PgPool;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::{
    Answer, Counts, Head, Parts, Submission, Tip,
    parts::place,
    stats::{LANE, Stats},
    writer::Writer,
};
use crate::store::{self, LaneLog};

type PartLane = Lane<Arc<Submission>, Answer>;

/// The lanes, and what is needed to start more when the log is divided anew.
#[derive(Debug)]
pub(super) struct Routes {
    pool: PgPool,
    clock: Clock,
    shutdown: CancellationToken,
    stats: Arc<Stats>,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    route: Arc<Route>,
    lanes: BTreeMap<i16, PartLane>,
    tips: BTreeMap<i16, watch::Sender<Tip>>,
}

/// The division of the log, and the lanes of its open parts in ascending order.
#[derive(Debug, Default)]
pub(super) struct Route {
    pub(super) parts: Parts,
    lanes: Vec<PartLane>,
}

impl Route {
    /// The lane of an MSN; none when no part is open.
    pub(super) fn lane(&self, msn: &Msn) -> Option<&PartLane> {
        self.lanes.get(place(msn, self.lanes.len()))
    }
}

impl Routes {
    pub(super) fn new(pool: PgPool, clock: Clock, shutdown: CancellationToken, parts: Parts) -> Self {
        let state = State { route: Arc::default(), lanes: BTreeMap::new(), tips: BTreeMap::new() };
        let routes = Self { pool, clock, shutdown, stats: Arc::default(), state: Mutex::new(state) };
        routes.look(parts.into_heads());
        routes
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn now(&self) -> Arc<Route> {
        Arc::clone(&self.state().route)
    }

    pub(super) fn tip(&self, part: i16) -> Option<watch::Receiver<Tip>> {
        self.state().tips.get(&part).map(watch::Sender::subscribe)
    }

    pub(super) fn counts(&self) -> Counts {
        self.stats.counts()
    }

    /// Reads the heads now.
    pub(super) async fn renew(&self) -> Result<(), sqlx::Error> {
        let mut connection = self.pool.acquire().await?;
        let heads = store::heads::all(&mut connection).await?;
        self.look(heads);
        Ok(())
    }

    /// Takes what the heads say: followers hear of more, and when the log has been divided anew, new lanes begin. The
    /// lanes of closed parts stay: what still waits there is told that the part is closed.
    pub(super) fn look(&self, heads: Vec<Head>) {
        let mut state = self.state();
        for head in &heads {
            let tip = state.tips.entry(head.part).or_insert_with(|| watch::Sender::new(Tip::UNKNOWN));
            Tip::advance(tip, head.next_pos, head.closed);
        }
        let parts = Parts::new(heads);
        // An answer that was on its way when the log was divided is older than what is known.
        if parts.divided_as(&state.route.parts) || parts.generation() < state.route.parts.generation() {
            return;
        }
        let lanes = parts.open().into_iter().map(|part| self.lane(&mut state, part)).collect();
        state.route = Arc::new(Route { parts, lanes });
    }

    fn lane(&self, state: &mut State, part: i16) -> PartLane {
        let tip = state.tips.entry(part).or_insert_with(|| watch::Sender::new(Tip::UNKNOWN)).clone();
        let start = || {
            let log = LaneLog { part, pool: self.pool.clone() };
            let writer = Arc::new(Writer::new(log, self.clock.clone(), tip, Arc::clone(&self.stats)));
            let handler = move |batch| {
                let writer = Arc::clone(&writer);
                async move { writer.handle(batch).await }
            };
            Lane::spawn(LaneName { name: LANE, part: Some(part) }, handler, self.shutdown.clone())
        };
        state.lanes.entry(part).or_insert_with(start).clone()
    }

    pub(super) async fn ended(&self) {
        let lanes: Vec<_> = self.state().lanes.values().cloned().collect();
        for lane in lanes {
            lane.ended().await;
        }
    }
}
