//! On which banking day money is on a merchant's account.

use chrono::{DateTime, Datelike as _, Days, NaiveDate, Utc, Weekday};
use kvitt_proto::error::v1::Reason;
use kvitt_proto::merchant::v1::{ChangeSettlementFrequencyRequest, SettlementFrequency};
use kvitt_proto::refusal;
use kvitt_tests::{Mesh, Stack, StackPlan};
use serde_json::Value;

use super::{Books, go_to, noon, text};

fn value_dates(payouts: &[Value]) -> Vec<(String, String)> {
    payouts.iter().rev().map(|payout| (text(payout, "toDate"), text(payout, "valueDate"))).collect()
}

/// The next first Monday of a September, in which no bank of the markets has a holiday.
fn september(now: DateTime<Utc>) -> NaiveDate {
    let year = now.year() + i32::from(now.month() >= 9);
    let first = NaiveDate::from_ymd_opt(year, 9, 1).expect("a date");
    first.iter_days().find(|day| day.weekday() == Weekday::Mon).expect("Mondays come")
}

#[tokio::test(flavor = "multi_thread")]
async fn m11_m12_a_monday_is_on_the_account_on_wednesday_and_a_weekend_in_three_payouts_on_tuesday() {
    let stack = Stack::own(StackPlan::default()).await;
    let monday = september(stack.clock().now());
    go_to(&stack, noon(monday)).await;
    let (books, danish) = (Books::open(&stack, "full").await, Books::open(&stack, "danish").await);
    let day = |days: u64| monday + Days::new(days);
    for days in [0, 4, 5, 6] {
        go_to(&stack, noon(day(days)) + chrono::TimeDelta::minutes(1)).await;
        books.sell(10_000).await;
        danish.sell(10_000).await;
    }
    go_to(&stack, noon(day(7))).await;
    let texts =
        |pairs: [(u64, u64); 4]| pairs.map(|(to, value)| (day(to).to_string(), day(value).to_string()));
    assert_eq!(value_dates(&books.payouts().await), texts([(0, 2), (4, 8), (5, 8), (6, 8)]));
    // MobilePay sends it on the day after.
    assert_eq!(value_dates(&danish.payouts().await), texts([(0, 1), (4, 7), (5, 7), (6, 7)]));
    assert_eq!(books.payouts().await[3]["state"], "EXECUTED");

    // New Year's Day is no banking day, nor is a weekend.
    let sold = NaiveDate::from_ymd_opt(monday.year(), 12, 30).expect("a date");
    go_to(&stack, noon(sold)).await;
    books.sell(10_000).await;
    go_to(&stack, noon(sold + Days::new(1))).await;
    let is_open = |date: &NaiveDate| {
        !matches!(date.weekday(), Weekday::Sat | Weekday::Sun) && (date.month(), date.day()) != (1, 1)
    };
    let value = sold.iter_days().skip(1).filter(is_open).nth(1).expect("banks open again");
    assert_eq!(text(&books.payouts().await[0], "valueDate"), value.to_string());
    stack.stop().await;
}

#[tokio::test]
async fn m13_a_mobilepay_unit_is_paid_out_daily_and_not_otherwise() {
    let stack = Stack::shared();
    let operator = Mesh::operator(stack).await;
    for unit in ["danish", "finnish"] {
        for frequency in [SettlementFrequency::Weekly, SettlementFrequency::Monthly] {
            let msn = stack.keys(unit).msn.clone();
            let request = ChangeSettlementFrequencyRequest { msn, frequency: frequency.into() };
            let refused = operator.merchants().change_settlement_frequency(request).await;
            let reason = refusal::reason_of(&refused.expect_err("a refusal"));
            assert_eq!(reason, Some(Reason::FrequencyNotAvailable), "{unit} {frequency:?}");
        }
    }
}
