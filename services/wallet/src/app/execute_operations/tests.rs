use kvitt_testing::TestDatabase;
use tokio::task::JoinSet;

use super::*;
use crate::{
    app::get_operations::get_operations,
    domain::acquirer::{Action, Decline},
    fixture::{self, done, operation, reserve, reserved},
};

/// A payer with this much on the one card.
async fn payer_with(opened_minor: i64) -> TestDatabase {
    let database = fixture::database().await;
    fixture::create_payer(database.pool(), 1, opened_minor).await;
    database
}

/// An instance of the service, as far as the acquirer goes.
fn instance(database: &TestDatabase) -> Acquirer {
    Acquirer::spawn(executor(database), CancellationToken::new())
}

/// At a time that stands still at the fixtures' present.
fn executor(database: &TestDatabase) -> Executor {
    Executor::new(database.pool().clone(), fixture::clock())
}

fn declined(decline: Decline) -> Outcome {
    Outcome::Declined(decline)
}

/// Free, held and spent on the card.
async fn funds(database: &TestDatabase) -> (i64, i64, i64) {
    let funds = "SELECT balance_minor, held_minor, spent_minor FROM cards";
    sqlx::query_as(funds).fetch_one(database.pool()).await.unwrap()
}

async fn count(database: &TestDatabase, statement: &'static str) -> i64 {
    sqlx::query_scalar(statement).fetch_one(database.pool()).await.unwrap()
}

fn orders(operations: impl IntoIterator<Item = Operation>) -> Vec<Order> {
    operations.into_iter().map(Order::from).collect()
}

/// Every request at once, spread over the instances.
async fn at_once(instances: &[Acquirer], requests: Vec<Vec<Operation>>) -> Vec<Result<Vec<Outcome>, Error>> {
    let mut tasks = JoinSet::new();
    for (number, request) in requests.into_iter().enumerate() {
        let acquirer = instances[number % instances.len()].clone();
        tasks.spawn(async move { acquirer.execute(orders(request)).await });
    }
    tasks.join_all().await
}

#[tokio::test]
async fn money_is_held_captured_refunded_and_released() {
    let database = payer_with(1_000).await;
    let acquirer = instance(&database);
    let reservation_id = fixture::id(1);
    let steps = [
        (reserve(1, 600), reserved(), (400, 600, 0)),
        (operation(2, 250, Action::Capture { reservation_id }), done(), (400, 350, 250)),
        (operation(3, 100, Action::Refund { reservation_id }), done(), (500, 350, 150)),
        (operation(4, 350, Action::Release { reservation_id }), done(), (850, 0, 150)),
        (reserve(5, 851), declined(Decline::InsufficientFunds), (850, 0, 150)),
    ];
    for (operation, outcome, after) in steps {
        assert_eq!(acquirer.execute(orders([operation.clone()])).await.unwrap(), [outcome], "{operation:?}");
        assert_eq!(funds(&database).await, after, "{operation:?}");
    }
}

#[tokio::test]
async fn operations_of_one_request_see_each_other_in_order() {
    let database = payer_with(1_000).await;
    let reservation_id = fixture::id(1);
    let request = vec![
        operation(2, 1, Action::Capture { reservation_id }),
        reserve(1, 600),
        operation(3, 600, Action::Capture { reservation_id }),
        operation(4, 600, Action::Refund { reservation_id }),
        reserve(5, 1_000),
    ];
    let outcomes = instance(&database).execute(orders(request)).await.unwrap();
    let expected = [declined(Decline::UnknownReservation), reserved(), done(), done(), reserved()];
    assert_eq!(outcomes, expected);
    assert_eq!(funds(&database).await, (0, 1_000, 0));
}

