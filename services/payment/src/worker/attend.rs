//! Payments that need attention by themselves: nobody answered in time, the acquirer has not, or what was left can no
//! longer be captured. Works from timers that have run out; several instances may do it at once, since the engine
//! decides each again.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use kvitt_primitives::{EventId, Msn, PaymentId, Reference};
use kvitt_runtime::{
    Clock,
    telemetry::metrics::{Age, Level, OPERATIONS_OLDEST, OPERATIONS_OVERDUE},
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{FIRST_PAUSE, LONGEST_PAUSE};
use crate::{
    app::{App, Error, resolve::resolve},
    domain::{Command, Payment},
    engine::{Answer, Failure, Submission},
    store::{self, Timer},
};

/// Timers dealt with at once.
const BATCH: i64 = 512;
/// Longest sleep: another instance may have made a row that is due sooner than any seen here.
const LOOK_AGAIN: Duration = Duration::from_secs(5);
/// Overdue payments that are counted; beyond that the alarm need not know how many more.
const MOST_COUNTED: usize = 100_000;
/// How long one that nobody has looked at again still counts: another instance may have seen it settled.
const COUNTED_FOR: TimeDelta = TimeDelta::minutes(20);

/// Runs until `shutdown`.
pub(crate) async fn run(app: App, shutdown: CancellationToken) {
    let mut pause = FIRST_PAUSE;
    let mut overdue = Overdue::new(&app.clock);
    while !shutdown.is_cancelled() {
        let done = pass(&app, &mut overdue, &shutdown).await;
        overdue.tell(app.clock.now());
        match done {
            Ok(Pass { failure: None, worked: true }) => pause = FIRST_PAUSE,
            Ok(Pass { failure: None, worked: false }) => {
                pause = FIRST_PAUSE;
                shutdown.run_until_cancelled(sleep(&app)).await;
            }
            Ok(Pass { failure: Some(error), .. }) | Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "payments that are due must wait");
                shutdown.run_until_cancelled(tokio::time::sleep(pause)).await;
                pause = LONGEST_PAUSE.min(pause * 2);
            }
        }
    }
}

/// What a pass has done.
#[derive(Debug, Default)]
pub(crate) struct Pass {
    /// Whether any timer had run out.
    pub(crate) worked: bool,
    /// Why a payment could not be dealt with, other than for want of an answer of the acquirer.
    pub(crate) failure: Option<Error>,
}

/// Deals with all that is due now, a batch at a time. What cannot be dealt with, because the acquirer is away, does not
/// keep the rest waiting.
pub(crate) async fn pass(
    app: &App,
    overdue: &mut Overdue,
    shutdown: &CancellationToken,
) -> Result<Pass, Error> {
    let now = app.clock.now();
    let mut done = Pass::default();
    while !shutdown.is_cancelled() {
        let mut connection = app.pool.acquire().await?;
        let fired = store::timers::due(&mut connection, now, BATCH).await?;
        if fired.is_empty() {
            break;
        }
        done.worked = true;
        drop(connection);
        let payments = read(app, fired.iter().map(|due| (&due.msn, &due.reference))).await?;
        let (due, mut seen): (Vec<_>, Vec<_>) =
            payments.into_iter().partition(|payment| payment.next_due_at().is_some_and(|at| at <= now));
        if !due.is_empty() {
            done.failure = done.failure.or(attend_all(app, &due).await);
            seen.extend(read(app, due.iter().map(|payment| (&payment.msn, &payment.reference))).await?);
        }
        overdue.look(&seen, now);
        let timer = |payment| Some(Timer { payment, due_at: Payment::next_look_at(payment, now)? });
        let next: Vec<_> = seen.iter().filter_map(timer).collect();
        let mut connection = app.pool.acquire().await?;
        store::timers::replace(&mut connection, &fired, &next).await?;
    }
    Ok(done)
}

async fn read(
    app: &App,
    keys: impl Iterator<Item = (&Msn, &Reference)>,
) -> Result<Vec<Payment>, sqlx::Error> {
    let mut connection = app.pool.acquire().await?;
    let each_once: HashSet<_> = keys.collect();
    store::payments::find(&mut connection, each_once.into_iter()).await
}

