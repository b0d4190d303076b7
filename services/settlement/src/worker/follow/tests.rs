use chrono::TimeDelta;
use kvitt_testing::eventually;
use tokio_util::sync::CancellationToken;

use crate::fixture::{DK_MSN, FOREIGN_MSN, Fixture, MSN, books::id};

#[tokio::test]
async fn every_event_is_posted_once_over_broken_streams_and_by_two_instances_while_dates_are_closed() {
    let fixture = Fixture::start().await;
    let (shutdown, mut ids) = (CancellationToken::new(), Vec::new());
    let followers = [fixture.follower(), fixture.follower()];
    let following: Vec<_> =
        followers.iter().map(|one| tokio::spawn(one.clone().follow(shutdown.clone()))).collect();
    for day in 0..4 {
        for n in 0..6 {
            let at = fixture.now() + TimeDelta::hours(n * 2);
            let reference = format!("order-{day}-{n}");
            let captured =
                [MSN, FOREIGN_MSN, DK_MSN].map(|msn| fixture.captured(msn, &reference, 1_000 + n, at));
            let refunded = fixture.refunded(MSN, &reference, 10, at);
            let batch: Vec<_> = captured.into_iter().chain([refunded]).collect();
            ids.extend(batch.iter().map(id));
            fixture.peers.script().log.push(batch);
        }
        fixture.wait(TimeDelta::days(1));
        let closing = (0..2).map(|_| {
            let due = crate::worker::due::Due::new(fixture.app.clone(), followers[0].clone());
            tokio::spawn(async move { due.pass().await })
        });
        for closed in closing.collect::<Vec<_>>() {
            closed.await.expect("no panic").expect("a pass");
        }
    }
    for follower in &followers {
        follower.catch_up().await.expect("payment answers");
    }
    let heads = "SELECT count(*) FROM transfers WHERE entry_type IN (1, 2)";
    eventually!(fixture.scalar::<i64>(heads).await == 96);
    let posted =
        "SELECT array_agg(source::text ORDER BY source::text) FROM transfers WHERE entry_type IN (1, 2)";
    ids.sort_unstable();
    assert_eq!(fixture.scalar::<Vec<String>>(posted).await, ids);
    assert!(fixture.payouts(MSN).await.len() >= 3);
    assert!(fixture.findings().await.is_empty());
    shutdown.cancel();
    for ended in following {
        ended.await.expect("no panic");
    }
}

#[tokio::test]
async fn while_merchant_is_away_the_log_waits() {
    let fixture = Fixture::start().await;
    fixture.peers.script().away = true;
    let event = fixture.captured(MSN, "order-00001", 1_000, fixture.now());
    fixture.peers.script().log.push(vec![event]);
    let shutdown = CancellationToken::new();
    let follower = fixture.follower();
    let following = tokio::spawn(follower.clone().follow(shutdown.clone()));
    eventually!(fixture.scalar::<i64>("SELECT count(*) FROM feed_cursors").await == 1);
    assert_eq!(fixture.scalar::<String>("SELECT cursor FROM feed_cursors").await, "");
    fixture.peers.script().away = false;
    follower.catch_up().await.expect("payment answers");
    assert_eq!(fixture.posted(MSN).await.len(), 2);
    shutdown.cancel();
    following.await.expect("no panic");
}
