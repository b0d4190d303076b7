use kvitt_proto::{
    error::v1::Reason,
    qr::v1::{PaymentLink, PaymentLinkTerms},
};

use super::*;
use crate::fixture::{
    Fixture, answered,
    links::{payment, socks},
    reason,
};

/// A payment of which nobody knows whether it is there.
async fn begin(fixture: &Fixture, link: &PaymentLink, key: &str) {
    fixture.peers.script().away = true;
    assert_eq!(reason(fixture.pay(payment(link, key)).await), Reason::Unavailable);
    fixture.peers.script().away = false;
}

#[tokio::test]
async fn a_payment_that_was_never_made_gives_its_place_back_when_its_time_is_over() {
    let fixture = Fixture::selling().await;
    let due = Due::new(fixture.app.clone());
    let link = fixture.link(1, PaymentLinkTerms { quantity: Some(1), ..socks() }).await;
    assert_eq!(due.next_at().await.expect("an instant"), None);
    begin(&fixture, &link, "a").await;
    assert_eq!(due.next_at().await.expect("an instant"), Some(fixture.now() + PATIENCE));
    fixture.wait(PATIENCE - TimeDelta::microseconds(1));
    assert_eq!((due.pass().await.expect("a pass"), fixture.counts(&link).await), (0, (1, 0, 0)));
    fixture.wait(TimeDelta::microseconds(1));
    assert_eq!((due.pass().await.expect("a pass"), fixture.counts(&link).await), (1, (0, 0, 1)));
    assert_eq!((due.pass().await.expect("a pass"), due.next_at().await.expect("none")), (0, None));
    // The same attempt may begin anew, and has its time anew.
    answered(fixture.pay(payment(&link, "a")).await);
    assert_eq!(fixture.counts(&link).await, (1, 0, 0));
    assert_eq!(due.next_at().await.expect("an instant"), Some(fixture.now() + PATIENCE));
}

#[tokio::test]
async fn a_payment_that_is_there_keeps_its_place() {
    let fixture = Fixture::selling().await;
    let due = Due::new(fixture.app.clone());
    let link = fixture.link(1, socks()).await;
    fixture.peers.script().loses_answer = true;
    assert_eq!(reason(fixture.pay(payment(&link, "a")).await), Reason::Unavailable);
    fixture.wait(PATIENCE);
    assert_eq!((due.pass().await.expect("a pass"), fixture.counts(&link).await), (1, (1, 0, 0)));
    assert_eq!(due.next_at().await.expect("none"), None);
}

#[tokio::test]
async fn while_payment_is_away_nothing_is_decided() {
    let fixture = Fixture::selling().await;
    let due = Due::new(fixture.app.clone());
    let link = fixture.link(1, socks()).await;
    begin(&fixture, &link, "a").await;
    fixture.wait(PATIENCE);
    fixture.peers.script().away = true;
    due.pass().await.expect_err("payment is away");
    assert_eq!(fixture.counts(&link).await, (1, 0, 0));
    assert!(due.next_at().await.expect("an instant").is_some());
}

#[tokio::test]
async fn all_that_is_due_is_dealt_with_by_the_loop_as_time_passes() {
    let fixture = Fixture::selling().await;
    let link = fixture.link(1, socks()).await;
    for key in ["a", "b", "c"] {
        begin(&fixture, &link, key).await;
        fixture.wait(TimeDelta::minutes(1));
    }
    let shutdown = CancellationToken::new();
    let working = tokio::spawn(Due::new(fixture.app.clone()).run(shutdown.clone()));
    fixture.wait(PATIENCE - TimeDelta::minutes(2));
    kvitt_testing::eventually!(fixture.counts(&link).await == (1, 0, 2));
    fixture.wait(TimeDelta::minutes(1));
    kvitt_testing::eventually!(fixture.counts(&link).await == (0, 0, 3));
    shutdown.cancel();
    working.await.expect("no panic");
}