/// Attends to all of them at once; answers why it failed, if it did.
async fn attend_all(app: &App, due: &[Payment]) -> Option<Error> {
    let mut work = tokio::task::JoinSet::new();
    for payment in due {
        let (app, msn, reference) = (app.clone(), payment.msn.clone(), payment.reference.clone());
        work.spawn(async move { attend(&app, &msn, &reference).await });
    }
    let mut failure = None;
    while let Some(done) = work.join_next().await {
        match done.unwrap_or(Err(Error::Failure(Failure::Broken))) {
            // Its next look is the remedy.
            Ok(()) | Err(Error::Unanswered) => {}
            Err(error) => failure = failure.or(Some(error)),
        }
    }
    failure
}

/// Settles what is pending, or does what the passing of time does.
async fn attend(app: &App, msn: &Msn, reference: &Reference) -> Result<(), Error> {
    resolve(app, msn, reference).await?;
    let submission = Submission {
        msn: msn.clone(),
        reference: reference.clone(),
        command: Command::Expire,
        event_id: EventId::from_uuid(Uuid::now_v7()),
        key: None,
        settles: None,
        text: None,
    };
    match app.engine.submit(submission).await {
        Answer::Failed(failure) => Err(Error::Failure(failure)),
        Answer::Done(_)
        | Answer::Replayed(_)
        | Answer::Nothing(_)
        | Answer::Refused(_)
        | Answer::KeyConflict => Ok(()),
    }
}

