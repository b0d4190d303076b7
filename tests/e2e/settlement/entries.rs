//! What captures and refunds post.

use kvitt_testing::eventually;
use kvitt_tests::Stack;
use serde_json::{Value, json};

use super::{Books, amounts, chained, text, types};

/// The payment's event of this name.
async fn event(books: &Books, reference: &str, name: &str) -> Value {
    let events = books.shop.events(reference).await;
    events.into_iter().find(|event| event["name"] == name).unwrap_or_else(|| panic!("there is no {name}"))
}

#[tokio::test]
async fn m1_m2_a_capture_is_one_entry_of_funds_and_its_fee_one_of_fees_under_the_same_psp_reference() {
    let books = Books::open(Stack::shared(), "full").await;
    books.agree(&json!({"percentage": "2.99", "fixedMinor": 100})).await;
    let reference = books.sell(10_000).await;
    let funds = books.entries("funds", 1).await;
    let fees = books.entries("fees", 1).await;
    let captured = event(&books, &reference, "CAPTURED").await;
    let handle = format!("api:{}", books.shop.keys.msn);
    for (entry, entry_type, amount) in [(&funds[0], "capture", 10_000), (&fees[0], "capture-fee", -399)] {
        assert_eq!(text(entry, "entryType"), entry_type);
        assert_eq!(entry["amount"], amount, "{entry}");
        assert_eq!(entry["pspReference"], captured["pspReference"], "{entry}");
        assert_eq!(entry["reference"], reference, "{entry}");
        assert_eq!(
            (&entry["currency"], &entry["recipientHandle"]),
            (&json!("NOK"), &json!(handle)),
            "{entry}"
        );
        // 2026-11-22T12:00:00.000000Z
        assert_eq!(text(entry, "time").len(), 27, "{entry}");
    }
    assert_eq!(funds[0]["time"], fees[0]["time"]);
    assert_eq!(funds[0]["ledgerDate"], fees[0]["ledgerDate"]);
    // What was posted stays as it was, whatever is agreed from now on.
    books.agree(&json!({})).await;
    books.sell(20_000).await;
    assert_eq!(amounts(&books.entries("funds", 2).await), [10_000, 20_000]);
    assert_eq!(amounts(&books.feed("fees").await), [-399]);
}

#[tokio::test]
async fn m3_m4_a_refund_is_negative_and_costs_nothing_and_balances_chain() {
    let books = Books::open(Stack::shared(), "danish").await;
    books.agree(&json!({"percentage": "1.5"})).await;
    let first = books.sell(10_000).await;
    books.sell(5_000).await;
    books.shop.refund(&first, 4_000).await.is(200);
    books.shop.refund(&first, 6_000).await.is(200);
    books.sell(1_000).await;
    let funds = books.entries("funds", 5).await;
    let fees = books.entries("fees", 3).await;
    chained(&funds);
    chained(&fees);
    let mut refunds: Vec<_> = funds.iter().filter(|entry| entry["entryType"] == "refund").collect();
    refunds.sort_by_key(|entry| entry["amount"].as_i64());
    let refunded: Vec<_> = refunds.iter().map(|entry| entry["amount"].clone()).collect();
    assert_eq!(refunded, [json!(-6_000), json!(-4_000)]);
    assert!(refunds.iter().all(|entry| entry["reference"] == first && entry["currency"] == "DKK"));
    assert!(types(&fees).iter().all(|one| one == "capture-fee"), "{fees:?}");
    assert_eq!(amounts(&fees).iter().sum::<i64>(), -240);
}

#[tokio::test]
async fn what_is_cancelled_or_declined_posts_nothing() {
    let stack = Stack::shared();
    let books = Books::open(stack, "full").await;
    let cancelled = books.shop.authorized(10_000).await;
    books.shop.cancel(&cancelled).await.is(200);
    let waits = books.shop.created(10_000).await;
    books.shop.approve(&waits, stack.poor_phone()).await;
    // Behind both of them in the log.
    let sold = books.sell(100).await;
    eventually!(!books.feed("funds").await.is_empty());
    let funds = books.entries("funds", 1).await;
    assert_eq!(text(&funds[0], "reference"), sold);
}
