use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use kvitt_faults::{Extent, Fault, FaultId};
use kvitt_testing::TestDatabase;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::*;
use crate::{
    app::{execute_operations::Executor, get_operations::get_operations},
    domain::{
        acquirer::{Action, Decline, Operation},
        faults::Cause,
    },
    fixture::{self, done, operation, reserve, reserved},
};

/// An acquirer and a payer with 1000 øre.
async fn disturbed() -> (TestDatabase, Disturbed) {
    let database = fixture::database().await;
    fixture::create_payer(database.pool(), 1, 1_000).await;
    let executor = Executor::new(database.pool().clone(), fixture::clock());
    let acquirer = Acquirer::spawn(executor, CancellationToken::new());
    (database, Disturbed::new(acquirer))
}

impl Disturbed {
    fn next(&self, kind: Kind) {
        let fault_id = FaultId::from_uuid(Uuid::new_v4());
        let cause = Cause { kind, operations: BTreeSet::new() };
        let fault = Fault { fault_id, cause, msn: None, extent: Extent::Next(1) };
        self.faults().add(fault).unwrap();
    }

    async fn one(&self, operation: Operation) -> Result<Outcome, Error> {
        Ok(self.execute(vec![Order::from(operation)]).await?.remove(0))
    }
}

#[tokio::test]
async fn a_decline_is_kept_under_the_operations_id() {
    let (_database, acquirer) = disturbed().await;
    acquirer.next(Kind::Decline(Decline::SuspectedFraud));
    let declined = Outcome::Declined(Decline::SuspectedFraud);
    assert_eq!(acquirer.one(reserve(1, 100)).await.unwrap(), declined);
    assert_eq!(acquirer.one(reserve(1, 100)).await.unwrap(), declined);
    assert_eq!(acquirer.one(reserve(2, 100)).await.unwrap(), reserved());
}

#[tokio::test]
async fn what_was_promised_is_not_declined() {
    let (_database, acquirer) = disturbed().await;
    assert_eq!(acquirer.one(reserve(1, 100)).await.unwrap(), reserved());
    acquirer.next(Kind::Decline(Decline::InvalidCard));
    let reservation_id = fixture::id(1);
    assert_eq!(acquirer.one(reserve(1, 100)).await.unwrap(), reserved());
    let capture = operation(2, 40, Action::Capture { reservation_id });
    assert_eq!(acquirer.one(capture).await.unwrap(), done());
    let release = operation(3, 60, Action::Release { reservation_id });
    assert_eq!(acquirer.one(release).await.unwrap(), done());
    assert_eq!(acquirer.faults().list().len(), 1);
    let refund = operation(4, 40, Action::Refund { reservation_id });
    assert_eq!(acquirer.one(refund).await.unwrap(), Outcome::Declined(Decline::InvalidCard));
    assert!(acquirer.faults().list().is_empty());
}

#[tokio::test]
async fn without_an_answer_the_operation_is_done_or_not_as_the_fault_says() {
    let (database, acquirer) = disturbed().await;
    for (number, kind, known) in [(1, Kind::TimeoutBefore, None), (2, Kind::TimeoutAfter, Some(reserved()))] {
        acquirer.next(kind);
        let unanswered = acquirer.one(reserve(number, 100)).await;
        assert!(matches!(unanswered, Err(Error::NoAnswer)), "{unanswered:?}");
        let key = reserve(number, 100).key;
        assert_eq!(get_operations(database.pool(), &[key]).await.unwrap(), [known]);
        assert_eq!(acquirer.one(reserve(number, 100)).await.unwrap(), reserved());
    }
    let held: i64 =
        sqlx::query_scalar("SELECT held_minor FROM cards").fetch_one(database.pool()).await.unwrap();
    assert_eq!(held, 200);
}

#[tokio::test]
async fn an_operation_without_an_answer_is_pending_among_others_that_have_one() {
    let (database, acquirer) = disturbed().await;
    for (first, kind, known) in [(1, Kind::TimeoutBefore, None), (3, Kind::TimeoutAfter, Some(reserved()))] {
        acquirer.next(kind);
        let both = [reserve(first, 100), reserve(first + 1, 100)];
        let outcomes = acquirer.execute(both.clone().map(Order::from).to_vec()).await.unwrap();
        assert_eq!(outcomes, [Outcome::Pending, reserved()]);
        let keys = both.map(|operation| operation.key);
        assert_eq!(get_operations(database.pool(), &keys).await.unwrap(), [known, Some(reserved())]);
    }
}

#[tokio::test]
async fn a_late_answer_comes_after_its_delay() {
    let (_database, acquirer) = disturbed().await;
    let delay = Duration::from_millis(50);
    acquirer.next(Kind::Late(delay));
    let asked_at = Instant::now();
    assert_eq!(acquirer.one(reserve(1, 100)).await.unwrap(), reserved());
    assert!(asked_at.elapsed() >= delay);
}
