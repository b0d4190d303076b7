use chrono::TimeDelta;
use kvitt_testing::eventually;

use super::*;
use crate::fixture::{Fixture, MSN};

fn at(text: &str) -> DateTime<Utc> {
    text.parse().expect("an instant")
}

#[tokio::test]
async fn what_is_due_next_is_the_end_of_a_date_and_then_the_bank() {
    let fixture = Fixture::start().await;
    let due = fixture.due();
    assert_eq!(due.next_at().await.expect("none"), None);
    fixture.capture(MSN, "order-00001", 10_000).await;
    assert_eq!(due.next_at().await.expect("an instant"), Some(at("2090-03-06T23:00:00Z")));
    assert_eq!(fixture.pass().await, 0);
    fixture.pass_until(at("2090-03-07T23:30:00Z")).await;
    assert_eq!(due.next_at().await.expect("an instant"), Some(at("2090-03-08T05:00:00Z")));
    fixture.pass_until(at("2090-03-08T05:00:00Z")).await;
    assert_eq!(due.next_at().await.expect("an instant"), Some(at("2090-03-08T23:00:00Z")));
}

#[tokio::test]
async fn a_date_is_not_closed_before_the_log_is_caught_up_with() {
    let fixture = Fixture::start().await;
    fixture.capture(MSN, "order-00001", 10_000).await;
    let late = fixture.captured(MSN, "order-00002", 20_000, fixture.now() + TimeDelta::hours(1));
    fixture.peers.script().log.push(vec![late]);
    fixture.wait(TimeDelta::days(1));
    let due = fixture.due();
    let passing = tokio::spawn({
        let due = due.clone();
        async move { due.pass().await }
    });
    let shutdown = CancellationToken::new();
    let following = tokio::spawn(due.follower.clone().follow(shutdown.clone()));
    assert_eq!(passing.await.expect("no panic").expect("a pass"), 1);
    assert_eq!(fixture.payouts(MSN).await[0].amount_minor, 28_800);
    shutdown.cancel();
    following.await.expect("no panic");
}

#[tokio::test]
async fn a_date_that_cannot_be_closed_keeps_no_payout_from_the_bank() {
    let fixture = Fixture::start().await;
    fixture.capture(MSN, "order-00001", 10_000).await;
    fixture.pass_until(at("2090-03-07T12:00:00Z")).await;
    fixture.capture(MSN, "order-00002", 10_000).await;
    fixture.peers.script().away = true;
    fixture.wait(TimeDelta::days(1));
    fixture.due().pass().await.expect_err("merchant is away");
    assert_eq!(fixture.scalar::<i64>("SELECT count(*) FROM payouts WHERE state = 2").await, 1);
    assert_eq!(fixture.ledger(MSN).await.first_open().to_string(), "2090-03-07");
    fixture.peers.script().away = false;
    fixture.pass().await;
    assert_eq!(fixture.payouts(MSN).await.len(), 2);
}

#[tokio::test]
async fn all_that_is_due_is_done_by_the_loop_as_time_passes() {
    let fixture = Fixture::start().await;
    fixture.capture(MSN, "order-00001", 10_000).await;
    let shutdown = CancellationToken::new();
    let working = tokio::spawn(fixture.due().run(shutdown.clone()));
    fixture.wait(TimeDelta::days(1));
    eventually!(fixture.payouts(MSN).await.len() == 1);
    fixture.wait(TimeDelta::days(1));
    eventually!(fixture.scalar::<i64>("SELECT count(*) FROM payouts WHERE state = 2").await == 1);
    shutdown.cancel();
    working.await.expect("no panic");
}
