use chrono::TimeDelta;
use kvitt_primitives::OperationId;
use kvitt_testing::TestDatabase;

use super::*;
use crate::{
    domain::Refusal,
    fixture::{capture, create, reserve, reserved},
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
        let parts = crate::open(database.pool(), 2).await.unwrap();
        let (clock, shutdown) = (Clock::system(), CancellationToken::new());
        let engine = Engine::start(database.pool(), parts, &clock, &shutdown);
        Self { database, engine, clock, shutdown }
    }

    fn second_instance(&self) -> Engine {
        Engine::start(self.database.pool(), self.engine.parts(), &self.clock, &self.shutdown)
    }

    async fn scalar(&self, sql: &'static str) -> i64 {
        sqlx::query_scalar(sql).fetch_one(self.database.pool()).await.unwrap()
    }

    async fn authorized(&self, reference: &str) {
        assert!(matches!(self.engine.submit(create(reference, reference)).await, Answer::Done(_)));
        let operation = OperationId::from_uuid(Uuid::now_v7());
        let reserve = reserve(reference, operation);
        assert!(matches!(self.engine.submit(reserve).await, Answer::Done(_)));
        assert!(matches!(self.engine.submit(reserved(reference, operation)).await, Answer::Done(_)));
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
    bench.engine.submit(reserved("reference-1", operation)).await;

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
    assert!(matches!(answer, Answer::Failed(Failure::Unavailable)), "{answer:?}");
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
async fn a_timer_is_added_only_when_a_payment_wants_to_be_looked_at_earlier() {
    let bench = Bench::start().await;
    bench.engine.submit(create("reference-1", "create")).await;
    let mut connection = bench.database.pool().acquire().await.unwrap();
    let mut first = async |added| {
        assert_eq!(bench.scalar("SELECT count(*) FROM payment_timers").await, added);
        store::timers::next(&mut connection).await.unwrap().unwrap() - bench.clock.now()
    };
    let expiry = first(1).await;
    assert!(expiry > TimeDelta::minutes(9) && expiry <= TimeDelta::minutes(10), "{expiry}");
    let operation = OperationId::from_uuid(Uuid::now_v7());
    bench.engine.submit(reserve("reference-1", operation)).await;
    assert!(first(2).await <= TimeDelta::seconds(30));
    bench.engine.submit(reserved("reference-1", operation)).await;
    bench.engine.submit(capture("reference-1", 10, "a")).await;
    assert!(first(2).await <= TimeDelta::seconds(30));
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

/// What a lane remembers is older than what another instance has written since.
#[tokio::test]
async fn what_another_instance_wrote_is_noticed_before_anything_is_answered() {
    let bench = Bench::start().await;
    bench.authorized("reference-1").await;
    let other = bench.second_instance();
    assert!(matches!(other.submit(capture("reference-1", 900, "theirs")).await, Answer::Done(_)));
    // Within what is remembered, not within what is left.
    let refused = bench.engine.submit(capture("reference-1", 200, "ours")).await;
    assert!(
        matches!(refused, Answer::Refused(Refusal::CaptureExceedsAuthorized { asked: 200, left: 100 })),
        "{refused:?}"
    );
    assert!(matches!(other.submit(capture("reference-1", 100, "rest")).await, Answer::Done(_)));
    let again = bench.engine.submit(capture("reference-1", 100, "rest")).await;
    assert!(matches!(again, Answer::Replayed(_)), "{again:?}");
    assert_eq!(bench.scalar("SELECT captured FROM payments").await, 1000);
    bench.positions_are_gap_free().await;
}

#[tokio::test]
async fn a_reference_that_another_instance_took_is_refused() {
    let bench = Bench::start().await;
    let other = bench.second_instance();
    assert!(matches!(other.submit(create("reference-1", "theirs")).await, Answer::Done(_)));
    let taken = bench.engine.submit(create("reference-1", "ours")).await;
    assert!(matches!(taken, Answer::Refused(Refusal::ReferenceExists)), "{taken:?}");
    assert_eq!(bench.scalar("SELECT count(*) FROM payments").await, 1);
    bench.positions_are_gap_free().await;
}

#[tokio::test]
async fn a_life_of_a_payment_needs_no_reading() {
    let bench = Bench::start().await;
    bench.authorized("reference-1").await;
    assert!(matches!(bench.engine.submit(capture("reference-1", 400, "a")).await, Answer::Done(_)));
    let counts = bench.engine.counts();
    assert_eq!((counts.commands, counts.statements), (4, 4), "one round trip for each batch");
}

#[tokio::test]
async fn a_log_divided_anew_keeps_the_order_of_every_unit() {
    let bench = Bench::start().await;
    bench.authorized("reference-1").await;
    let other = bench.second_instance();
    assert_eq!(crate::grow(bench.database.pool(), 5).await.unwrap(), 2);
    assert_eq!(crate::grow(bench.database.pool(), 5).await.unwrap(), 5, "that many already");
    let mut calls = tokio::task::JoinSet::new();
    for number in 0..20 {
        let engine = if number % 2 == 0 { bench.engine.clone() } else { other.clone() };
        calls.spawn(async move { engine.submit(capture("reference-1", 10, &format!("key-{number}"))).await });
    }
    for answer in calls.join_all().await {
        assert!(matches!(answer, Answer::Done(_)), "{answer:?}");
    }
    let replayed = bench.engine.submit(capture("reference-1", 10, "key-3")).await;
    assert!(matches!(replayed, Answer::Replayed(_)), "{replayed:?}");
    assert_eq!(bench.engine.parts().open(), [2, 3, 4, 5, 6]);
    let misplaced = "SELECT count(*) FROM payment_log l JOIN log_head h USING (part)
        WHERE h.closed IS DISTINCT FROM (l.kind <> 5)";
    assert_eq!(
        bench.scalar(misplaced).await,
        0,
        "captures are in a new part, everything before in an old one"
    );
    assert_eq!(bench.scalar("SELECT captured FROM payments").await, 200);
    bench.positions_are_gap_free().await;
}
