//! A stop under load.

use kvitt_proto::payment::v1::PaymentEventName;
use kvitt_testing::eventually;

use crate::support::{Stage, sums};

const REFERENCE: &str = "order-0001";
const SHOPS: u32 = 5;
const CAPTURES_EACH: i64 = 10;

/// Sales units that lie in both parts of the log.
fn msns() -> impl Iterator<Item = u32> {
    123_456..123_456 + SHOPS
}

#[tokio::test(flavor = "multi_thread")]
async fn every_capture_that_is_answered_while_the_service_stops_is_durable() {
    let mut stage = Stage::start().await;
    for msn in msns() {
        stage.shop(msn).authorized(REFERENCE).await;
    }
    // Nothing can be appended to the log, so that the captures are under way when the service stops.
    let mut held = stage.pool().begin().await.unwrap();
    sqlx::query("SELECT FROM log_head FOR UPDATE").execute(&mut *held).await.unwrap();
    let mut captures = Vec::new();
    for msn in msns() {
        let shop = stage.shop(msn);
        for n in 0..CAPTURES_EACH {
            let capture =
                shop.meanwhile(async move |shop| shop.capture(REFERENCE, 100, &format!("take-{n}")).await);
            captures.push((msn, n, capture));
        }
    }
    eventually!(waiting_for_a_lock(stage.pool()).await == 2);
    stage.begin_shutdown();
    held.commit().await.unwrap();

    let mut answered = Vec::new();
    for (msn, n, capture) in captures {
        answered.push((msn, n, capture.await.unwrap().ok()));
    }
    stage.restart().await;
    let mut durable = 0;
    for (msn, n, answer) in answered {
        let Some(answer) = answer else { continue };
        durable += 1;
        let (shop, key) = (stage.shop(msn), format!("take-{n}"));
        let events = shop.events(REFERENCE).await;
        let of_key = events.iter().filter(|event| event.idempotency_key == key);
        assert_eq!(of_key.count(), 1, "{msn} {key}");
        assert_eq!(shop.capture(REFERENCE, 100, &key).await.unwrap(), answer);
    }
    // At least those with which the lanes of both parts were busy have been answered.
    assert!(durable >= 2);

    // Whoever was not answered repeats, and nothing has been taken twice.
    for msn in msns() {
        let shop = stage.shop(msn);
        for n in 0..CAPTURES_EACH {
            shop.capture(REFERENCE, 100, &format!("take-{n}")).await.unwrap();
        }
        assert_eq!(sums(shop.get(REFERENCE).await.aggregate), [1000, 1000, 0, 0]);
        let events = shop.events(REFERENCE).await;
        let captured = events.iter().filter(|event| event.name() == PaymentEventName::Captured);
        assert_eq!(captured.count(), 10);
    }
}

/// How many sessions of this database wait for a lock.
async fn waiting_for_a_lock(pool: &sqlx::PgPool) -> i64 {
    let sql = "SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock'";
    sqlx::query_scalar(sql).fetch_one(pool).await.unwrap()
}
