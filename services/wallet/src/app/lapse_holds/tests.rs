use kvitt_runtime::Clock;
use kvitt_testing::TestDatabase;
use tokio_util::sync::CancellationToken;

use super::*;
use crate::{
    app::execute_operations::Order,
    domain::acquirer::{Action, Decline, Operation, Outcome},
    fixture::{self, done, guarantee_end, operation, reserve, reserved},
};

struct Bench {
    database: TestDatabase,
    clock: Clock,
    acquirer: Acquirer,
}

/// An acquirer and a payer with 1000 øre.
async fn bench() -> Bench {
    let database = fixture::database().await;
    fixture::create_payer(database.pool(), 1, 1_000).await;
    let clock = fixture::clock();
    let acquirer = instance(&database, &clock);
    Bench { database, clock, acquirer }
}

fn instance(database: &TestDatabase, clock: &Clock) -> Acquirer {
    Acquirer::spawn(Executor::new(database.pool().clone(), clock.clone()), CancellationToken::new())
}

impl Bench {
    async fn execute(&self, operation: Operation) -> Outcome {
        self.acquirer.execute(vec![Order::from(operation)]).await.unwrap().remove(0)
    }

    /// Free, held and spent on the card.
    async fn funds(&self) -> (i64, i64, i64) {
        let funds = "SELECT balance_minor, held_minor, spent_minor FROM cards";
        sqlx::query_as(funds).fetch_one(self.database.pool()).await.unwrap()
    }

    async fn findings(&self) -> Vec<crate::audit::Finding> {
        let mut snapshot = crate::audit::Snapshot::take(self.database.pool()).await.unwrap();
        let mut audit = snapshot.audit();
        let mut findings = Vec::new();
        while let Some(page) = audit.next().await.unwrap() {
            findings.extend(page.findings);
        }
        findings
    }
}

#[tokio::test]
async fn what_is_still_held_goes_back_to_the_card_when_its_guarantee_ends() {
    let bench = bench().await;
    let reservation_id = fixture::id(1);
    for (operation, outcome) in [
        (reserve(1, 600), reserved()),
        (operation(2, 250, Action::Capture { reservation_id }), done()),
        (reserve(3, 100), reserved()),
        (operation(4, 100, Action::Release { reservation_id: fixture::id(3) }), done()),
    ] {
        assert_eq!(bench.execute(operation).await, outcome);
    }
    bench.clock.hold(guarantee_end() - TimeDelta::microseconds(1));
    assert_eq!(bench.acquirer.lapse_holds().await, Ok(0));
    assert_eq!(bench.acquirer.next_look().await, Ok(guarantee_end()));
    assert_eq!(bench.acquirer.next_lapse().await, Ok(Some(guarantee_end())));

    bench.clock.hold(guarantee_end());
    assert_eq!(bench.acquirer.lapse_holds().await, Ok(1));
    assert_eq!(bench.funds().await, (750, 0, 250));
    assert_eq!(bench.acquirer.lapse_holds().await, Ok(0));
    assert_eq!(bench.acquirer.next_lapse().await, Ok(None));
    assert!(bench.findings().await.is_empty());
}

#[tokio::test]
async fn after_the_lapse_a_capture_in_time_is_honoured_and_a_later_one_needs_money() {
    let bench = bench().await;
    let reservation_id = fixture::id(1);
    assert_eq!(bench.execute(reserve(1, 600)).await, reserved());
    bench.clock.hold(guarantee_end());
    assert_eq!(bench.acquirer.lapse_holds().await, Ok(1));
    assert!(matches!(bench.execute(reserve(2, 1_000)).await, Outcome::Done { .. }));

    let capture = |number, decided_at| Operation {
        decided_at,
        ..operation(number, 250, Action::Capture { reservation_id })
    };
    let too_late = capture(3, guarantee_end());
    assert_eq!(bench.execute(too_late).await, Outcome::Declined(Decline::InsufficientFunds));
    assert_eq!(bench.execute(capture(4, guarantee_end() - TimeDelta::microseconds(1))).await, done());
    assert_eq!(bench.funds().await, (-250, 1_000, 250));
    assert_eq!(bench.execute(operation(5, 350, Action::Release { reservation_id })).await, done());
    assert_eq!(bench.execute(operation(6, 250, Action::Refund { reservation_id })).await, done());
    assert_eq!(bench.funds().await, (0, 1_000, 0));
    assert!(bench.findings().await.is_empty());
}

#[tokio::test]
async fn more_holds_than_one_statement_takes_lapse_although_one_of_them_cannot() {
    let bench = bench().await;
    let holds = u128::try_from(BATCH).unwrap() + 20;
    let reserves = (1..=holds).map(|number| Order::from(reserve(number, 1))).collect();
    assert_eq!(bench.acquirer.execute(reserves).await.unwrap().len(), 520);
    let poison = "ALTER TABLE reservations ADD CONSTRAINT poison
                  CHECK (lapsed_minor = 0 OR reservation_id <> '00000000-0000-0000-0000-000000000007')";
    sqlx::query(poison).execute(bench.database.pool()).await.unwrap();
    bench.clock.hold(guarantee_end() + TimeDelta::days(1));
    assert_eq!(bench.acquirer.lapse_holds().await, Ok(519));
    assert_eq!(bench.funds().await, (999, 1, 0));
    let findings: Vec<_> = bench.findings().await.iter().map(ToString::to_string).collect();
    assert_eq!(findings.len(), 1, "{findings:?}");
    assert!(findings[0].contains("lapsed 0, but its operations make"), "{findings:?}");
}

#[tokio::test]
async fn instances_that_let_holds_lapse_at_once_give_each_back_once() {
    let bench = bench().await;
    for number in 1..=50 {
        assert_eq!(bench.execute(reserve(number, 10)).await, reserved());
    }
    bench.clock.hold(guarantee_end());
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..4 {
        let acquirer = instance(&bench.database, &bench.clock);
        tasks.spawn(async move { acquirer.lapse_holds().await.unwrap() });
    }
    assert_eq!(tasks.join_all().await.into_iter().sum::<usize>(), 50);
    assert_eq!(bench.funds().await, (1_000, 0, 0));
    assert!(bench.findings().await.is_empty());
}
