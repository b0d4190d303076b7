//! `/kvitt/v1/dashboard`: how a unit's calls went, counted at the edge.

use std::time::Duration;

use kvitt_proto::error::v1::Reason;
use kvitt_proto::refusal::reason_of;
use kvitt_proto::webhook::v1::{GetDashboardRequest, ListWebhooksRequest, RecordCallsRequest};
use kvitt_testing::eventually;
use kvitt_tests::requests::{fresh_key, fresh_reference};
use kvitt_tests::{Answer, Mesh, Shop, Stack, StackPlan, UnitPlan};
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use super::clock::instant;

const DASHBOARD: &str = "/kvitt/v1/dashboard";

/// A unit that no other test calls for.
async fn fresh() -> Shop {
    let stack = Stack::shared();
    Shop::open(stack, &stack.open_unit(UnitPlan::default()).await).await
}

/// The newest day of an API on the dashboard; null when there is none.
async fn day(shop: &Shop, api: &str) -> Value {
    let answer = shop.get(&format!("{DASHBOARD}?days=2")).await;
    let days = answer.is(200)["days"].as_array().expect("days are an array").clone();
    days.into_iter().find(|day| day["api"] == api).unwrap_or_default()
}

/// The samples on the dashboard, newest first.
async fn samples(shop: &Shop) -> Vec<Value> {
    let answer = shop.get(DASHBOARD).await;
    answer.is(200)["samples"].as_array().expect("samples are an array").clone()
}

#[tokio::test]
async fn calls_are_counted_by_what_became_of_them_and_errors_are_shown_with_their_traces() {
    let shop = fresh().await;
    let reference = shop.authorized(10_000).await;
    let too_much = shop.capture(&reference, 10_001).await;
    too_much.refused(400, "6090");
    shop.capture(&reference, 20_000).await.refused(400, "6090");
    let absent = shop.payment(&fresh_reference()).await;
    absent.problem(404);
    let broken = shop.post("/epayment/v1/payments", &fresh_key(), &json!({})).await;
    broken.problem(400);
    shop.capture(&reference, 10_000).await.is(200);

    eventually!(day(&shop, "epayment").await["calls"] == 7);
    let told = day(&shop, "epayment").await;
    assert_eq!(told["errors"], 4, "{told}");
    let by_error = told["byError"].as_array().expect("errors are an array");
    assert_eq!(by_error[0], json!({"status": 400, "code": "6090", "calls": 2}), "{told}");
    let of = |code: &str| by_error.iter().find(|error| error["code"] == code).cloned().unwrap_or_default();
    assert_eq!(of("FIELD_INVALID"), json!({"status": 400, "code": "FIELD_INVALID", "calls": 1}), "{told}");
    let (mean, slowest) = (told["meanMs"].as_f64().unwrap(), told["slowestMs"].as_f64().unwrap());
    assert!(0.0 < mean && mean <= slowest, "{told}");
    let slowest = told["slowestOperation"].as_str().unwrap();
    assert!(slowest.contains(" /epayment/v1/"), "it is a template: {slowest}");
    assert!(!slowest.contains(&reference), "{slowest}");

    let samples = samples(&shop).await;
    for answer in [&too_much, &absent, &broken] {
        let of_answer = samples.iter().find(|sample| sample["traceId"] == answer.body["traceId"]);
        let sample = of_answer.unwrap_or_else(|| panic!("{} is not there: {samples:?}", answer.text));
        assert_eq!((&sample["status"], &sample["api"]), (&json!(answer.status), &json!("epayment")));
        assert_eq!(sample["body"], answer.text);
    }
    let capture = samples.iter().find(|sample| sample["traceId"] == too_much.body["traceId"]).unwrap();
    assert_eq!(capture["operation"], "POST /epayment/v1/payments/{reference}/capture");
    assert_eq!(capture["code"], "6090");
}

#[tokio::test]
async fn every_api_is_a_line_of_its_own_and_ecom_has_its_own_codes() {
    let shop = fresh().await;
    Answer::of(shop.request(Method::GET, "/ecomm/v2/payments/nothing/details")).await;
    shop.get("/kvitt/v1/clock").await.is(200);
    shop.get("/order-management/v2/ecom/nothing").await;
    eventually!(day(&shop, "order-management").await["calls"] == 1);
    eventually!(day(&shop, "ecomm").await["calls"] == 1);
    let told = day(&shop, "ecomm").await;
    assert_eq!(told["byError"], json!([{"status": 404, "code": "35", "calls": 1}]));
    assert_eq!(told["slowestOperation"], "GET /ecomm/v2/payments/{orderId}/details");
    let own = day(&shop, "kvitt").await;
    assert!(own["calls"].as_i64().is_some_and(|calls| calls >= 1), "the dashboard's own calls too: {own}");
}