#[tokio::test]
async fn of_many_reserves_of_the_last_minor_unit_one_wins() {
    let database = payer_with(1).await;
    let instances = [instance(&database), instance(&database), instance(&database)];
    let requests = (1..=60).map(|number| vec![reserve(number, 1)]).collect();
    let mut outcomes = Vec::new();
    for answer in at_once(&instances, requests).await {
        outcomes.extend(answer.unwrap());
    }
    let (won, lost): (Vec<_>, Vec<_>) = outcomes.into_iter().partition(|outcome| *outcome == reserved());
    assert_eq!((won.len(), lost.len()), (1, 59));
    assert!(lost.iter().all(|outcome| *outcome == declined(Decline::InsufficientFunds)));
    assert_eq!(funds(&database).await, (0, 1, 0));
    assert_eq!(count(&database, "SELECT count(*) FROM reservations").await, 1);
}

#[tokio::test]
async fn an_id_asked_many_times_at_once_is_executed_once() {
    let database = payer_with(1_000).await;
    let instances = [instance(&database), instance(&database)];
    let requests = (0..40).map(|_| vec![reserve(1, 300)]).collect();
    for answer in at_once(&instances, requests).await {
        assert_eq!(answer.unwrap(), [reserved()]);
    }
    assert_eq!(funds(&database).await, (700, 300, 0));

    let twice_in_one = vec![reserve(2, 100), reserve(2, 100)];
    assert_eq!(instances[0].execute(orders(twice_in_one)).await.unwrap(), [reserved(), reserved()]);
    assert_eq!(funds(&database).await, (600, 400, 0));
}

#[tokio::test]
async fn an_id_used_for_something_else_is_a_mismatch_and_keeps_its_outcome() {
    let database = payer_with(1_000).await;
    let acquirer = instance(&database);
    let reservation_id = fixture::id(1);
    assert_eq!(acquirer.execute(orders([reserve(1, 300)])).await.unwrap(), [reserved()]);
    let others = vec![reserve(1, 301), operation(1, 300, Action::Release { reservation_id })];
    assert_eq!(acquirer.execute(orders(others)).await.unwrap(), [Outcome::Mismatch, Outcome::Mismatch]);
    assert_eq!(funds(&database).await, (700, 300, 0));
    let keys = [reserve(1, 1).key, reserve(9, 1).key];
    let known = get_operations(database.pool(), &keys).await.unwrap();
    assert_eq!(known, [Some(reserved()), None]);
}

#[tokio::test]
async fn a_request_that_the_database_refuses_fails_alone() {
    let database = payer_with(1_000).await;
    let poison = "ALTER TABLE operations ADD CONSTRAINT poison CHECK (amount_minor <> 666)";
    sqlx::query(poison).execute(database.pool()).await.unwrap();
    let executor = executor(&database);
    let requests = [vec![reserve(1, 10)], vec![reserve(2, 20), reserve(3, 666)], vec![reserve(4, 40)]];
    let requests = requests.map(orders).to_vec();
    let answers = executor.run(requests).await;
    let beside = Ok(vec![reserved(), Outcome::Pending]);
    assert_eq!(answers, [Ok(vec![reserved()]), beside, Ok(vec![reserved()])]);
    assert_eq!(executor.run(vec![orders([reserve(3, 666)])]).await, [Err(ExecutionFailure::Refused)]);
    // The neighbour in the poisoned request was executed, and its id says so.
    assert_eq!(funds(&database).await, (930, 70, 0));
    assert_eq!(executor.run(vec![orders([reserve(2, 20)])]).await, [Ok(vec![reserved()])]);
}

#[tokio::test]
async fn a_batch_that_lost_a_race_writes_nothing() {
    let database = payer_with(1_000).await;
    let mut connection = database.pool().acquire().await.unwrap();
    let now = fixture::clock().now();
    let conditions = Conditions {
        now,
        #[cfg(feature = "sandbox")]
        test_amounts: false,
    };
    let slow = reserve(1, 400);
    let mut book = acquirer::read(&mut connection, &[&slow]).await.unwrap();
    assert_eq!(book.execute(&slow, conditions), reserved());
    assert_eq!(instance(&database).execute(orders([reserve(2, 700)])).await.unwrap(), [reserved()]);

    let late = acquirer::write(&mut connection, &book, now).await.unwrap_err();
    assert!(acquirer::lost_a_race(&late), "{late}");
    assert_eq!(funds(&database).await, (300, 700, 0));
    assert_eq!(count(&database, "SELECT count(*) FROM operations").await, 1);
    assert_eq!(count(&database, "SELECT count(*) FROM reservations").await, 1);
}