/// Until the next timer runs out, or until somebody moves the clock.
async fn sleep(app: &App) {
    let advanced = app.clock.advanced();
    let next = match app.pool.acquire().await {
        Ok(mut connection) => store::timers::next(&mut connection).await.ok().flatten(),
        Err(_) => None,
    };
    let due = async {
        match next {
            Some(at) => app.clock.sleep_until(at).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        () = due => {}
        () = advanced => {}
        () = tokio::time::sleep(LOOK_AGAIN) => {}
    }
}

/// Payments whose acquirer has not answered by the deadline, as far as this instance has looked.
#[derive(Debug)]
pub(crate) struct Overdue {
    looked_at: HashMap<PaymentId, Look>,
    count: Level,
    oldest: Age,
}

/// What was seen of an overdue payment.
#[derive(Debug, Clone, Copy)]
struct Look {
    at: DateTime<Utc>,
    due_at: DateTime<Utc>,
}

impl Overdue {
    pub(crate) fn new(clock: &Clock) -> Self {
        Self {
            looked_at: HashMap::new(),
            count: Level::new(&OPERATIONS_OVERDUE, []),
            oldest: Age::new(&OPERATIONS_OLDEST, [], clock),
        }
    }

    fn look(&mut self, payments: &[Payment], now: DateTime<Utc>) {
        for payment in payments {
            match payment.pending.map(|pending| pending.due_at).filter(|due_at| *due_at <= now) {
                None => drop(self.looked_at.remove(&payment.id)),
                Some(due_at) if self.looked_at.len() < MOST_COUNTED => {
                    self.looked_at.insert(payment.id, Look { at: now, due_at });
                }
                Some(_) => {}
            }
        }
    }

    /// Tells how many there are, and since when the oldest.
    fn tell(&mut self, now: DateTime<Utc>) {
        self.looked_at.retain(|_, look| now - look.at < COUNTED_FOR);
        self.count.note(self.looked_at.len());
        self.oldest.note(self.looked_at.values().map(|look| look.due_at).min());
    }
}

#[cfg(test)]
mod tests {
    use kvitt_primitives::{Currency, Money, OperationId};
    use kvitt_testing::TestDatabase;

    use super::*;
    use crate::{
        domain::State,
        fixture::{self, Access},
    };

    async fn bench() -> (TestDatabase, App) {
        let database = TestDatabase::create("payment", &crate::MIGRATIONS).await;
        let app = fixture::app(&database, &Access::default()).await;
        (database, app)
    }

    async fn look(app: &App) -> (Pass, Overdue) {
        let mut overdue = Overdue::new(&app.clock);
        let done = pass(app, &mut overdue, &CancellationToken::new()).await.unwrap();
        (done, overdue)
    }

    async fn authorized(app: &App) {
        let operation = OperationId::from_uuid(Uuid::now_v7());
        app.engine.submit(fixture::create("reference-1", "reference-1")).await;
        app.engine.submit(fixture::reserve("reference-1", operation)).await;
        app.engine.submit(fixture::reserved("reference-1", operation)).await;
    }

    async fn find(app: &App, reference: &str) -> Payment {
        let (msn, reference) = (fixture::MSN.parse().unwrap(), reference.parse().unwrap());
        read(app, std::iter::once((&msn, &reference))).await.unwrap().remove(0)
    }

    async fn timers(app: &App) -> Vec<DateTime<Utc>> {
        let sql = "SELECT due_at FROM payment_timers ORDER BY due_at";
        sqlx::query_scalar(sql).fetch_all(&app.pool).await.unwrap()
    }

    #[tokio::test]
    async fn an_acquirer_that_is_away_keeps_no_other_payment_waiting() {
        let (_database, app) = bench().await;
        let mut asking = tokio::task::JoinSet::new();
        for number in 0..=BATCH {
            let (engine, reference) = (app.engine.clone(), format!("reference-{number}"));
            asking.spawn(async move {
                engine.submit(fixture::create(&reference, &reference)).await;
                engine.submit(fixture::reserve(&reference, OperationId::from_uuid(Uuid::now_v7()))).await
            });
        }
        for answer in asking.join_all().await {
            assert!(matches!(answer, Answer::Done(_)), "{answer:?}");
        }
        app.engine.submit(fixture::create("unanswered", "unanswered")).await;
        app.clock.advance(Duration::from_secs(601));

        let (done, overdue) = look(&app).await;
        assert!(done.worked && done.failure.is_none(), "{done:?}");
        assert_eq!(find(&app, "unanswered").await.state, State::Expired);
        assert_eq!(overdue.looked_at.len(), 513);
        let (again, _) = look(&app).await;
        assert!(!again.worked, "what is overdue is looked at again later, not at once");
    }

    #[tokio::test]
    async fn an_operation_without_an_answer_is_looked_at_more_and_more_rarely() {
        let (_database, app) = bench().await;
        authorized(&app).await;
        app.engine.submit(fixture::capture("reference-1", 1000, "take")).await;
        app.clock.advance(Duration::from_secs(601));
        look(&app).await;
        assert!(timers(&app).await.is_empty());
        let (operation, amount) =
            (OperationId::from_uuid(Uuid::now_v7()), Some(Money::new(Currency::Nok, 1)));
        let refund = Command::RequestRefund { operation, amount };
        app.engine.submit(fixture::submission("reference-1", refund, None)).await;
        let mut pauses = Vec::new();
        for _ in 0..8 {
            let left = timers(&app).await[0] - app.clock.now();
            app.clock.advance(left.to_std().unwrap());
            assert!(look(&app).await.0.worked);
            pauses.push((timers(&app).await[0] - app.clock.now()).num_seconds() + 1);
        }
        for (pause, expected) in pauses.iter().zip([30, 30, 60, 120, 240, 480, 600, 600]) {
            assert!((expected - 5..expected + 15).contains(pause), "{pauses:?}");
        }
    }

    #[tokio::test]
    async fn a_payment_that_is_approved_leaves_one_timer_at_its_capture_deadline_and_ends_there() {
        let (_database, app) = bench().await;
        authorized(&app).await;
        app.engine.submit(fixture::capture("reference-1", 400, "take")).await;
        assert_eq!(
            timers(&app).await.len(),
            2,
            "the lane has added one for the expiry and one for the answer"
        );
        app.clock.advance(Duration::from_secs(601));
        look(&app).await;
        let deadline = find(&app, "reference-1").await.capture_until.unwrap();
        assert_eq!(timers(&app).await, [deadline]);

        app.clock.advance(Duration::from_secs(180 * 86_400));
        look(&app).await;
        assert_eq!(find(&app, "reference-1").await.sums.cancelled, 600);
        assert!(timers(&app).await.is_empty());
    }
}
