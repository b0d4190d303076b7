use std::time::Duration;

use chrono::TimeDelta;
use kvitt_primitives::OperationId;
use kvitt_testing::TestDatabase;

use super::*;
use crate::{
    domain::{Refusal, State},
    fixture::{capture, create, reserve, submission},
    store,
};

struct Bench {
    database: TestDatabase,
    engine: Engine,
    clock: Clock,
    shutdown: CancellationToken,
}

impl Bench {
    async fn start() -> Self {
        let database = TestDatabase::create("payment", &crate::MIGRATIONS).await;
        let mut connection = database.pool().acquire().await.unwrap();
        let parts = store::log::open_parts(&mut connection, 2).await.unwrap();
        drop(connection);
        let (clock, shutdown) = (Clock::system(), CancellationToken::new());
        let engine = Engine::start(database.pool(), parts, &clock, &shutdown);
        Self { database, engine, clock, shutdown }
    }

    fn second_instance(&self) -> Engine {
        Engine::start(self.database.pool(), 2, &self.clock, &self.shutdown)
    }

    async fn scalar(&self, sql: &'static str) -> i64 {
        sqlx::query_scalar(sql).fetch_one(self.database.pool()).await.unwrap()
    }

    async fn authorized(&self, reference: &str) {
        assert!(matches!(self.engine.submit(create(reference, reference)).await, Answer::Done(_)));
        let operation = OperationId::from_uuid(Uuid::now_v7());
        let reserve = reserve(reference, operation);
        assert!(matches!(self.engine.submit(reserve).await, Answer::Done(_)));
        let settle = Command::SettleReserve { operation, card_bin: Some("492500".into()) };
        assert!(matches!(self.engine.submit(submission(reference, settle, None)).await, Answer::Done(_)));
    }

    async fn positions_are_gap_free(&self) {
        let gaps =
            "SELECT count(*) FROM (SELECT part, pos, row_number() OVER (PARTITION BY part ORDER BY pos) AS n
            FROM payment_log) AS numbered WHERE pos <> n";
        assert_eq!(self.scalar(gaps).await, 0);
        let heads = "SELECT sum(next_pos - 1)::bigint FROM log_head";
        assert_eq!(self.scalar(heads).await, self.scalar("SELECT count(*) FROM payment_log").await);
    }
}

#[test]
fn the_part_of_an_msn_never_changes() {
    let parts =
        |count| ["1000", "123456", "654321", "9999999999"].map(|msn| part_of(&msn.parse().unwrap(), count));
    assert_eq!(parts(1), [0, 0, 0, 0]);
    assert_eq!(parts(2), PINNED_OF_2);
    assert_eq!(parts(16), PINNED_OF_16);
}

/// From an independent implementation of XXH3.
const PINNED_OF_2: [i16; 4] = [0, 0, 1, 1];
const PINNED_OF_16: [i16; 4] = [12, 14, 15, 13];

#[tokio::test]
async fn a_repeated_command_is_answered_from_its_row() {
    let bench = Bench::start().await;
    bench.authorized("reference-1").await;
    let Answer::Done(first) = bench.engine.submit(capture("reference-1", 400, "a")).await else { panic!() };
    let Answer::Done(_) = bench.engine.submit(capture("reference-1", 100, "b")).await else { panic!() };
    let Answer::Replayed(again) = bench.engine.submit(capture("reference-1", 400, "a")).await else {
        panic!()
    };
    assert_eq!((first.seq, first.sums, first.event_id), (again.seq, again.sums, again.event_id));
    assert_eq!(again.sums.captured, 400);
    let other = bench.engine.submit(capture("reference-1", 401, "a")).await;
    assert!(matches!(other, Answer::KeyConflict), "{other:?}");
}

#[tokio::test]
async fn a_refusal_is_remembered_under_its_key_and_changes_no_sum() {
    let bench = Bench::start().await;
    bench.engine.submit(create("reference-1", "create")).await;
    let early = bench.engine.submit(capture("reference-1", 400, "early")).await;
    assert!(matches!(early, Answer::Refused(Refusal::CaptureBeforeReservation)), "{early:?}");
    let taken = bench.engine.submit(create("reference-1", "create-2")).await;
    assert!(matches!(taken, Answer::Refused(Refusal::ReferenceExists)), "{taken:?}");

    let operation = OperationId::from_uuid(Uuid::now_v7());
    bench.engine.submit(reserve("reference-1", operation)).await;
    let settle = Command::SettleReserve { operation, card_bin: Some("492500".into()) };
    bench.engine.submit(submission("reference-1", settle, None)).await;

    let still = bench.engine.submit(capture("reference-1", 400, "early")).await;
    assert!(matches!(still, Answer::Refused(Refusal::CaptureBeforeReservation)), "{still:?}");
    assert_eq!(bench.scalar("SELECT captured FROM payments").await, 0);
    bench.positions_are_gap_free().await;
}

