mod peers;

use kvitt_proto::payment::v1::{PaymentEvent, TailResponse};
use kvitt_testing::{TestDatabase, eventually};
use sqlx::Executor as _;

use super::*;
use peers::Peers;

/// The table as a service makes it.
static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("../../services/ordermanagement/migrations");

/// Writes down the references of what it sees, and refuses one that it does not like. One it does not survive.
#[derive(Clone)]
struct Scribe;

/// A reference that cannot be written down.
const BAD: &str = "order-bad";
const WORSE: &str = "order-worse";

impl Consumer for Scribe {
    const SERVICE: ServiceName = ServiceName::Wallet;

    type Known = ();
    type Effect = ();

    async fn prepare(&self, _events: &[FeedEvent]) -> Result<(), Status> {
        Ok(())
    }

    async fn apply(&self, tx: &mut PgConnection, events: &[FeedEvent], (): &()) -> Result<(), sqlx::Error> {
        for event in events.iter().filter_map(|event| event.event.as_ref()) {
            assert_ne!(event.reference, WORSE);
            let insert = sqlx::query("INSERT INTO seen (reference) VALUES ($1)").bind(&event.reference);
            insert.execute(&mut *tx).await?;
        }
        Ok(())
    }
}

struct Stage {
    database: TestDatabase,
    peers: Peers,
    shutdown: CancellationToken,
}

impl Stage {
    async fn set() -> Self {
        let database = TestDatabase::create("feed", &MIGRATIONS).await;
        let table = format!("CREATE TABLE seen (reference text NOT NULL CHECK (reference <> '{BAD}'))");
        database.pool().execute(sqlx::AssertSqlSafe(table)).await.unwrap();
        Self { database, peers: Peers::start().await, shutdown: CancellationToken::new() }
    }

    fn follower(&self) -> Follower<Scribe> {
        Follower::new(self.peers.channel(), self.database.pool().clone(), Scribe)
    }

    async fn seen(&self) -> Vec<String> {
        let all = sqlx::query_scalar("SELECT reference FROM seen ORDER BY reference");
        all.fetch_all(self.database.pool()).await.unwrap()
    }

    async fn cursor(&self) -> String {
        let cursor = sqlx::query_scalar("SELECT cursor FROM feed_cursors WHERE part = 0");
        cursor.fetch_one(self.database.pool()).await.unwrap()
    }
}

fn batch(references: &[&str]) -> TailResponse {
    let event = |reference: &&str| FeedEvent {
        event: Some(PaymentEvent { reference: (*reference).to_owned(), ..PaymentEvent::default() }),
        created: None,
    };
    TailResponse { events: references.iter().map(event).collect(), ..TailResponse::default() }
}

#[tokio::test]
async fn every_statement_fits_the_schema() {
    let database = TestDatabase::create("feed", &MIGRATIONS).await;
    kvitt_postgres::prepare_all(database.pool(), STATEMENTS).await.unwrap();
}

#[tokio::test]
async fn every_event_has_its_effect_once_over_broken_streams_and_by_many_instances() {
    let stage = Stage::set().await;
    let followers = [stage.follower(), stage.follower(), stage.follower()];
    let following: Vec<_> = followers
        .iter()
        .map(|follower| tokio::spawn(follower.clone().follow(stage.shutdown.clone())))
        .collect();
    for batch in [batch(&["a", "b"]), batch(&[]), batch(&["c"])] {
        stage.peers.script().log.push(batch);
    }
    // Streams break off after every few batches, and begin again where the cursor stands.
    eventually!(stage.seen().await == ["a", "b", "c"]);
    stage.peers.script().log.push(batch(&["d"]));
    for follower in &followers {
        follower.catch_up().await.unwrap();
    }
    assert_eq!(stage.seen().await, ["a", "b", "c", "d"]);
    assert_eq!(stage.cursor().await, "4");
    stage.shutdown.cancel();
    for ended in following {
        ended.await.unwrap();
    }
}

#[tokio::test]
async fn an_effect_that_fails_leaves_the_cursor_where_it_was() {
    for bad in [BAD, WORSE] {
        let stage = Stage::set().await;
        stage.peers.script().log.push(batch(&["a"]));
        stage.peers.script().log.push(batch(&["b", bad]));
        let following = tokio::spawn(stage.follower().follow(stage.shutdown.clone()));
        eventually!(stage.peers.script().opened.iter().filter(|part| **part == 0).count() > 2);
        assert_eq!((stage.seen().await, stage.cursor().await), (vec!["a".to_owned()], "1".to_owned()));
        stage.peers.script().log[1] = batch(&["b"]);
        eventually!(stage.seen().await == ["a", "b"]);
        stage.shutdown.cancel();
        following.await.unwrap();
    }
}

#[tokio::test]
async fn catching_up_waits_for_what_is_in_the_log() {
    let stage = Stage::set().await;
    stage.peers.script().log.push(batch(&["a"]));
    let follower = stage.follower();
    let waiting = tokio::spawn({
        let follower = follower.clone();
        async move { follower.catch_up().await }
    });
    follower.list().await.unwrap();
    assert!(!waiting.is_finished(), "nothing has been followed");
    let following = tokio::spawn(follower.follow(stage.shutdown.clone()));
    waiting.await.unwrap().unwrap();
    assert_eq!(stage.seen().await, ["a"]);
    stage.shutdown.cancel();
    following.await.unwrap();
}

#[tokio::test]
async fn new_parts_are_opened_when_every_old_one_has_ended() {
    let stage = Stage::set().await;
    let following = tokio::spawn(stage.follower().follow(stage.shutdown.clone()));
    stage.peers.script().log.push(batch(&["a"]));
    eventually!(!stage.seen().await.is_empty());
    assert!(!stage.peers.script().opened.contains(&2));
    stage.peers.script().grown = true;
    eventually!(stage.peers.script().opened.contains(&2));
    stage.shutdown.cancel();
    following.await.unwrap();
}

#[test]
fn a_generation_is_opened_only_behind_the_end_of_every_earlier_one() {
    let part = |part, generation| LogPart { part, generation, closed: false, last_position: 0 };
    let parts = [part(0, 0), part(1, 0), part(2, 1), part(3, 1), part(4, 2)];
    let after = |ended: &[i32]| {
        let reached = |part: &i32| (*part, Reached { position: 9, ended: true });
        openable(&parts, &ended.iter().map(reached).collect())
    };
    let table: [(&[i32], &[i32]); 5] = [
        (&[], &[0, 1]),
        (&[0], &[0, 1]),
        (&[0, 1], &[0, 1, 2, 3]),
        (&[0, 1, 3], &[0, 1, 2, 3]),
        (&[0, 1, 2, 3], &[0, 1, 2, 3, 4]),
    ];
    for (ended, opened) in table {
        assert_eq!(after(ended), opened, "{ended:?}");
    }
}
