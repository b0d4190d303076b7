//! `/kvitt/v1/clock`: business time is moved forward, stops at everything that is due, and never goes back.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use kvitt_proto::error::v1::Reason;
use kvitt_proto::refusal;
use kvitt_proto::sandbox::v1::{FollowClockRequest, GetClockRequest};
use kvitt_runtime::wall_now;
use kvitt_tests::{Answer, Mesh, Shop, Stack, StackPlan};
use reqwest::Method;
use serde_json::{Value, json};
use tonic::Code;

const CLOCK: &str = "/kvitt/v1/clock";
const DAY: Duration = Duration::from_secs(86_400);

/// Moves the clock as a merchant's tests would.
async fn advance(shop: &Shop, body: &Value) -> Answer {
    Answer::of(shop.request(Method::POST, CLOCK).json(body)).await
}

/// The instant in a member of an answer.
pub(super) fn instant(body: &Value, name: &str) -> DateTime<Utc> {
    let text = body[name].as_str().unwrap_or_else(|| panic!("{name} is not there: {body}"));
    text.parse().unwrap_or_else(|_| panic!("{name} is no instant: {text}"))
}

async fn own() -> (Stack, Shop) {
    let stack = Stack::own(StackPlan::default()).await;
    let shop = Shop::open(&stack, stack.keys("full")).await;
    (stack, shop)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_clock_is_shown_and_moved_by_a_length_or_to_an_instant() {
    let (stack, shop) = own().await;
    let before = shop.get(CLOCK).await;
    assert_eq!(before.is(200)["offset"], "0s");
    assert!(before.body.get("instants").is_none());
    assert!((instant(&before.body, "now") - wall_now()).abs() < TimeDelta::minutes(1));

    let moved = advance(&shop, &json!({"advance": "25w6d1h"})).await;
    assert_eq!(moved.is(200)["offset"], "181d1h");
    assert_eq!(moved.body["instants"], 0);
    assert_eq!(shop.get(CLOCK).await.is(200)["offset"], "181d1h");

    let to = instant(&moved.body, "now") + TimeDelta::days(365);
    let moved = advance(&shop, &json!({"advanceTo": to.to_rfc3339()})).await;
    let now = instant(moved.is(200), "now");
    assert!(now >= to && now - to < TimeDelta::minutes(1), "{now} is not just after {to}");

    let created = shop.created(10_000).await;
    assert!(instant(&shop.events(&created).await[0], "timestamp") >= to);
    stack.stop().await;
}

#[tokio::test]
async fn what_is_not_ahead_and_what_is_too_far_is_refused_with_its_field() {
    let shop = Shop::named("full").await;
    let to = |at: DateTime<Utc>| json!({"advanceTo": at.to_rfc3339()});
    let table = [
        (json!({}), "advance"),
        (json!({"advance": null}), "advance"),
        (json!({"advance": ""}), "advance"),
        (json!({"advance": "0s"}), "advance"),
        (json!({"advance": "0w0d"}), "advance"),
        (json!({"advance": "-1d"}), "advance"),
        (json!({"advance": "a day"}), "advance"),
        (json!({"advance": "1.5d"}), "advance"),
        (json!({"advance": "1h1d"}), "advance"),
        (json!({"advance": 86_400}), "advance"),
        (json!({"advance": {"days": 1}}), "advance"),
        (json!({"advance": "3660d"}), "advance"),
        (json!({"advance": "18446744073709551615s"}), "advance"),
        (json!({"advance": "99999999999999999999w"}), "advance"),
        (json!({"advance": "1d", "advanceTo": "2100-01-01T00:00:00Z"}), "advance"),
        (json!({"advanceTo": ""}), "advanceTo"),
        (json!({"advanceTo": "tomorrow"}), "advanceTo"),
        (json!({"advanceTo": "2027-01-01"}), "advanceTo"),
        (to(wall_now() - TimeDelta::seconds(1)), "advanceTo"),
        (to(DateTime::UNIX_EPOCH), "advanceTo"),
        (to(wall_now() + TimeDelta::days(3660)), "advanceTo"),
        (json!({"advanceTo": "9999-12-31T23:59:59Z"}), "advanceTo"),
    ];
    for (body, field) in table {
        let answer = advance(&shop, &body).await;
        assert_eq!(answer.status, 400, "{body}: {}", answer.text);
        answer.names_field(field);
    }
    for bytes in ["", "7", "\"1d\"", "[]", "{\"advance\":"] {
        let answer = shop.post_bytes(CLOCK, bytes).await;
        answer.problem(400);
    }
    assert_eq!(shop.get(CLOCK).await.is(200)["offset"], "0s", "nothing of it moved the clock");
}

#[tokio::test]
async fn nobody_moves_or_reads_the_clock_without_a_token() {
    let shop = Shop::named("full").await;
    Answer::of(shop.bare(Method::GET, CLOCK)).await.problem(401);
    Answer::of(shop.bare(Method::POST, CLOCK).json(&json!({"advance": "1s"}))).await.problem(401);
    let wrong = Answer::of(shop.request(Method::DELETE, CLOCK)).await;
    assert_eq!(wrong.status, 405, "{}", wrong.text);
}

#[tokio::test]
async fn a_client_reads_the_clock_over_grpc_and_does_not_follow_it() {
    let shop = Shop::named("full").await;
    let mut clock = Mesh::with_token(Stack::shared(), &shop.token).clock();
    let told = clock.get_clock(GetClockRequest {}).await.unwrap().into_inner();
    assert_eq!(told.offset.map(|offset| (offset.seconds, offset.nanos)), Some((0, 0)));
    let refused = clock.follow_clock(tokio_stream::once(FollowClockRequest::default())).await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
    assert_eq!(refusal::reason_of(&refused), Some(Reason::PermissionDenied));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_expires_on_the_way_expires_at_exactly_its_instant() {
    let (stack, shop) = own().await;
    let (first, second) = (shop.created(10_000).await, shop.created(20_000).await);
    let moved = advance(&shop, &json!({"advance": "11m"})).await;
    assert_eq!(moved.is(200)["instants"], 2);
    for reference in [first, second] {
        let events = shop.events(&reference).await;
        let names: Vec<_> = events.iter().map(|event| event["name"].as_str().unwrap()).collect();
        assert_eq!(names, ["CREATED", "EXPIRED"]);
        let (created, expired) = (instant(&events[0], "timestamp"), instant(&events[1], "timestamp"));
        assert_eq!(expired, created + TimeDelta::minutes(10));
    }
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restarted_platform_goes_on_from_the_time_at_which_it_was() {
    let stack = Stack::own(StackPlan { durable: true, ..StackPlan::default() }).await;
    stack.advance(100 * DAY).await;
    let before = stack.clock().now();
    let stack = stack.restarted().await;
    let shop = Shop::open(&stack, stack.keys("full")).await;
    let told = shop.get(CLOCK).await;
    assert_eq!(told.is(200)["offset"], "100d");
    assert!(instant(&told.body, "now") > before);
    let created = shop.created(10_000).await;
    assert!(instant(&shop.events(&created).await[0], "timestamp") > before);
    stack.stop().await;
}
