use std::collections::BTreeMap;

use kvitt_proto::wallet::v1::{FindPayerRequest, ListCardsRequest};
use kvitt_testing::eventually;
use kvitt_tests::process::Kvitt;
use kvitt_tests::requests::{fresh_key, modification};
use kvitt_tests::{Answer, Shop, reachable_folder};
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

/// Who is killed, once this many captures have been answered.
#[derive(Clone, Copy)]
enum Victim {
    Kvitt,
    Postgres,
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_in_the_middle_of_200_captures_loses_nothing_that_was_answered() {
    let _alone = crate::alone().await;
    let folder = reachable_folder();
    let mut unanswered = 0;
    let mut kvitt = Kvitt::start(folder.path()).await;
    let before = balance(&kvitt).await;
    let mut captured = 0;
    for (victim, kill_after) in [(Victim::Kvitt, 1), (Victim::Postgres, 40), (Victim::Kvitt, 80)] {
        assert_durable(&kvitt).await;
        let shop = Shop::of_env(&kvitt.env).await;
        let references = authorized(&shop).await;
        let journal = capture_and_kill(&shop, &references, kvitt, (victim, kill_after)).await;
        unanswered += journal.iter().filter(|asked| asked.told.is_none()).count();
        captured += journal.iter().map(|asked| asked.minor).sum::<i64>();

        kvitt = Kvitt::start(folder.path()).await;
        let shop = Shop::of_env(&kvitt.env).await;
        everything_answered_is_there_once(&shop, &journal).await;
        repeating_completes_and_then_changes_nothing(&shop, &journal).await;
        for reference in &references {
            shop.cancel(reference).await.is(200);
        }
    }
    assert!(unanswered > 0, "no kill came in the middle");
    eventually!(
        balance(&kvitt).await == before - captured,
        "the payer has paid what was captured and no more"
    );
    let status = kvitt.interrupt().await;
    assert_eq!(status.code(), Some(0), "Ctrl-C ends kvitt with exit code 0");
    assert!(!folder.path().join("postgres/cluster/postmaster.pid").exists(), "PostgreSQL has ended too");
}

/// A test of crashes is worth nothing on a server that may forget.
async fn assert_durable(kvitt: &Kvitt) {
    let options = PgConnectOptions::new_without_pgpass().socket(kvitt.postgres_socket());
    let options = options.username("kvitt").database("postgres");
    let mut server = PgConnection::connect_with(&options).await.expect("the private server answers");
    for show in ["SHOW fsync", "SHOW synchronous_commit", "SHOW full_page_writes"] {
        let value: String =
            sqlx::query_scalar(show).fetch_one(&mut server).await.expect("a setting can be shown");
        assert_eq!(value, "on", "{show}");
    }
}

/// Free money on all cards of the payer who pays here.
async fn balance(kvitt: &Kvitt) -> i64 {
    let mesh = kvitt.operator().await;
    let request = FindPayerRequest { phone_number: kvitt.env["TEST_PHONE"].clone() };
    let found = mesh.wallet().find_payer(request).await.expect("the payer is there").into_inner();
    let request = ListCardsRequest { payer_id: found.payer.expect("a payer is answered").payer_id };
    let cards = mesh.wallet().list_cards(request).await.expect("cards can be listed").into_inner().cards;
    cards.iter().filter_map(|card| card.balance.as_ref()).map(|balance| balance.amount_minor).sum()
}

async fn authorized(shop: &Shop) -> Vec<String> {
    let mut making = JoinSet::new();
    for _ in 0..PAYMENTS {
        let shop = shop.clone();
        making.spawn(async move { shop.authorized(AUTHORIZED).await });
    }
    making.join_all().await
}

/// Asks for all captures at once and kills as soon as so many have been answered.
async fn capture_and_kill(
    shop: &Shop,
    references: &[String],
    kvitt: Kvitt,
    (victim, kill_after): (Victim, usize),
) -> Vec<Asked> {
    let (answered, mut count) = mpsc::unbounded_channel();
    let mut asking = JoinSet::new();
    for reference in references {
        for minor in (1..).take(CAPTURES_EACH) {
            let (shop, answered) = (shop.clone(), answered.clone());
            let mut asked = Asked { reference: reference.clone(), key: fresh_key(), minor, told: None };
            asking.spawn(async move {
                let path = format!("/epayment/v1/payments/{}/capture", asked.reference);
                let request = shop.post_request(&path, &asked.key, &modification("NOK", asked.minor));
                // A 5xx says nothing about the outcome, like no answer at all.
                asked.told = Answer::try_of(request).await.filter(|answer| answer.status < 500);
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
    match victim {
        Victim::Kvitt => kvitt.kill().await,
        Victim::Postgres => {
            assert_ne!(kvitt.kill_postgres().await.code(), Some(0), "that was no orderly end");
        }
    }
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
