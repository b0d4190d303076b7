//! `GET /report/v2/ledgers/{ledgerId}/{topic}/feed`.

use kvitt_testing::eventually;
use kvitt_tests::{Shop, Stack};
use serde_json::json;

use super::{Books, Reader, amounts, items, text};

#[tokio::test]
async fn m16_m17_a_reader_of_the_feed_misses_nothing_and_reads_nothing_twice() {
    let books = Books::open(Stack::shared(), "full").await;
    let page = async |cursor: &str| {
        let page = books.reader.feed_page(&books.ledger, "funds", &format!("cursor={cursor}")).await;
        assert!(page.get("hasMore").is_none(), "{page}");
        assert!(!text(&page, "cursor").is_empty(), "{page}");
        page
    };
    // Before anything has happened there is an end already.
    let empty = page("").await;
    assert_eq!((&empty["items"], &empty["tryLater"]), (&json!([]), &json!(true)));
    let start = text(&empty, "cursor");
    assert_eq!(text(&page(&start).await, "cursor"), start);

    books.sell(100).await;
    eventually!(!items(&page(&start).await).is_empty());
    let first = page(&start).await;
    assert_eq!((amounts(&items(&first)), &first["tryLater"]), (vec![100], &json!(true)));
    assert_eq!(page("").await, first, "the beginning is the beginning");
    let end = text(&first, "cursor");
    assert_ne!(end, start);
    let nothing = page(&end).await;
    assert_eq!((&nothing["items"], &nothing["tryLater"]), (&json!([]), &json!(true)));
    assert_eq!(text(&nothing, "cursor"), end);

    books.sell(200).await;
    eventually!(!items(&page(&end).await).is_empty());
    let second = page(&end).await;
    assert_eq!(amounts(&items(&second)), [200]);
    assert!(items(&page(&text(&second, "cursor")).await).is_empty());
    // What was answered is answered again, to the byte.
    let path = format!("/report/v2/ledgers/{}/funds/feed?cursor={start}", books.ledger);
    let once = books.reader.get(&path).await.text;
    assert_eq!(books.reader.get(&path).await.text, once);
    assert_eq!(items(&page(&start).await)[0], items(&first)[0]);
}

#[tokio::test]
async fn the_two_streams_have_cursors_of_their_own() {
    let books = Books::open(Stack::shared(), "full").await;
    books.agree(&json!({"fixedMinor": 50})).await;
    books.sell(1_000).await;
    books.entries("fees", 1).await;
    let cursor = async |topic: &str| text(&books.reader.feed_page(&books.ledger, topic, "").await, "cursor");
    let (funds, fees) = (cursor("funds").await, cursor("fees").await);
    let ask = async |topic: &str, cursor: &str| {
        let path = format!("/report/v2/ledgers/{}/{topic}/feed?cursor={cursor}", books.ledger);
        books.reader.get(&path).await.status
    };
    assert_eq!((ask("funds", &funds).await, ask("fees", &fees).await), (200, 200));
    assert_eq!((ask("fees", &funds).await, ask("funds", &fees).await), (400, 400));
}

#[tokio::test]
async fn a_merchant_serial_number_is_neither_needed_nor_looked_at() {
    let stack = Stack::shared();
    let books = Books::open(stack, "full").await;
    let path = format!("/report/v2/ledgers/{}/funds/feed", books.ledger);
    books.reader.get(&path).await.is(200);
    // The header names another unit; the keys count.
    let mut keys = books.shop.keys.clone();
    keys.msn = stack.keys("second").msn.clone();
    let other = Shop { keys, ..books.shop.clone() };
    other.get(&path).await.is(200);
    let without_key = Reader { subscription_key: None, ..books.reader.clone() };
    let refused = without_key.get(&path).await;
    assert_eq!(refused.status, 401, "{}", refused.text);
    assert_eq!(refused.body["code"], "Unauthorized");
}
