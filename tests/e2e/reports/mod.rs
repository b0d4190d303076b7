//! `/kvitt/v1/reports`, `/kvitt/v1/report-subscriptions` and `/kvitt/v1/mails`: files of what was paid out, and who is sent
//! them.

mod download;
mod mails;

use std::time::Duration;

use chrono::Days;
use kvitt_tests::{Answer, Shop, Stack, StackPlan, UnitPlan};
use reqwest::Method;
use serde_json::{Value, json};

const DAY: Duration = Duration::from_secs(86_400);

const SUBSCRIPTIONS: &str = "/kvitt/v1/report-subscriptions";

/// Every operation: method, path and a body. None of the paths names anything.
pub(crate) fn operations() -> Vec<(Method, &'static str, Option<Value>)> {
    vec![
        (Method::GET, "/kvitt/v1/reports", None),
        (Method::POST, SUBSCRIPTIONS, Some(json!({}))),
        (Method::GET, SUBSCRIPTIONS, None),
        (Method::PUT, "/kvitt/v1/report-subscriptions/{subscriptionId}", Some(json!({}))),
        (Method::DELETE, "/kvitt/v1/report-subscriptions/{subscriptionId}", None),
        (Method::GET, "/kvitt/v1/mails", None),
    ]
}

/// A stack of the test's own, whose clock it may move, and a unit in it.
async fn own() -> (Stack, Shop) {
    let stack = Stack::own(StackPlan::default()).await;
    // A day later is then another date, whatever its length.
    let noon =
        (stack.clock().now().date_naive() + Days::new(1)).and_hms_opt(12, 0, 0).expect("a noon").and_utc();
    stack.advance((noon - stack.clock().now()).to_std().expect("it is ahead")).await;
    let keys = stack.open_unit(UnitPlan::default()).await;
    let shop = Shop::open(&stack, &keys).await;
    (stack, shop)
}

/// Sells something and lets its date end; the payment's reference and the date.
async fn sell_and_close(stack: &Stack, shop: &Shop) -> (String, String) {
    let reference = shop.authorized(10_000).await;
    shop.capture(&reference, 10_000).await.is(200);
    stack.advance(DAY).await;
    let payouts = shop.get("/kvitt/v1/payouts").await;
    let date = payouts.is(200)["payouts"][0]["toDate"].as_str().expect("a payout").to_owned();
    (reference, date)
}

async fn subscribe(shop: &Shop, body: &Value) -> Answer {
    Answer::of(shop.request(Method::POST, SUBSCRIPTIONS).json(body)).await
}
