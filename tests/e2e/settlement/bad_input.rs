//! Dates, ranges and cursors that are none.

use kvitt_tests::Stack;
use serde_json::json;

use super::{Books, problem, text};

#[tokio::test]
async fn dates_and_topics_that_are_none_are_named() {
    let books = Books::open(Stack::shared(), "full").await;
    let ledger = &books.ledger;
    let dates = [
        "today",
        "2026-13-01",
        "2026-02-30",
        "26-01-01",
        "2026-1-1",
        "+2026-01-01",
        "2026-01-01T00:00:00Z",
        "%00",
    ];
    for date in dates {
        let answer = books.reader.date(ledger, "funds", date).await;
        let detail = text(problem(&answer, 400), "detail");
        assert!(detail.contains("LedgerDate"), "{date}: {detail}");
    }
    for topic in ["payouts", "Funds", "FEES", "%20"] {
        let detail = text(problem(&books.reader.date(ledger, topic, "2026-01-01").await, 400), "detail");
        assert!(detail.contains("Topic"), "{topic}: {detail}");
        let path = format!("/report/v2/ledgers/{ledger}/{topic}/feed");
        problem(&books.reader.get(&path).await, 400);
    }
    let path = format!("/report/v2/ledgers/{ledger}/funds/feed?includeGDPRSensitiveData=perhaps");
    let detail = text(problem(&books.reader.get(&path).await, 400), "detail");
    assert!(detail.contains("IncludeGDPRSensitiveData"), "{detail}");
    for date in ["0001-01-01", "9999-12-31"] {
        assert_eq!(books.reader.date(ledger, "fees", date).await.status, 200, "{date}");
    }
}

#[tokio::test]
async fn ranges_of_the_first_version_that_are_none_are_named() {
    let books = Books::open(Stack::shared(), "full").await;
    let table = [
        ("fromLedgerDate=2026-11-02&toLedgerDate=2026-11-01", "ToLedgerDate"),
        ("fromLedgerDate=yesterday", "FromLedgerDate"),
        ("ledgerDate=2026-11-01&toLedgerDate=2026-11-01", "LedgerDate"),
        ("ledgerDate=2026-11-01&sincePayout=2000001", "LedgerDate"),
        ("inPayout=2000001&fromLedgerDate=2026-11-01", "InPayout"),
        ("inPayout=2000001&sincePayout=2000001", "InPayout"),
        ("inPayout=2000001", "InPayout"),
        ("sincePayout=2999999", "SincePayout"),
        ("inPayout=x", "InPayout"),
        ("cursor=nonsense", "Cursor"),
    ];
    for (query, field) in table {
        let path = format!("/report/v1/ledgertransactions?ledgerId={}&{query}", books.ledger);
        let detail = text(problem(&books.reader.get(&path).await, 400), "detail");
        assert!(detail.contains(&format!("The field {field} ")), "{query}: {detail}");
        // Of a ledger that is not there, not even that is told; what is no number is refused before anybody is asked.
        if !query.contains("=x") {
            let path = format!("/report/v1/ledgertransactions?ledgerId=99999999901&{query}");
            problem(&books.reader.get(&path).await, 404);
        }
    }
    let detail = text(problem(&books.reader.get("/report/v1/ledgertransactions").await, 400), "detail");
    assert!(detail.contains("LedgerId"), "{detail}");
    // Ten years are a range like another.
    let path = "fromLedgerDate=2016-01-01&toLedgerDate=2026-01-01";
    let path = format!("/report/v1/ledgertransactions?ledgerId={}&{path}", books.ledger);
    assert_eq!(books.reader.get(&path).await.is(200), &json!({"cursor": "", "items": []}));
}

#[tokio::test]
async fn a_cursor_counts_only_where_it_was_given_and_as_it_was_given() {
    let stack = Stack::shared();
    let (books, other) = (Books::open(stack, "full").await, Books::open(stack, "full").await);
    let cursor = text(&books.reader.feed_page(&books.ledger, "funds", "").await, "cursor");
    let foreign = text(&other.reader.feed_page(&other.ledger, "funds", "").await, "cursor");
    let mut cut = cursor.clone();
    cut.pop();
    let forged = [
        foreign.as_str(),
        &cut,
        &format!("{cursor}A"),
        &cursor.to_uppercase(),
        "e30",
        "%00",
        "a b",
        &"A".repeat(2000),
    ];
    for forged in forged {
        let path = format!("/report/v2/ledgers/{}/funds/feed?cursor={forged}", books.ledger);
        let detail = text(problem(&books.reader.get(&path).await, 400), "detail");
        assert!(detail.contains("Cursor"), "{forged:.40}: {detail}");
    }
    // A cursor of the feed is none of a date.
    let path = format!("/report/v2/ledgers/{}/funds/dates/2026-01-01?cursor={cursor}", books.ledger);
    problem(&books.reader.get(&path).await, 400);
    let path = format!("/settlement/v1/ledgers?cursor={cursor}");
    problem(&books.reader.get(&path).await, 400);
}
