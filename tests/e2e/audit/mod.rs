//! `kvitt audit`: it finds nothing where nothing is wrong, also while the platform runs, and it finds every kind of
//! damage.

mod damage;

use chrono::{DateTime, TimeDelta, Utc};
use kvitt_launcher::audit::Summary;
use kvitt_postgres::server::PrivateServer;
use kvitt_testing::{TestServer, eventually};
use kvitt_tests::requests::fresh_key;
use kvitt_tests::{Shop, Stack, StackPlan};
use secrecy::{ExposeSecret as _, SecretString};
use sqlx::{Executor as _, PgPool};

use damage::Side;

/// The databases of payment and wallet on the server.
fn databases(server: &PrivateServer) -> [SecretString; 2] {
    ["kvitt_payment", "kvitt_wallet"].map(|name| server.url(name))
}

fn pool(url: &SecretString) -> PgPool {
    kvitt_postgres::connect(url, 2).expect("the URL is ours")
}

/// Audits, and gives the lines and the count.
async fn audit([payment, wallet]: &[SecretString; 2], now: DateTime<Utc>) -> (Vec<String>, Summary) {
    let (payment, wallet) = (pool(payment), pool(wallet));
    let mut lines = Vec::new();
    let found = |finding: kvitt_launcher::audit::Finding| lines.push(finding.to_string());
    let summary =
        kvitt_launcher::audit::audit(&payment, &wallet, now, found).await.expect("an audit is made");
    payment.close().await;
    wallet.close().await;
    assert_eq!(summary.findings, lines.len() as u64);
    (lines, summary)
}

/// A platform on a server that outlives it.
async fn platform(server: &PrivateServer) -> Stack {
    let url = server.url("postgres").expose_secret().to_owned();
    Stack::own(StackPlan { database_url: Some(url), ..StackPlan::default() }).await
}

async fn count(database: &PgPool, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(database).await.expect("rows can be counted")
}

/// Every way a payment can go, with one left waiting for its payer. Waits until all is cleared.
async fn scenario(stack: &Stack, server: &PrivateServer) {
    let shop = Shop::open(stack, stack.keys("full")).await;
    let expiring = shop.created(10_000).await;
    stack.advance(std::time::Duration::from_secs(660)).await;
    assert_eq!(shop.state(&expiring).await, "EXPIRED");

    let whole = shop.authorized(10_000).await;
    for captured in [4_000, 1_000] {
        shop.capture(&whole, captured).await.is(200);
    }
    for refunded in [500, 700] {
        shop.refund(&whole, refunded).await.is(200);
    }
    shop.cancel(&whole).await.is(200);
    shop.capture(&whole, 1).await.problem(400);
    let terminated = shop.created(10_000).await;
    shop.cancel(&terminated).await.is(200);
    let taken = kvitt_tests::requests::web_redirect(&whole, "NOK", 500);
    shop.create_keyed(&fresh_key(), &taken).await.problem(409);
    let danish = Shop::open(stack, stack.keys("danish")).await;
    let sold = danish.authorized(7_000).await;
    danish.capture(&sold, 7_000).await.is(200);
    let waiting = shop.created(10_000).await;
    shop.approve(&waiting, stack.poor_phone()).await.problem(400);

    let [payment, _] = databases(server);
    let payment = pool(&payment);
    let behind = "SELECT count(*) FROM clearing_cursors c JOIN log_head h ON h.part = c.part
                  WHERE c.pos < h.next_pos - 1";
    eventually!(count(&payment, behind).await == 0);
    // Whether the expiry has been written, or only told by the clock.
    let written = "SELECT count(*) FROM payments WHERE state = 3";
    eventually!(count(&payment, written).await == 1);
    payment.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_of_damage_is_found_and_named() {
    let server = TestServer::throwaway().await;
    let stack = platform(&server).await;
    scenario(&stack, &server).await;
    let now = stack.clock().now();
    stack.stop().await;

    let sound = databases(&server);
    let (lines, summary) = audit(&sound, now).await;
    assert!(lines.is_empty(), "{lines:#?}");
    assert_eq!((summary.payments, summary.under_way), (5, 0), "{summary}");
    assert!(summary.events > 20 && summary.operations >= 8, "{summary}");

    let mut missed = Vec::new();
    for (number, damage) in damage::ALL.iter().enumerate() {
        let [payment, wallet] = sound.clone();
        let copy = format!("damaged_{number}");
        let databases = match damage.side {
            Side::Payment => [damaged(&server, "kvitt_payment", &copy, damage.sql).await, wallet],
            Side::Wallet => [payment, damaged(&server, "kvitt_wallet", &copy, damage.sql).await],
        };
        let (lines, _) = audit(&databases, now).await;
        let named = |line: &String| ["unit ", "part ", "card "].iter().any(|start| line.starts_with(start));
        if !(lines.iter().any(|line| line.contains(damage.found)) && lines.iter().all(named)) {
            missed.push(format!("{}: {:?} is not in {lines:#?}", damage.what, damage.found));
        }
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));

    let [_, wallet] = sound;
    let unanswered = damaged(&server, "kvitt_payment", "unanswered", &damage::UNANSWERED).await;
    let databases = [unanswered, wallet];
    let (lines, summary) = audit(&databases, now - TimeDelta::days(1)).await;
    assert_eq!((lines, summary.under_way), (Vec::new(), 1));
    let (lines, _) = audit(&databases, now + TimeDelta::days(1)).await;
    assert!(lines.len() == 1 && lines[0].contains("has had no answer since its deadline"), "{lines:#?}");
    server.stop().await;
}

/// A copy of a database, damaged.
async fn damaged(server: &PrivateServer, of: &str, copy: &str, sql: &[&'static str]) -> SecretString {
    let url = server.clone_database(of, copy).await.expect("nobody is connected to the original");
    let database = pool(&url);
    for statement in sql {
        let done = database.execute(*statement).await.unwrap_or_else(|error| panic!("{statement}: {error}"));
        let changes = statement.starts_with("ALTER") || statement.starts_with("DROP");
        assert!(changes || done.rows_affected() > 0, "nothing is damaged by {statement}");
    }
    database.close().await;
    url
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_found_while_payments_are_on_their_way() {
    let server = TestServer::throwaway().await;
    let stack = platform(&server).await;
    let databases = databases(&server);
    let shop = Shop::open(&stack, stack.keys("full")).await;
    let mut selling = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let shop = shop.clone();
        selling.spawn(async move {
            for _ in 0..10 {
                let reference = shop.authorized(10_000).await;
                shop.capture(&reference, 4_000).await.is(200);
                shop.refund(&reference, 1_500).await.is(200);
                shop.cancel(&reference).await.is(200);
            }
        });
    }
    let mut audits = 0;
    while !selling.is_empty() {
        let (lines, summary) = audit(&databases, stack.clock().now()).await;
        assert!(lines.is_empty(), "after {audits} audits: {summary}: {lines:#?}");
        audits += 1;
        while let Some(sold) = selling.try_join_next() {
            sold.expect("sales go well");
        }
    }
    assert!(audits > 2, "only {audits} audits were made while sales went on");
    let (lines, summary) = audit(&databases, stack.clock().now()).await;
    assert_eq!((lines, summary.payments), (Vec::new(), 80));
    stack.stop().await;
    server.stop().await;
}
