use kvitt_faults::{Extent, Fault, FaultId};
use uuid::Uuid;

use super::*;
use crate::{
    bank::Disturbance,
    fixture::{FOREIGN_MSN, Fixture, MSN, msn},
    store::payouts::State,
};

/// Lets the next so many orders go wrong.
fn disturb(fixture: &Fixture, cause: Disturbance, next: u32) {
    let fault_id = FaultId::from_uuid(Uuid::new_v4());
    let fault = Fault { fault_id, cause, msn: None, extent: Extent::Next(next) };
    fixture.app.bank.faults().add(fault).expect("room");
}

/// With a payout of 96 kroner, made ready on Monday for Wednesday.
async fn made_ready() -> Fixture {
    let fixture = Fixture::start().await;
    fixture.capture(MSN, "order-00001", 10_000).await;
    fixture.pass_days(1).await;
    fixture
}

async fn states(fixture: &Fixture) -> Vec<State> {
    fixture.payouts(MSN).await.iter().map(|one| one.state).collect()
}

/// How often the bank has sent money, and how much.
async fn sent(fixture: &Fixture) -> (i64, i64) {
    let sums = "SELECT count(*) FROM bank_transfers WHERE executed";
    let amount = "SELECT COALESCE(sum(amount_minor), 0)::bigint FROM bank_transfers WHERE executed";
    (fixture.scalar(sums).await, fixture.scalar(amount).await)
}

fn wednesday() -> DateTime<Utc> {
    "2090-03-08T05:00:00Z".parse().expect("an instant")
}

#[tokio::test]
async fn a_payout_is_executed_on_the_morning_of_its_value_date() {
    let fixture = made_ready().await;
    fixture.pass_until(wednesday() - TimeDelta::microseconds(1)).await;
    assert_eq!((states(&fixture).await, sent(&fixture).await), (vec![State::Scheduled], (0, 0)));
    fixture.pass_until(wednesday()).await;
    assert_eq!((states(&fixture).await, sent(&fixture).await), (vec![State::Executed], (1, 9_600)));
    let payout = &fixture.payouts(MSN).await[0];
    assert_eq!(payout.ended_at, Some(wednesday()));
    let last = fixture.posted(MSN).await.pop().expect("a transfer");
    assert_eq!((last.entry_type, last.funds, last.fees), (100, None, None));
    assert_eq!(fixture.ledger(MSN).await.payouts_balance_minor, 0);
    assert!(fixture.findings().await.is_empty());
}

#[tokio::test]
async fn a_payout_that_the_bank_refuses_is_on_the_ledger_again_and_is_paid_with_the_next() {
    let fixture = made_ready().await;
    disturb(&fixture, Disturbance::Refuses, 1);
    fixture.pass_until(wednesday()).await;
    let payout = fixture.payouts(MSN).await.remove(0);
    assert_eq!((payout.state, payout.failure.is_empty()), (State::Aborted, false));
    let last = fixture.posted(MSN).await.pop().expect("a transfer");
    assert_eq!((last.entry_type, last.amount_minor, last.funds), (8, 9_600, Some(9_600)));
    assert_eq!(last.psp_reference, format!("{MSN}01-2000001"));
    assert_eq!((last.reference, last.ledger_date), (payout.reference, fixture.today(MSN)));
    fixture.capture(MSN, "order-00002", 1_000).await;
    fixture.pass_days(7).await;
    let payouts = fixture.payouts(MSN).await;
    assert_eq!((payouts.len(), payouts[1].amount_minor), (2, 10_560));
    assert_eq!((payouts[1].from.to_string(), payouts[1].state), ("2090-03-07".to_owned(), State::Executed));
    assert_eq!(sent(&fixture).await, (1, 10_560));
    assert!(fixture.findings().await.is_empty());
}

