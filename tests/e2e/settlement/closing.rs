//! What the end of a ledger date brings, and what is told of the date before and after. Each test has a stack of its own, whose
//! clock it moves.

use std::time::Duration;

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use kvitt_proto::merchant::v1::{
    ChangeSettlementFrequencyRequest, SalesUnit, SettlementFrequency, SettlementType,
};
use kvitt_tests::{Mesh, Stack, StackPlan};
use serde_json::{Value, json};

use super::{Books, amounts, chained, go_to, items, noon, open, text, types};

const DAY: Duration = Duration::from_secs(86_400);

/// Noon of the next day in a stack of the test's own, so that no date ends by itself.
async fn at_noon() -> (Stack, NaiveDate) {
    let stack = Stack::own(StackPlan::default()).await;
    let date = stack.clock().now().date_naive() + Days::new(1);
    go_to(&stack, noon(date)).await;
    (stack, date)
}

fn instant(entry: &Value) -> DateTime<Utc> {
    text(entry, "time").parse().expect("a time is an instant")
}

/// The day of contract-merchant section 4.5, whose printed `fees` closing row does not follow from its own rows: 1200 closes
/// the balance of -1200, so what is left is nothing.
#[tokio::test(flavor = "multi_thread")]
async fn m5_m7_m8_m14_m15_m19_m20_the_worked_day_closes_as_the_contract_says() {
    let (stack, date) = at_noon().await;
    let books = Books::open(&stack, "full").await;
    books.agree(&json!({"fixedMinor": 400})).await;
    let twelve = books.shop.authorized(20_000).await;
    books.shop.capture(&twelve, 10_000).await.is(200);
    books.shop.capture(&twelve, 10_000).await.is(200);
    books.sell(20_000).await;
    books.shop.refund(&twelve, 10_000).await.is(200);
    books.entries("funds", 4).await;
    let (today, ledger) = (date.to_string(), &books.ledger);
    for topic in ["funds", "fees"] {
        let open = books.reader.date(ledger, topic, &today).await;
        assert_eq!(open.is(200), &json!({"tryLater": true, "items": []}));
    }

    stack.advance(DAY).await;
    let (funds, fees) = (books.date("funds", &today).await, books.date("fees", &today).await);
    let expected = ["capture", "capture", "capture", "refund", "fees-retained", "payout-scheduled"];
    assert_eq!(types(&funds), expected);
    assert_eq!(amounts(&funds), [10_000, 10_000, 20_000, -10_000, -1_200, -28_800]);
    assert_eq!(types(&fees), ["capture-fee", "capture-fee", "capture-fee", "fees-retained"]);
    assert_eq!(amounts(&fees), [-400, -400, -400, 1_200]);
    chained(&funds);
    chained(&fees);
    let (retained, paid) = (&funds[4], &funds[5]);
    for name in ["time", "pspReference", "ledgerDate"] {
        assert_eq!(retained[name], fees[3][name], "{name}");
    }
    assert_eq!(retained["pspReference"], format!("{ledger}-{}", today.replace('-', "")));
    // Dated on the day that they close, though they are of the instant at which it is over.
    assert!(funds.iter().chain(&fees).all(|entry| entry["ledgerDate"] == today.as_str()));
    assert!(instant(paid).date_naive() >= date && instant(paid) <= noon(date) + TimeDelta::hours(12));
    assert_eq!(
        (&paid["balanceAfter"], &paid["pspReference"]),
        (&json!(0), &json!(format!("{ledger}-2000001")))
    );
    let msn = &books.shop.keys.msn;
    assert_eq!(paid["reference"], format!("Utb. 2000001 Vippsnr {msn}"));
    let payout = &books.payouts().await[0];
    assert_eq!((&payout["payoutNumber"], &payout["reference"]), (&json!(2_000_001), &paid["reference"]));
    assert_eq!(payout["amount"], json!({"currency": "NOK", "value": 28_800}));
    assert_eq!((&payout["fromDate"], &payout["toDate"]), (&json!(today), &json!(today)));

    // Closed dates and the feed are the same entries, in the same order; and they stay as they are.
    assert_eq!((books.feed("funds").await, books.feed("fees").await), (funds.clone(), fees));
    let told = books.reader.date(ledger, "funds", &today).await.text;
    books.sell(5_000).await;
    stack.advance(DAY).await;
    assert_eq!(books.reader.date(ledger, "funds", &today).await.text, told);
    assert_eq!(books.payouts().await[0]["payoutNumber"], 2_000_002);
    first_version(&books, &today, &funds).await;
    stack.stop().await;
}

/// The same entries as `GET /report/v1/ledgertransactions` tells them.
async fn first_version(books: &Books, date: &str, funds: &[Value]) {
    let ask = async |query: &str| {
        let path = format!("/report/v1/ledgertransactions?ledgerId={}&{query}", books.ledger);
        let answer = books.reader.get(&path).await;
        assert_eq!(answer.is(200)["cursor"], "", "{query}");
        items(&answer.body)
    };
    let behind = items(&books.reader.feed_page(&books.ledger, "funds", "").await).split_off(funds.len());
    assert_eq!(ask(&format!("ledgerDate={date}")).await, funds);
    assert_eq!(ask(&format!("toLedgerDate={date}")).await, funds);
    assert_eq!(ask("inPayout=2000001").await, funds);
    assert_eq!(ask("sincePayout=2000001").await, behind);
    assert_eq!(ask("inPayout=2000002").await, behind);
    assert_eq!(ask("").await, [funds, &behind].concat());
}