#[tokio::test]
async fn what_another_instance_wrote_is_noticed_by_one_that_remembers_less() {
    let database = payer_with(1_000).await;
    let (one, other) = (executor(&database), executor(&database));
    let reserve_with = async |executor: &Executor, number, minor| {
        executor.run(vec![orders([reserve(number, minor)])]).await.remove(0).unwrap().remove(0)
    };
    assert_eq!(reserve_with(&one, 1, 400).await, reserved());
    assert_eq!(reserve_with(&other, 2, 300).await, reserved());
    // It remembers 600, and there are 300.
    assert_eq!(reserve_with(&one, 3, 500).await, declined(Decline::InsufficientFunds));
    assert_eq!(reserve_with(&other, 4, 50).await, reserved());
    assert_eq!(reserve_with(&one, 5, 100).await, reserved());
    assert_eq!(funds(&database).await, (150, 850, 0));
    // The other one does not remember that this was executed before.
    assert_eq!(reserve_with(&other, 5, 100).await, reserved());
    assert_eq!(reserve_with(&other, 3, 500).await, declined(Decline::InsufficientFunds));
    assert_eq!(funds(&database).await, (150, 850, 0));
}

#[tokio::test]
async fn a_batch_about_what_was_just_written_needs_no_reading() {
    let database = payer_with(1_000).await;
    let executor = executor(&database);
    let capture = operation(2, 40, Action::Capture { reservation_id: fixture::id(1) });
    assert!(executor.memory.lock().await.recall(&[&reserve(1, 100)]).is_none());
    assert_eq!(executor.run(vec![orders([reserve(1, 100)])]).await, [Ok(vec![reserved()])]);
    assert!(executor.memory.lock().await.recall(&[&capture, &reserve(3, 10), &reserve(1, 100)]).is_some());
    let outcomes = executor.run(vec![orders([capture, reserve(3, 10), reserve(1, 100)])]).await;
    assert_eq!(outcomes, [Ok(vec![done(), reserved(), reserved()])]);
    assert_eq!(funds(&database).await, (890, 70, 40));
}

#[test]
fn a_statement_takes_whole_requests_up_to_its_limit() {
    let request = |operations: u128| orders((0..operations).map(|number| reserve(number, 1)));
    assert_eq!(batch_length(&[request(1), request(1)]), 2);
    assert_eq!(batch_length(&vec![request(512); 6]), 4);
    assert_eq!(batch_length(&[request(4_000), request(1)]), 1);
}

#[cfg(feature = "sandbox")]
#[tokio::test]
async fn an_unknown_outcome_is_stored_nowhere_and_a_test_amounts_decline_for_ever() {
    let database = payer_with(1_000).await;
    let clock = fixture::clock();
    let executor = Executor::new(database.pool().clone(), clock.clone()).with_test_amounts();
    let acquirer = Acquirer::spawn(executor, CancellationToken::new());
    let unknown = Operation { decided_at: clock.now(), ..reserve(1, 201) };
    let request = orders([unknown.clone(), reserve(2, 183), reserve(3, 10)]);
    let expected = [Outcome::Pending, declined(Decline::SuspectedFraud), reserved()];
    assert_eq!(acquirer.execute(request.clone()).await.unwrap(), expected);
    assert_eq!(funds(&database).await, (990, 10, 0));
    let known = get_operations(database.pool(), &[unknown.key, reserve(2, 1).key]).await.unwrap();
    assert_eq!(known, [None, Some(declined(Decline::SuspectedFraud))]);

    clock.hold(clock.now() + chrono::TimeDelta::hours(1));
    let outcomes = acquirer.execute(request).await.unwrap();
    assert!(matches!(outcomes[0], Outcome::Done { reserved: Some(_) }), "{outcomes:?}");
    assert_eq!(outcomes[1..], expected[1..]);
    assert_eq!(funds(&database).await, (789, 211, 0));
}
