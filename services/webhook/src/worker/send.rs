//! Sends what is due. One loop claims and has written down, in batches; every call is a task of its own and has its time.
//! What is claimed is in memory, nothing else: how much waits does not matter.
//!
//! A claim need not be durable, for one that is lost is made again; so it does not wait for the disk, and neither does it wait
//! while what has ended is written down. What has ended is durable before it counts; and while something that has ended could
//! not be written down, nothing is claimed.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use kvitt_egress::Egress;
use kvitt_postgres::transaction;
use kvitt_runtime::telemetry::metrics::{Age, DELIVERIES_OLDEST_DUE, DELIVERY_DURATION, Histogram, KeyValue};
use sqlx::PgPool;
use tokio::{
    task::{Id, JoinError, JoinSet},
    time::{Instant, timeout_at},
};
use tokio_util::sync::CancellationToken;
use tracing::{error, warn};
use uuid::Uuid;

use super::beat::{appear, beat, endure, retire};
use crate::{
    app::{App, Error, attempt::attempt},
    domain::{
        Desk, Kind, State,
        desk::{Begun, Ended},
        ecom,
        payload::with_shared,
        schedule,
    },
    store::{
        deliveries::{self, Claimed, Done},
        senders,
    },
};

/// How often all that waits is looked at anew: other instances make and free deliveries too.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Pause after the database failed.
const PAUSE: Duration = Duration::from_millis(500);
/// When something is tried again that could not be tried for a reason of ours.
const POSTPONED: TimeDelta = TimeDelta::seconds(2);
/// Most tries that are written down at once.
const BATCH: usize = 512;
/// How long calls that are under way have when the process is told to stop; what they leave undone is done again.
const LAST_CALLS: Duration = Duration::from_secs(5);

/// A call that has ended, by itself or by a panic.
type Joined = Result<(Id, Done), JoinError>;

/// How writing down has ended, by itself or by a panic.
type Written = Result<Result<(), sqlx::Error>, JoinError>;

/// Sends until it is told to stop.
pub(crate) struct Sender {
    app: App,
    /// The same with a way out of its own: lookups of names that nobody answers for hold up none of those that are known.
    proven: App,
    /// Where claims are made.
    claims: PgPool,
    sender_id: Uuid,
    desk: Desk,
    calls: JoinSet<Done>,
    claimed: HashMap<Id, Claimed>,
    /// What is to be written down.
    done: Vec<Done>,
    /// What is being written down, and that it is: one batch at a time.
    batch: Arc<[Done]>,
    writing: JoinSet<Result<(), sqlx::Error>>,
    looked: Option<Instant>,
    /// Whether something that has ended could not be written down.
    unwritten: bool,
    oldest_due: Age,
    durations: Histogram<f64>,
}

impl Sender {
    pub(crate) fn new(app: App) -> Self {
        Self {
            proven: App { egress: Egress::new(app.policy), ..app.clone() },
            claims: app.pool.clone(),
            oldest_due: Age::new(&DELIVERIES_OLDEST_DUE, [], &app.clock),
            durations: DELIVERY_DURATION.seconds(),
            app,
            sender_id: Uuid::new_v4(),
            desk: Desk::default(),
            calls: JoinSet::new(),
            claimed: HashMap::new(),
            done: Vec::new(),
            batch: Arc::default(),
            writing: JoinSet::new(),
            looked: None,
            unwritten: false,
        }
    }

    /// The same, which claims through a pool whose commits need not be durable.
    pub(crate) fn claiming_through(self, claims: PgPool) -> Self {
        Self { claims, ..self }
    }

    /// Works until `shutdown`, then lets the calls under way end.
    pub(crate) async fn run(self, shutdown: CancellationToken) {
        let (app, sender_id, ended) = (self.app.clone(), self.sender_id, CancellationToken::new());
        if shutdown.run_until_cancelled(appear(&app, sender_id)).await.is_none() {
            return;
        }
        let beating = ended.run_until_cancelled(beat(&app, sender_id));
        let sending = async {
            self.send(shutdown).await;
            ended.cancel();
        };
        tokio::join!(beating, sending);
        retire(&app, sender_id).await;
    }

    async fn send(mut self, shutdown: CancellationToken) {
        let working = async {
            loop {
                // Taken before looking, so that no advance is missed in between.
                let advanced = self.app.clock.advanced();
                let worked = match self.round().await {
                    Ok(true) => Ok(()),
                    Ok(false) => self.rest(advanced).await,
                    Err(error) => Err(error),
                };
                if let Err(error) = worked {
                    warn!(error = &error as &dyn std::error::Error, "nothing can be sent");
                    self.looked = None;
                    tokio::time::sleep(PAUSE).await;
                }
            }
        };
        let _stopped: Option<()> = shutdown.run_until_cancelled(working).await;
        self.last().await;
    }

