use std::collections::BTreeMap;
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use kvitt_tests::process::Kvitt;
use kvitt_tests::requests::{fresh_key, modification};
use kvitt_tests::{Answer, Shop};
use serde_json::Value;
use sqlx::Connection as _;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

const PAYMENTS: usize = 20;
const CAPTURES_EACH: usize = 10;
const AUTHORIZED: i64 = 100_000;

/// One capture that a merchant asked for, and what the merchant was told.
struct Asked {
    reference: String,
    key: String,
    minor: i64,
    /// The answer, if the merchant got one.
    told: Option<Answer>,
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_in_the_middle_of_200_captures_loses_nothing_that_was_answered() {
    let folder = tempfile::Builder::new()
        .prefix("kvitt-faults-")
        .permissions(Permissions::from_mode(0o755))
        .tempdir()
        .unwrap();
    let mut unanswered = 0;
    let mut kvitt = Kvitt::start(folder.path()).await;
    for kill_after in [1, 60] {
        assert_durable(folder.path()).await;
        let shop = Shop::of_env(&kvitt.env).await;
        let references = authorized(&shop).await;
        let journal = capture_and_kill(&shop, &references, kvitt, kill_after).await;
        unanswered += journal.iter().filter(|asked| asked.told.is_none()).count();

        kvitt = Kvitt::start(folder.path()).await;
        let shop = Shop::of_env(&kvitt.env).await;
        everything_answered_is_there_once(&shop, &journal).await;
        repeating_completes_and_then_changes_nothing(&shop, &journal).await;
    }
    assert!(unanswered > 0, "no kill came in the middle");
    let status = kvitt.interrupt().await;
    assert_eq!(status.code(), Some(0), "Ctrl-C ends kvitt with exit code 0");
    assert!(!folder.path().join("postgres/cluster/postmaster.pid").exists(), "PostgreSQL has ended too");
}

/// A test of crashes is worth nothing on a server that may forget.
async fn assert_durable(data: &Path) {
    let pid_file = std::fs::read_to_string(data.join("postgres/cluster/postmaster.pid"));
    let pid_file = pid_file.expect("the private server runs in the data folder");
    let sockets = pid_file.lines().nth(4).expect("the fifth line names the folder of the socket");
    let options =
        PgConnectOptions::new_without_pgpass().socket(sockets).username("kvitt").database("postgres");
    let mut server = PgConnection::connect_with(&options).await.expect("the private server answers");
    for show in ["SHOW fsync", "SHOW synchronous_commit", "SHOW full_page_writes"] {
        let value: String =
            sqlx::query_scalar(show).fetch_one(&mut server).await.expect("a setting can be shown");
        assert_eq!(value, "on", "{show}");
    }
}

async fn authorized(shop: &Shop) -> Vec<String> {
    let mut making = JoinSet::new();
    for _ in 0..PAYMENTS {
        let shop = shop.clone();
        making.spawn(async move { shop.authorized(AUTHORIZED).await });
    }
    making.join_all().await
}

/// Asks for all captures at once and kills the process as soon as this many have been answered.
async fn capture_and_kill(shop: &Shop, references: &[String], kvitt: Kvitt, kill_after: usize) -> Vec<Asked> {
    let (answered, mut count) = mpsc::unbounded_channel();
    let mut asking = JoinSet::new();
    for reference in references {
        for minor in (1..).take(CAPTURES_EACH) {
            let (shop, answered) = (shop.clone(), answered.clone());
            let mut asked = Asked { reference: reference.clone(), key: fresh_key(), minor, told: None };
            asking.spawn(async move {
                let path = format!("/epayment/v1/payments/{}/capture", asked.reference);
                let request = shop.post_request(&path, &asked.key, &modification("NOK", asked.minor));
                asked.told = Answer::try_of(request).await;
                // The killer stops counting when it has killed.
                answered.send(asked.told.is_some()).ok();
                asked
            });
        }
    }
    let mut seen = 0;
    while seen < kill_after {
        seen += usize::from(count.recv().await.expect("captures are still being answered"));
    }
    kvitt.kill().await;
    asking.join_all().await
}

/// The amounts captured for each reference and key.
async fn captured(shop: &Shop, journal: &[Asked]) -> BTreeMap<(String, String), Vec<i64>> {
    let mut found = BTreeMap::<(String, String), Vec<i64>>::new();
    let references: std::collections::BTreeSet<&String> =
        journal.iter().map(|asked| &asked.reference).collect();
    for reference in references {
        let events = shop.events(reference).await;
        let captures: Vec<&Value> = events.iter().filter(|event| event["name"] == "CAPTURED").collect();
        for event in &captures {
            let key = event["idempotencyKey"].as_str().expect("a capture has the merchant's key").to_owned();
            let minor = event["amount"]["value"].as_i64().expect("an amount is a number");
            found.entry((reference.clone(), key)).or_default().push(minor);
        }
        let sum: i64 = captures.iter().filter_map(|event| event["amount"]["value"].as_i64()).sum();
        assert_eq!(shop.sums(reference).await, [AUTHORIZED, sum, 0, 0], "the sums are those of the events");
    }
    found
}

async fn everything_answered_is_there_once(shop: &Shop, journal: &[Asked]) {
    let found = captured(shop, journal).await;
    assert!(found.values().all(|amounts| amounts.len() == 1), "a key has one effect: {found:?}");
    for asked in journal {
        let there = found.get(&(asked.reference.clone(), asked.key.clone()));
        match &asked.told {
            Some(answer) => {
                answer.is(200);
                assert_eq!(there, Some(&vec![asked.minor]), "an answered capture is lost");
            }
            None => assert!(there.is_none_or(|amounts| amounts == &vec![asked.minor])),
        }
    }
}

async fn repeating_completes_and_then_changes_nothing(shop: &Shop, journal: &[Asked]) {
    let mut answers = Vec::new();
    for asked in journal {
        let again = shop.capture_keyed(&asked.reference, &asked.key, asked.minor).await;
        again.is(200);
        if let Some(told) = &asked.told {
            assert_eq!(again.text, told.text, "the first answer again");
        }
        answers.push(again.text);
    }
    let found = captured(shop, journal).await;
    assert_eq!(found.len(), journal.len());
    assert!(found.values().all(|amounts| amounts.len() == 1));
    for (asked, answer) in journal.iter().zip(&answers) {
        let again = shop.capture_keyed(&asked.reference, &asked.key, asked.minor).await;
        assert_eq!(&again.text, answer);
    }
    assert_eq!(captured(shop, journal).await, found);
}