#[tokio::test]
async fn a_bank_that_does_not_answer_is_asked_again_under_the_same_number_and_executes_once() {
    for cause in [Disturbance::NoAnswerBefore, Disturbance::NoAnswerAfter] {
        let fixture = made_ready().await;
        disturb(&fixture, cause, 3);
        fixture.pass_until(wednesday() + PATIENCE * 3 - TimeDelta::microseconds(1)).await;
        assert_eq!(states(&fixture).await, [State::Scheduled], "{cause:?}");
        assert!(fixture.findings().await.is_empty(), "{cause:?}");
        fixture.pass_until(wednesday() + PATIENCE * 3).await;
        assert_eq!(states(&fixture).await, [State::Executed], "{cause:?}");
        assert_eq!(sent(&fixture).await, (1, 9_600), "{cause:?}");
        assert!(fixture.findings().await.is_empty(), "{cause:?}");
    }
}

#[tokio::test]
async fn an_answer_that_was_not_written_down_is_asked_for_again_and_nothing_is_executed_twice() {
    let fixture = made_ready().await;
    fixture.wait(wednesday() - fixture.now());
    // The process ended between the bank's answer and the ledger.
    let mut connection = fixture.app.pool.acquire().await.expect("a connection");
    let orders = payouts::due(&mut connection, fixture.now(), BATCH).await.expect("orders");
    drop(connection);
    let answers = fixture.app.bank.execute(&orders, fixture.now()).await.expect("answers");
    assert_eq!(answers, [Answer::Executed]);
    assert_eq!(states(&fixture).await, [State::Scheduled]);
    assert!(fixture.findings().await.is_empty());
    // What it has executed it does not refuse.
    disturb(&fixture, Disturbance::Refuses, 1);
    assert_eq!(fixture.app.execute_payouts().await.expect("answered"), 1);
    assert_eq!((states(&fixture).await, sent(&fixture).await), (vec![State::Executed], (1, 9_600)));
    // An answer that comes once more changes nothing.
    fixture
        .app
        .write_down(&orders, &[Answer::Refused("late".to_owned())], fixture.now())
        .await
        .expect("heard");
    assert_eq!(states(&fixture).await, [State::Executed]);
    assert!(fixture.findings().await.is_empty());
}

#[tokio::test]
async fn instances_that_ask_at_the_same_time_execute_and_post_once() {
    let fixture = made_ready().await;
    for n in 0..3 {
        fixture.capture(FOREIGN_MSN, &format!("order-0000{n}"), 1_000).await;
        fixture.pass_until(fixture.now() + TimeDelta::hours(14)).await;
    }
    fixture.wait(TimeDelta::days(9));
    fixture.app.close_dates(fixture.now()).await.expect("closed");
    disturb(&fixture, Disturbance::NoAnswerAfter, 1);
    let asking = (0..6).map(|_| {
        let app = fixture.app.clone();
        tokio::spawn(async move { app.execute_payouts().await.expect("answered") })
    });
    for one in asking.collect::<Vec<_>>() {
        one.await.expect("no panic");
    }
    fixture.pass_days(1).await;
    assert_eq!(
        fixture.scalar::<i64>("SELECT count(*) FROM payouts WHERE state = 2").await,
        sent(&fixture).await.0
    );
    assert_eq!(fixture.scalar::<i64>("SELECT count(*) FROM payouts WHERE state <> 2").await, 0);
    assert!(fixture.findings().await.is_empty());
}

#[tokio::test]
async fn an_answer_for_another_order_under_the_same_number_is_none() {
    let fixture = Fixture::start().await;
    let order = Order {
        msn: msn(MSN),
        number: 2_000_001,
        amount_minor: 100,
        currency: kvitt_primitives::Currency::Nok,
        reference: "Utb. 2000001".to_owned(),
        account: ("BBAN:NO".to_owned(), "86011117947".to_owned()),
    };
    let other = Order { amount_minor: 200, ..order.clone() };
    let (bank, now) = (&fixture.app.bank, fixture.now());
    assert_eq!(bank.execute(std::slice::from_ref(&order), now).await.expect("an answer"), [Answer::Executed]);
    assert_eq!(
        bank.execute(&[other, order], now).await.expect("answers"),
        [Answer::Nothing, Answer::Executed]
    );
    assert_eq!(sent(&fixture).await, (1, 100));
}