    /// Has written down what has ended and begins what is due; whether there may be more.
    async fn round(&mut self) -> Result<bool, sqlx::Error> {
        while let Some(joined) = self.calls.try_join_next_with_id() {
            self.joined(joined);
        }
        if self.unwritten {
            self.write_all_down().await?;
        } else if let Some(written) = self.writing.try_join_next() {
            self.written(written)?;
        }
        self.write_down();
        let now = self.app.clock.now();
        for endpoint in self.app.wake.take() {
            self.desk.note(endpoint, now);
        }
        let looked = self.look().await?;
        let worked = self.begin(now).await?;
        if looked {
            self.oldest_due.note(self.desk.oldest_due(now));
        }
        Ok(worked)
    }

    /// Begins what is due and has room; whether there was any room.
    async fn begin(&mut self, now: DateTime<Utc>) -> Result<bool, sqlx::Error> {
        let rooms = self.desk.rooms(now);
        if rooms.is_empty() {
            return Ok(false);
        }
        let mut connection = self.claims.acquire().await?;
        let claimed = deliveries::claim(&mut connection, &rooms, now, self.sender_id).await?;
        drop(connection);
        if claimed.iter().any(|one| one.kind.is_told_once()) {
            // Nobody would know that it was tried.
            endure(&self.app, self.sender_id).await?;
        }
        let mut begun: HashMap<_, Begun> = HashMap::new();
        for one in claimed {
            begun.entry(one.key.endpoint_id).or_default().add(one.due_at);
            let app = if self.desk.is_proven(one.key.endpoint_id) { &self.proven } else { &self.app };
            let task = self.calls.spawn(deliver(app.clone(), one.clone()));
            self.claimed.insert(task.id(), one);
        }
        for (endpoint, room) in &rooms {
            self.desk.began(*endpoint, *room, begun.get(endpoint).copied().unwrap_or_default());
        }
        Ok(true)
    }

    /// Looks at all that waits, now and then; whether it has.
    async fn look(&mut self) -> Result<bool, sqlx::Error> {
        if self.looked.is_some_and(|at| at.elapsed() < LOOK_EVERY) {
            return Ok(false);
        }
        let ended = self.done.iter().chain(self.batch.iter()).map(|done| &done.claimed);
        let claimed = self.claimed.values().chain(ended);
        let known: Vec<Uuid> = claimed.map(|one| one.delivery_id.as_uuid()).collect();
        let mut connection = self.app.pool.acquire().await?;
        senders::free_strays(&mut connection, self.sender_id, &known).await?;
        self.desk.renew(deliveries::agenda(&mut connection).await?);
        self.looked = Some(Instant::now());
        Ok(true)
    }

    /// Begins to write down what has ended, unless that is going on.
    fn write_down(&mut self) {
        self.drop_doubles();
        if !self.writing.is_empty() || self.done.is_empty() {
            return;
        }
        self.batch = self.done.drain(..self.done.len().min(BATCH)).collect();
        let (pool, sender, batch) = (self.app.pool.clone(), self.sender_id, Arc::clone(&self.batch));
        self.writing.spawn(async move {
            transaction!(&pool, "finish_deliveries", async |tx| -> Result<(), sqlx::Error> {
                deliveries::finish(tx, &batch, sender).await
            })
        });
    }

    /// The batch is durable, and counts; or it is not, and is kept.
    fn written(&mut self, written: Written) -> Result<(), sqlx::Error> {
        let batch = std::mem::take(&mut self.batch);
        if let Err(error) = written.unwrap_or(Err(sqlx::Error::WorkerCrashed)) {
            self.done.splice(..0, batch.iter().cloned());
            self.unwritten = true;
            return Err(error);
        }
        self.unwritten = false;
        let now = self.app.clock.now();
        for done in batch.iter() {
            self.measure(done);
            let ended = match (&done.attempt, done.state) {
                (None, _) => Ended::Neither,
                (Some(_), State::Delivered) => Ended::Succeeded,
                (Some(_), State::Pending | State::GivenUp | State::Cancelled) => Ended::Failed,
            };
            let endpoint = done.claimed.key.endpoint_id;
            self.desk.ended(endpoint, ended, now);
            if done.state == State::Pending {
                self.desk.note(endpoint, done.next_at);
            }
        }
        Ok(())
    }

    fn measure(&self, done: &Done) {
        let Some(attempt) = &done.attempt else { return };
        let outcome = if done.state == State::Delivered { "succeeded" } else { "failed" };
        let took = attempt.took.to_std().unwrap_or_default();
        self.durations.record(took.as_secs_f64(), &[KeyValue::new("outcome", outcome)]);
    }

    /// One that was taken away from this process and claimed by it again may end twice. The first word counts.
    fn drop_doubles(&mut self) {
        let mut seen = HashSet::new();
        let (first, doubled): (Vec<_>, Vec<_>) = std::mem::take(&mut self.done)
            .into_iter()
            .partition(|done| seen.insert(done.claimed.key.clone()));
        self.done = first;
        let now = self.app.clock.now();
        for done in doubled {
            self.desk.ended(done.claimed.key.endpoint_id, Ended::Neither, now);
        }
    }