#[tokio::test]
async fn two_instances_on_one_part_stay_exact() {
    let bench = Bench::start().await;
    bench.authorized("reference-1").await;
    let other = bench.second_instance();
    let mut calls = tokio::task::JoinSet::new();
    for number in 0..200 {
        let engine = if number % 2 == 0 { bench.engine.clone() } else { other.clone() };
        calls.spawn(async move { engine.submit(capture("reference-1", 10, &format!("key-{number}"))).await });
    }
    let answers = calls.join_all().await;
    let done = answers.iter().filter(|answer| matches!(answer, Answer::Done(_))).count();
    let refused =
        answers.iter().filter(|answer| matches!(answer, Answer::Refused(Refusal::AlreadyCaptured))).count();
    assert_eq!((done, refused), (100, 100), "{answers:?}");
    assert_eq!(bench.scalar("SELECT captured FROM payments").await, 1000);
    assert_eq!(bench.scalar("SELECT sum(amount)::bigint FROM payment_log WHERE kind = 5").await, 1000);
    bench.positions_are_gap_free().await;
}

#[tokio::test]
async fn equal_creates_at_once_make_one_payment() {
    let bench = Bench::start().await;
    let other = bench.second_instance();
    let mut calls = tokio::task::JoinSet::new();
    for number in 0..50 {
        let engine = if number % 2 == 0 { bench.engine.clone() } else { other.clone() };
        calls.spawn(async move { engine.submit(create("reference-1", "one-key")).await });
    }
    let ids: std::collections::HashSet<_> = calls
        .join_all()
        .await
        .into_iter()
        .map(|answer| match answer {
            Answer::Done(record) | Answer::Replayed(record) => record.payment_id,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(ids.len(), 1);
    assert_eq!(bench.scalar("SELECT count(*) FROM payments").await, 1);
    assert_eq!(bench.scalar("SELECT count(*) FROM payment_log").await, 1);
}

#[tokio::test]
async fn a_closed_head_writes_nothing() {
    let bench = Bench::start().await;
    sqlx::query("UPDATE log_head SET closed = true").execute(bench.database.pool()).await.unwrap();
    let answer = bench.engine.submit(create("reference-1", "create")).await;
    assert!(matches!(answer, Answer::Failed(Failure::Contended)), "{answer:?}");
    for table in [
        "SELECT count(*) FROM payments",
        "SELECT count(*) FROM payment_log",
        "SELECT count(*) FROM payment_timers",
    ] {
        assert_eq!(bench.scalar(table).await, 0, "{table}");
    }
}

#[tokio::test]
async fn a_command_that_fails_alone_does_not_fail_its_neighbours() {
    let bench = Bench::start().await;
    bench.authorized("reference-1").await;
    bench.authorized("reference-2").await;
    // A row that its own constraint refuses, made by hand: the fold says more is left than the row allows.
    sqlx::query(
        "ALTER TABLE payments ADD CONSTRAINT poison CHECK (reference <> 'reference-2' OR captured = 0)",
    )
    .execute(bench.database.pool())
    .await
    .unwrap();
    let (good, bad) = tokio::join!(
        bench.engine.submit(capture("reference-1", 10, "a")),
        bench.engine.submit(capture("reference-2", 10, "a")),
    );
    assert!(matches!(good, Answer::Done(_)), "{good:?}");
    assert!(matches!(bad, Answer::Failed(Failure::Broken)), "{bad:?}");
    assert_eq!(bench.scalar("SELECT sum(captured)::bigint FROM payments").await, 10);
    bench.positions_are_gap_free().await;
}

#[tokio::test]
async fn timers_follow_the_payment() {
    let bench = Bench::start().await;
    bench.engine.submit(create("reference-1", "create")).await;
    let now = bench.clock.now();
    let mut connection = bench.database.pool().acquire().await.unwrap();
    let next = store::timers::next(&mut connection).await.unwrap().unwrap();
    assert!(next > now + TimeDelta::minutes(9) && next <= now + TimeDelta::minutes(10));
    bench.clock.advance(Duration::from_secs(601));
    let due = store::timers::due(&mut connection, bench.clock.now(), None, 10).await.unwrap();
    assert_eq!(due.len(), 1);
    let expired = bench.engine.submit(submission("reference-1", Command::Expire, None)).await;
    assert!(matches!(&expired, Answer::Done(record) if record.state == State::Expired), "{expired:?}");
    assert_eq!(bench.scalar("SELECT count(*) FROM payment_timers").await, 0);
}

#[tokio::test]
async fn a_column_that_a_later_version_adds_does_not_stop_a_running_one() {
    let bench = Bench::start().await;
    bench.authorized("reference-1").await;
    for statement in
        ["ALTER TABLE payments ADD COLUMN later text", "ALTER TABLE payment_log ADD COLUMN later text"]
    {
        sqlx::query(statement).execute(bench.database.pool()).await.unwrap();
    }
    let answer = bench.engine.submit(capture("reference-1", 10, "a")).await;
    assert!(matches!(answer, Answer::Done(_)), "{answer:?}");
}
