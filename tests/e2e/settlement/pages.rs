//! Pages of streams that are longer than one.

use std::time::Duration;

use chrono::Days;
use kvitt_proto::money::v1::{Currency, Money};
use kvitt_proto::settlement::v1::{EntryType, PostEntryRequest};
use kvitt_tests::{Mesh, Stack, StackPlan};
use serde_json::{Value, json};

use super::{Books, chained, go_to, items, noon, text};

/// One more than two pages hold.
const MANY: usize = 2_001;

/// Pages from the beginning to the end: how many entries each has, and all of them.
async fn walk(books: &Books, path: &str, is_last: fn(&Value) -> bool) -> (Vec<usize>, Vec<Value>) {
    let (mut sizes, mut all, mut cursor) = (Vec::new(), Vec::new(), String::new());
    loop {
        let separator = if path.contains('?') { '&' } else { '?' };
        let answer = books.reader.get(&format!("{path}{separator}cursor={cursor}")).await;
        let page = items(answer.is(200));
        sizes.push(page.len());
        all.extend(page);
        if is_last(&answer.body) {
            return (sizes, all);
        }
        cursor = text(&answer.body, "cursor");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn m15_m18_m19_a_page_holds_at_most_1000_entries_and_pages_end_where_the_next_begins() {
    let stack = Stack::own(StackPlan::default()).await;
    let date = stack.clock().now().date_naive() + Days::new(1);
    go_to(&stack, noon(date)).await;
    let books = Books::open(&stack, "full").await;
    let mut agreements = Mesh::operator(&stack).await.agreements();
    for number in 0..MANY {
        let request = PostEntryRequest {
            msn: books.shop.keys.msn.clone(),
            idempotency_key: format!("key-{number}"),
            entry_type: EntryType::TopUp.into(),
            amount: Some(Money { currency: Currency::Nok.into(), amount_minor: 1 }),
            ..Default::default()
        };
        agreements.post_entry(request).await.expect("the operator may");
    }
    let feed = format!("/report/v2/ledgers/{}/funds/feed", books.ledger);
    let at_end = |body: &Value| body["tryLater"] == true;
    let (sizes, all) = walk(&books, &feed, at_end).await;
    assert_eq!(sizes, [1_000, 1_000, 1]);
    chained(&all);

    stack.advance(Duration::from_secs(86_400)).await;
    let (sizes, all) = walk(&books, &feed, at_end).await;
    assert_eq!(sizes, [1_000, 1_000, 2]);
    chained(&all);
    let dated = format!("/report/v2/ledgers/{}/funds/dates/{date}", books.ledger);
    let last = |body: &Value| {
        assert_eq!(body["hasMore"], body.get("cursor").is_some(), "{}", body["cursor"]);
        assert_eq!(body["tryLater"], false);
        body["hasMore"] == false
    };
    let (sizes, of_date) = walk(&books, &dated, last).await;
    assert_eq!(sizes, [1_000, 1_000, 2]);
    assert_eq!(of_date, all);
    let first = format!("/report/v1/ledgertransactions?ledgerId={}&ledgerDate={date}", books.ledger);
    let (sizes, of_first) = walk(&books, &first, |body| body["cursor"] == json!("")).await;
    assert_eq!(sizes, [1_000, 1_000, 2]);
    assert_eq!(of_first, all);
    // A cursor is of its own date.
    let cursor = text(&books.reader.get(&dated).await.body, "cursor");
    let other = date + Days::new(1);
    let path = format!("/report/v2/ledgers/{}/funds/dates/{other}?cursor={cursor}", books.ledger);
    assert_eq!(books.reader.get(&path).await.status, 400);
    stack.stop().await;
}