    /// Until a call ends, something is told or falls due, time is moved, or it is time to look again.
    async fn rest(&mut self, advanced: impl Future<Output = ()>) -> Result<(), sqlx::Error> {
        let next = self.desk.next_after(self.app.clock.now());
        let clock = self.app.clock.clone();
        let due = async {
            match next {
                Some(at) => clock.sleep_until(at).await,
                None => std::future::pending().await,
            }
        };
        let wake = self.app.wake.clone();
        tokio::select! {
            Some(written) = self.writing.join_next() => return self.written(written),
            Some(joined) = self.calls.join_next_with_id() => self.joined(joined),
            () = wake.told() => {}
            () = due => {}
            () = advanced => {}
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
        Ok(())
    }

    fn joined(&mut self, joined: Joined) {
        match joined {
            Ok((id, done)) => {
                self.claimed.remove(&id);
                self.done.push(done);
            }
            Err(panicked) => {
                error!("a try to tell a merchant something ended without a result");
                let claimed = self.claimed.remove(&panicked.id());
                self.done.extend(claimed.map(|claimed| postponed(&self.app, claimed)));
            }
        }
    }

    async fn write_all_down(&mut self) -> Result<(), sqlx::Error> {
        loop {
            self.write_down();
            let Some(written) = self.writing.join_next().await else { return Ok(()) };
            self.written(written)?;
        }
    }

    /// Waits for the calls under way, not for ever, and writes down how they ended.
    async fn last(&mut self) {
        let until = Instant::now() + LAST_CALLS;
        while let Ok(Some(joined)) = timeout_at(until, self.calls.join_next_with_id()).await {
            self.joined(joined);
        }
        if !self.calls.is_empty() {
            warn!(calls = self.calls.len(), "some merchants will be told again");
            self.calls.abort_all();
        }
        if let Err(error) = self.write_all_down().await {
            warn!(error = &error as &dyn std::error::Error, "the last tries are not written down");
        }
    }
}

/// Tries once, and says what becomes of the delivery.
async fn deliver(app: App, mut claimed: Claimed) -> Done {
    if claimed.kind.is_event() && claimed.registration.is_none() {
        return ended(&app, claimed, State::Cancelled);
    }
    if schedule::is_over(claimed.kind, app.clock.now(), claimed.began_at) {
        return ended(&app, claimed, State::GivenUp);
    }
    let tried = async {
        if claimed.incomplete {
            complete(&app, &mut claimed).await?;
        }
        attempt(&app, &claimed).await
    };
    match tried.await {
        Ok(attempt) if attempt.outcome == crate::domain::Outcome::Succeeded => {
            let next_at = attempt.at;
            Done { claimed, attempt: Some(attempt), state: State::Delivered, failures: 0, next_at }
        }
        Ok(attempt) => {
            let (now, failures) = (app.clock.now(), claimed.failures + 1);
            let next = schedule::next_at(claimed.kind, failures, now, claimed.began_at);
            let state = if next.is_some() { State::Pending } else { State::GivenUp };
            Done { claimed, attempt: Some(attempt), state, failures, next_at: next.unwrap_or(now) }
        }
        Err(error) => {
            warn!(%error, delivery_id = %claimed.delivery_id, "a merchant will be told later");
            postponed(&app, claimed)
        }
    }
}

/// Nobody is called, and nobody will be.
fn ended(app: &App, claimed: Claimed, state: State) -> Done {
    let (failures, next_at) = (claimed.failures, app.clock.now());
    Done { claimed, attempt: None, state, failures, next_at }
}

/// It does not count as a try, and comes again soon.
fn postponed(app: &App, claimed: Claimed) -> Done {
    let next_at: DateTime<Utc> = app.clock.now() + POSTPONED;
    let failures = claimed.failures;
    Done { claimed, attempt: None, state: State::Pending, failures, next_at }
}

/// Adds what the payer shares, which is not in the log, and keeps it: every try sends the same.
async fn complete(app: &App, claimed: &mut Claimed) -> Result<(), Error> {
    let reference = claimed.key.reference.parse().map_err(|_| Error::DeliveryNotFound)?;
    let (shared, sub) = app.payments.shared(&claimed.key.msn, &reference).await.map_err(Error::Refused)?;
    claimed.body = match claimed.kind {
        Kind::EcomCallback => with_shared(&claimed.body, &ecom::people(&shared, &sub)),
        Kind::Webhook | Kind::ConsentRemoval | Kind::Ping | Kind::CheckIn => {
            with_shared(&claimed.body, &shared)
        }
    };
    let mut connection = app.pool.acquire().await?;
    deliveries::complete_body(&mut connection, &claimed.key, &claimed.body).await?;
    claimed.incomplete = false;
    Ok(())
}
