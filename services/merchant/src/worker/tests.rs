use std::time::Duration;

use chrono::TimeDelta;
use kvitt_primitives::{Market, UserId};
use kvitt_proto::{
    access::v1::RegisterSalesUnitRequest,
    error::v1::Reason,
    merchant::v1::{self, order_service_server::OrderService as _},
};
use kvitt_runtime::{Caller, Clock, Principal};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::*;
use crate::{
    domain::{CaptureType, Merchant, ProductType, SalesUnit},
    fixture::{Fixture, OPERATOR, an_organization_number, from},
};

fn work(fixture: &Fixture) -> Work {
    Work::new(fixture.app.clone(), fixture.mesh.access())
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// An order for a sales unit that waits for a decision; answers its id.
async fn waiting(fixture: &Fixture, merchant: &Merchant) -> String {
    let account =
        v1::SettlementAccount { scheme: "BBAN:NO".to_owned(), id: "86011117947".to_owned(), state: 0 };
    let product = v1::Product {
        product_type: v1::ProductType::Login.into(),
        sales_unit_name: "Nettbutikk".to_owned(),
        settlement_account: Some(account),
        ..Default::default()
    };
    let (order_id, merchant_id) = (Uuid::new_v4().to_string(), merchant.id.to_string());
    let request = v1::OrderProductRequest { order_id: order_id.clone(), merchant_id, product: Some(product) };
    fixture.grpc().order_product(from(OPERATOR, request)).await.unwrap();
    order_id
}

/// An application of somebody for a company; answers its id.
async fn applied(fixture: &Fixture, business_id: &str) -> String {
    let caller = Caller { principal: Principal::User(UserId::from_uuid(Uuid::new_v4())), via: None };
    let agreement = v1::Agreement { name: "Ny AS".to_owned(), market: v1::Market::No.into(), company: None };
    let request = v1::ApplyForAgreementRequest {
        order_id: Uuid::new_v4().to_string(),
        business_scheme: "business:NO:ORG".to_owned(),
        business_id: business_id.to_owned(),
        agreement: Some(agreement),
    };
    fixture.grpc().apply_for_agreement(from(caller, request.clone())).await.unwrap();
    request.order_id
}

async fn order(fixture: &Fixture, order_id: &str) -> v1::Order {
    let request = v1::GetOrderRequest { order_id: order_id.to_owned() };
    fixture.grpc().get_order(from(OPERATOR, request)).await.unwrap().into_inner().order.unwrap()
}

async fn delay(fixture: &Fixture, delay_seconds: Option<i64>) {
    let request = v1::SetAutomaticDecisionRequest { delay_seconds };
    fixture.grpc().set_automatic_decision(from(OPERATOR, request)).await.unwrap();
}

async fn keys_states(fixture: &Fixture) -> Vec<String> {
    let states = "SELECT keys_state FROM sales_units ORDER BY msn";
    sqlx::query_scalar(states).fetch_all(&fixture.app.pool).await.unwrap()
}

/// Stops the clock, so that what is due is due to the instant.
fn hold(clock: &Clock) {
    clock.hold(clock.now() + TimeDelta::milliseconds(1));
}

#[tokio::test]
async fn what_was_submitted_is_approved_after_the_delay_and_not_before() {
    let fixture = Fixture::start().await;
    let merchant = fixture.merchant().await;
    let clock = fixture.app.clock.clone();
    hold(&clock);
    let id = waiting(&fixture, &merchant).await;
    let due_at = clock.now() + TimeDelta::seconds(120);
    let settled = work(&fixture).settle().await;
    assert_eq!((settled.worked, settled.failed, settled.next_due_at), (false, false, Some(due_at)));
    clock.hold(due_at - TimeDelta::microseconds(1));
    assert!(!work(&fixture).settle().await.worked);
    assert_eq!(order(&fixture, &id).await.status(), v1::OrderStatus::Received);

    clock.hold(due_at);
    assert!(work(&fixture).settle().await.worked);
    let order = order(&fixture, &id).await;
    assert_eq!((order.status(), order.msn.is_empty()), (v1::OrderStatus::Completed, false));
    assert_eq!(keys_states(&fixture).await, ["issued"], "the keys come with the same step");
    let decided: String = sqlx::query_scalar("SELECT actor FROM audit_log WHERE action = 'order.decided'")
        .fetch_one(&fixture.app.pool)
        .await
        .unwrap();
    assert_eq!(decided, "service:merchant");
}

#[tokio::test]
async fn the_delay_that_is_set_counts_for_what_waits_already() {
    let fixture = Fixture::start().await;
    let merchant = fixture.merchant().await;
    let id = waiting(&fixture, &merchant).await;
    delay(&fixture, None).await;
    fixture.app.clock.advance(seconds(86_400));
    let settled = work(&fixture).settle().await;
    assert_eq!((settled.worked, settled.next_due_at), (false, None));
    delay(&fixture, Some(2 * 86_400)).await;
    assert!(!work(&fixture).settle().await.worked);
    delay(&fixture, Some(0)).await;
    assert!(work(&fixture).settle().await.worked);
    assert_eq!(order(&fixture, &id).await.status(), v1::OrderStatus::Completed);
}

#[tokio::test]
async fn what_nobody_could_approve_any_more_is_rejected_and_says_why() {
    let fixture = Fixture::start().await;
    let company = an_organization_number(Market::No);
    let first = applied(&fixture, company.as_str()).await;
    let second = applied(&fixture, company.as_str()).await;
    fixture.app.clock.advance(seconds(121));
    let settled = work(&fixture).settle().await;
    assert!(settled.worked && !settled.failed);
    assert_eq!(order(&fixture, &first).await.status(), v1::OrderStatus::Completed);
    let second = order(&fixture, &second).await;
    assert_eq!(second.status(), v1::OrderStatus::Rejected);
    assert_eq!(second.reason, "The company has a merchant agreement.");
    assert_eq!(fixture.access.provisioned.administrators().len(), 1);
}

#[tokio::test]
async fn an_order_that_cannot_be_decided_keeps_no_other_waiting() {
    let fixture = Fixture::start().await;
    let merchant = fixture.merchant().await;
    let broken = waiting(&fixture, &merchant).await;
    let sound = waiting(&fixture, &merchant).await;
    let unreadable =
        "UPDATE orders SET subject = '{\"version\": 9, \"product\": {}}' WHERE order_id = $1::uuid";
    sqlx::query(unreadable).bind(&broken).execute(&fixture.app.pool).await.unwrap();
    fixture.app.clock.advance(seconds(121));
    let settled = work(&fixture).settle().await;
    assert!(settled.worked && settled.failed, "{settled:?}");
    assert_eq!(order(&fixture, &sound).await.status(), v1::OrderStatus::Completed);
}

#[tokio::test]
async fn several_instances_decide_and_provide_each_once() {
    let fixture = Fixture::start().await;
    let merchant = fixture.merchant().await;
    for _ in 0..24 {
        waiting(&fixture, &merchant).await;
    }
    fixture.app.clock.advance(seconds(121));
    let (one, two, three) = (work(&fixture), work(&fixture), work(&fixture));
    let settled = tokio::join!(one.settle(), two.settle(), three.settle());
    assert!(!settled.0.failed && !settled.1.failed && !settled.2.failed);
    work(&fixture).settle().await;
    let told = fixture.told().await;
    assert_eq!(told.iter().filter(|(action, _)| action == "order.decided").count(), 24);
    assert_eq!(keys_states(&fixture).await, vec!["issued"; 24]);
    let mut asked: Vec<_> =
        fixture.access.provisioned.keys().into_iter().map(|keys| keys.owner.unwrap().msn).collect();
    asked.sort();
    asked.dedup();
    assert_eq!((asked.len(), fixture.access.provisioned.keys().len()), (24, 24));
}

#[tokio::test]
async fn keys_are_asked_for_under_one_id_until_access_answers() {
    let fixture = Fixture::start().await;
    let merchant = fixture.merchant().await;
    let clock = fixture.app.clock.clone();
    hold(&clock);
    delay(&fixture, Some(0)).await;
    fixture.access.provisioned.refuse(&[Reason::Unavailable, Reason::Internal]);
    waiting(&fixture, &merchant).await;
    for (pause, state) in [(0, "wanted"), (2, "wanted"), (4, "issued")] {
        clock.hold(clock.now() + TimeDelta::seconds(pause));
        let settled = work(&fixture).settle().await;
        assert_eq!(keys_states(&fixture).await, [state]);
        assert!(settled.worked && !settled.failed);
        let asked = fixture.access.provisioned.keys().len();
        let settled = work(&fixture).settle().await;
        assert!(!settled.worked && settled.next_due_at.is_none_or(|at| at > clock.now()), "{settled:?}");
        assert_eq!(fixture.access.provisioned.keys().len(), asked, "it waits for its turn");
    }
    let asked = fixture.access.provisioned.keys();
    assert_eq!(asked.len(), 3);
    assert!(asked.iter().all(|request| request == &asked[0]), "{asked:?}");
    clock.hold(clock.now() + TimeDelta::days(1));
    work(&fixture).settle().await;
    assert_eq!(fixture.access.provisioned.keys().len(), 3);
}

#[tokio::test]
async fn a_vm_number_that_the_operator_opens_is_made_known_to_access_and_another_unit_is_not() {
    let fixture = Fixture::start().await;
    let merchant = fixture.merchant().await;
    fixture.unit(&merchant, "1000", |_| {}).await;
    let vm_number = |unit: &mut SalesUnit| {
        (unit.product_type, unit.capture_type) = (ProductType::VmNumber, CaptureType::DirectCapture);
    };
    fixture.unit(&merchant, "2000", vm_number).await;
    fixture.access.provisioned.refuse(&[Reason::Unavailable]);
    for state in ["wanted", "issued", "issued"] {
        work(&fixture).settle().await;
        assert_eq!(keys_states(&fixture).await, ["none", state]);
        fixture.app.clock.advance(seconds(60));
    }
    let (msn, merchant_id) = ("2000".to_owned(), merchant.id.to_string());
    let told = RegisterSalesUnitRequest { msn, merchant_id };
    assert_eq!(fixture.access.provisioned.units(), [told.clone(), told]);
    assert_eq!(fixture.access.provisioned.keys(), []);
}

#[tokio::test]
async fn an_administrator_is_asked_for_until_access_answers_or_knows_nobody() {
    for (last, state) in [(Vec::new(), "GRANTED"), (vec![Reason::NotFound], "GONE")] {
        let fixture = Fixture::start().await;
        delay(&fixture, Some(0)).await;
        let refusals = [vec![Reason::Unavailable, Reason::PermissionDenied], last].concat();
        fixture.access.provisioned.refuse(&refusals);
        applied(&fixture, an_organization_number(Market::No).as_str()).await;
        for _ in 0..4 {
            work(&fixture).settle().await;
            fixture.app.clock.advance(seconds(600));
        }
        let stored: String = sqlx::query_scalar("SELECT state FROM administrators_wanted")
            .fetch_one(&fixture.app.pool)
            .await
            .unwrap();
        assert_eq!(stored, state);
        assert_eq!(fixture.access.provisioned.administrators().len(), 3);
    }
}

#[tokio::test]
async fn a_running_worker_does_what_comes_and_what_an_advance_brings_until_it_is_told_to_stop() {
    let fixture = Fixture::start().await;
    let merchant = fixture.merchant().await;
    let shutdown = CancellationToken::new();
    let running = tokio::spawn(work(&fixture).run(shutdown.clone()));
    let id = waiting(&fixture, &merchant).await;
    fixture.app.clock.advance(seconds(121));
    kvitt_testing::eventually!(order(&fixture, &id).await.status() == v1::OrderStatus::Completed);
    kvitt_testing::eventually!(keys_states(&fixture).await == ["issued"]);
    shutdown.cancel();
    running.await.unwrap();
}