#[tokio::test]
async fn what_one_unit_does_no_other_sees() {
    let (shop, other) = (fresh().await, fresh().await);
    shop.payment(&fresh_reference()).await.problem(404);
    eventually!(day(&shop, "epayment").await["calls"] == 1);
    assert_eq!(day(&other, "epayment").await, Value::Null);
    assert!(samples(&other).await.is_empty());
    let foreign = other.bare(Method::GET, DASHBOARD).bearer_auth(&other.token);
    let foreign = foreign.header("Ocp-Apim-Subscription-Key", &other.keys.primary);
    Answer::of(foreign.header("Merchant-Serial-Number", &shop.keys.msn)).await.problem(401);
    let mut dashboard = Mesh::with_token(Stack::shared(), &other.token).dashboard();
    let request = GetDashboardRequest { msn: shop.keys.msn.clone(), days: 1 };
    let refused = dashboard.get_dashboard(request).await.unwrap_err();
    assert_eq!(reason_of(&refused), Some(Reason::MsnNotCovered));
}

#[tokio::test]
async fn the_grant_of_developers_is_needed_to_look() {
    let stack = Stack::shared();
    let request = || GetDashboardRequest { msn: "300001".to_owned(), days: 7 };
    for name in ["assistant", "cashier"] {
        let refused = stack.user(name).await.mesh.dashboard().get_dashboard(request()).await.unwrap_err();
        assert_eq!(reason_of(&refused), Some(Reason::PermissionDenied), "{name}");
    }
    stack.user("developer").await.mesh.dashboard().get_dashboard(request()).await.expect("they may");
    let refused = stack.user("neighbour").await.mesh.dashboard().get_dashboard(request()).await.unwrap_err();
    assert_eq!(reason_of(&refused), Some(Reason::NotFound));
}

#[tokio::test]
async fn nobody_but_the_edge_says_how_calls_went() {
    let stack = Stack::shared();
    let shop = Shop::named("full").await;
    let request = || RecordCallsRequest { report_id: Uuid::new_v4().to_string(), ..Default::default() };
    for mesh in [Mesh::with_token(stack, &shop.token), Mesh::operator(stack).await] {
        let refused = mesh.dashboard().record_calls(request()).await.unwrap_err();
        assert_eq!(reason_of(&refused), Some(Reason::PermissionDenied));
    }
}

#[tokio::test]
async fn days_are_between_1_and_30() {
    let shop = Shop::named("full").await;
    for days in ["0", "31", "-1", "x", "1.5", "4294967297"] {
        shop.get(&format!("{DASHBOARD}?days={days}")).await.names_field("days");
    }
    for days in ["1", "30", ""] {
        shop.get(&format!("{DASHBOARD}?days={days}")).await.is(200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_is_one_of_business_time() {
    let stack = Stack::own(StackPlan::default()).await;
    let shop = Shop::open(&stack, stack.keys("full")).await;
    shop.payment(&fresh_reference()).await.problem(404);
    eventually!(day(&shop, "epayment").await["calls"] == 1);
    let first = day(&shop, "epayment").await["day"].clone();
    stack.advance(Duration::from_secs(86_400)).await;
    shop.payment(&fresh_reference()).await.problem(404);
    eventually!(day(&shop, "epayment").await["day"] != first);
    let told = day(&shop, "epayment").await;
    assert_eq!(told["calls"], 1, "the day before is another one: {told}");
    assert_eq!(told["day"], stack.clock().now().date_naive().to_string());
    assert_eq!(samples(&shop).await.len(), 2);
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_is_told_of_a_registration_that_ended_because_nobody_answered() {
    let stack = Stack::own(StackPlan::default()).await;
    let shop = Shop::open(&stack, stack.keys("full")).await;
    let (url, event) = ("http://127.0.0.1:1/nobody", "epayments.payment.created.v1");
    let registration = json!({"url": url, "events": [event]});
    let made = Answer::of(shop.request(Method::POST, "/webhooks/v1/webhooks").json(&registration)).await;
    let webhook_id = made.is(201)["id"].clone();
    shop.created(10_000).await;
    let silent = async || {
        let mut webhooks = Mesh::with_token(&stack, &shop.token).webhooks();
        let listed = webhooks.list_webhooks(ListWebhooksRequest { msn: shop.keys.msn.clone() }).await;
        listed.expect("they are its own").into_inner().webhooks[0].silent_since.is_some()
    };
    eventually!(silent().await);
    let notices = async || shop.get(DASHBOARD).await.is(200)["notices"].clone();
    assert_eq!(notices().await, json!([]), "it is silent, and there");

    stack.advance(Duration::from_secs(15 * 86_400)).await;
    eventually!(notices().await != json!([]));
    let told = notices().await;
    assert_eq!(told.as_array().map(Vec::len), Some(1), "{told}");
    assert_eq!((&told[0]["webhookId"], &told[0]["url"]), (&webhook_id, &json!(url)));
    assert_eq!(told[0]["events"], json!([event]));
    let (since, ended) = (instant(&told[0], "silentSince"), instant(&told[0], "endedAt"));
    assert_eq!((ended - since).num_days(), 14, "{told}");
    stack.stop().await;
}