#[tokio::test(flavor = "multi_thread")]
async fn m8_m9_without_a_positive_balance_there_is_no_payout_and_no_number() {
    let (stack, date) = at_noon().await;
    let books = Books::open(&stack, "full").await;
    let reference = books.sell(10_000).await;
    books.entries("funds", 1).await;
    stack.advance(DAY).await;
    assert_eq!(books.payouts().await.len(), 1);

    // What is owed is carried on, over dates on which nothing happens.
    books.shop.refund(&reference, 4_000).await.is(200);
    books.entries("funds", 3).await;
    stack.advance(DAY * 3).await;
    let owing = (date + Days::new(1)).to_string();
    assert_eq!(types(&books.date("funds", &owing).await), ["refund"]);
    assert_eq!(books.date("funds", &(date + Days::new(2)).to_string()).await, Vec::<Value>::new());
    assert_eq!(books.payouts().await.len(), 1);

    books.sell(3_000).await;
    books.entries("funds", 4).await;
    stack.advance(DAY).await;
    let settled = (date + Days::new(4)).to_string();
    let funds = books.date("funds", &settled).await;
    assert_eq!((&funds[0]["balanceBefore"], &funds[0]["balanceAfter"]), (&json!(-4_000), &json!(-1_000)));
    assert_eq!(books.payouts().await.len(), 1, "it is still owed");

    books.sell(5_000).await;
    books.entries("funds", 5).await;
    stack.advance(DAY).await;
    let payouts = books.payouts().await;
    assert_eq!(
        (&payouts[0]["payoutNumber"], &payouts[0]["amount"]["value"]),
        (&json!(2_000_002), &json!(4_000))
    );
    // It reaches back to where the one before it ended.
    assert_eq!(payouts[0]["fromDate"], owing.as_str());
    assert_eq!(payouts[0]["toDate"], (date + Days::new(5)).to_string());
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn m6_m10_periods_end_with_sundays_and_months_and_gross_fees_are_invoiced_once_a_month() {
    let (stack, date) = at_noon().await;
    let gross =
        open(&stack, |unit| SalesUnit { settlement_type: SettlementType::Gross.into(), ..unit }).await;
    let (gross, weekly, monthly) = (
        Books::of(&stack, &gross).await,
        Books::open(&stack, "full").await,
        Books::open(&stack, "full").await,
    );
    frequency(&stack, &weekly, SettlementFrequency::Weekly).await;
    frequency(&stack, &monthly, SettlementFrequency::Monthly).await;
    for books in [&gross, &weekly, &monthly] {
        books.agree(&json!({"percentage": "1"})).await;
    }
    // A sale every third day, until a month has ended that began with a sale.
    let (mut day, mut sold) = (date, 0);
    while sold < 20 {
        for books in [&gross, &weekly, &monthly] {
            books.sell(10_000).await;
        }
        sold += 1;
        day = day + Days::new(3);
        go_to(&stack, noon(day)).await;
    }
    let dates = async |books: &Books, entry_type: &str| -> Vec<NaiveDate> {
        let entries = books.feed("funds").await.into_iter().chain(books.feed("fees").await);
        let of_type = entries.filter(|entry| entry["entryType"] == entry_type);
        of_type.map(|entry| text(&entry, "ledgerDate").parse().expect("a date")).collect()
    };
    let closed = || date.iter_days().take_while(|one| *one < day);
    let sundays: Vec<_> = closed().filter(|one| one.format("%u").to_string() == "7").collect();
    assert_eq!(dates(&weekly, "payout-scheduled").await, sundays);
    let ends: Vec<_> =
        closed().filter(|one| (*one + Days::new(1)).format("%d").to_string() == "01").collect();
    assert!(!ends.is_empty());
    assert_eq!(dates(&monthly, "payout-scheduled").await, ends);
    assert_eq!(dates(&gross, "fees-invoiced").await, ends);
    assert!(dates(&gross, "fees-retained").await.is_empty());
    // Gross: what was sold is paid out whole, every date with a sale.
    assert!(gross.payouts().await.iter().all(|payout| payout["amount"]["value"] == 10_000));
    assert_eq!(dates(&gross, "payout-scheduled").await.len(), 20);
    // Net: a retention for every date with fees.
    assert_eq!(dates(&weekly, "fees-retained").await.len(), 2 * 20);
    stack.stop().await;
}

async fn frequency(stack: &Stack, books: &Books, frequency: SettlementFrequency) {
    let request =
        ChangeSettlementFrequencyRequest { msn: books.shop.keys.msn.clone(), frequency: frequency.into() };
    let operator = Mesh::operator(stack).await;
    operator.merchants().change_settlement_frequency(request).await.expect("the operator may change it");
}
