//! What becomes of a product order. The merchant's part is played by the operator, since the merchant's pages are not
//! this API's; each test has a stack of its own, for it moves the clock or opens units.

use std::time::Duration;

use kvitt_proto::error::v1::Reason;
use kvitt_proto::merchant::v1::{
    DecideOrderRequest, GetSalesUnitRequest, SetAutomaticDecisionRequest, SubmitOrderRequest,
    ViewOrderRequest,
};
use kvitt_proto::refusal;
use kvitt_tests::{Mesh, Stack, StackPlan};
use serde_json::{Value, json};

use super::{Manager, order, problem};

/// A stack on which nobody but the test decides.
async fn undecided() -> (Stack, Mesh, Manager) {
    let stack = Stack::own(StackPlan::default()).await;
    let operator = Mesh::operator(&stack).await;
    let never = SetAutomaticDecisionRequest { delay_seconds: None };
    operator.orders().set_automatic_decision(never).await.expect("the operator may say who decides");
    let manager = Manager::specialised(&stack, "partner_management").await;
    (stack, operator, manager)
}

/// The submission of an order by the merchant of the unit `full`.
async fn submission(stack: &Stack, operator: &Mesh, order_id: &str) -> SubmitOrderRequest {
    let msn = stack.keys("full").msn.clone();
    let unit = operator
        .merchants()
        .get_sales_unit(GetSalesUnitRequest { msn })
        .await
        .expect("the unit is there")
        .into_inner();
    let merchant_id = unit.sales_unit.expect("a unit is answered").merchant_id;
    SubmitOrderRequest { order_id: order_id.to_owned(), merchant_id, product: None }
}

async fn view(operator: &Mesh, order_id: &str) {
    let request = ViewOrderRequest { order_id: order_id.to_owned() };
    operator.orders().view_order(request).await.expect("whoever has the id may open the order");
}

async fn decide(operator: &Mesh, order_id: &str, approve: bool) {
    let reason = if approve { "" } else { "No." }.to_owned();
    let request = DecideOrderRequest { order_id: order_id.to_owned(), approve, reason };
    operator.orders().decide_order(request).await.expect("the operator decides");
}

#[tokio::test(flavor = "multi_thread")]
async fn m54_after_14_days_an_order_is_expired_unusable_and_listed_only_when_asked_for() {
    let (stack, operator, manager) = undecided().await;
    let id = manager.prefilled(&order()).await;
    stack.advance(Duration::from_secs(14 * 86_400 - 3_600)).await;
    // Tokens live by the wall clock, orders by the clock that was moved.
    assert_eq!(manager.details(&id).await["status"], "RECEIVED");
    assert_eq!(manager.orders("").await, [id.as_str()]);

    stack.advance(Duration::from_secs(3_601)).await;
    assert_eq!(manager.details(&id).await["status"], "EXPIRED");
    assert!(manager.orders("").await.is_empty());
    assert!(manager.orders("?includeExpired=false").await.is_empty());
    assert_eq!(manager.orders("?includeExpired=true").await, [id.as_str()]);
    let submission = submission(&stack, &operator, &id).await;
    let refused = operator.orders().submit_order(submission).await.unwrap_err();
    assert_eq!(refusal::reason_of(&refused), Some(Reason::OrderNotOpen));
    let request = ViewOrderRequest { order_id: id };
    let refused = operator.orders().view_order(request).await.unwrap_err();
    assert_eq!(refusal::reason_of(&refused), Some(Reason::OrderNotOpen));
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn m55_an_order_is_not_taken_back_once_the_merchant_has_submitted_it() {
    let (stack, operator, manager) = undecided().await;
    let viewed = manager.prefilled(&order()).await;
    view(&operator, &viewed).await;
    assert_eq!(manager.details(&viewed).await["status"], "MERCHANT_VIEWED");
    manager.delete(&viewed).await.is(200);

    let submitted = manager.prefilled(&order()).await;
    let submission = submission(&stack, &operator, &submitted).await;
    operator.orders().submit_order(submission).await.expect("the merchant submits");
    assert_eq!(manager.details(&submitted).await["status"], "ORDER_SUBMITTED");
    problem(&manager.delete(&submitted).await, 400);
    assert_eq!(manager.details(&submitted).await["status"], "ORDER_SUBMITTED");
    decide(&operator, &submitted, false).await;
    problem(&manager.delete(&submitted).await, 400);
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn m57_the_sales_unit_of_an_order_is_null_until_it_is_completed() {
    let (stack, operator, manager) = undecided().await;
    let id = manager.prefilled(&order()).await;
    let status_without_unit = async |status: &str| {
        let details = manager.details(&id).await;
        assert_eq!((&details["status"], &details["salesUnit"]), (&json!(status), &Value::Null));
    };
    status_without_unit("RECEIVED").await;
    view(&operator, &id).await;
    status_without_unit("MERCHANT_VIEWED").await;
    let submission = submission(&stack, &operator, &id).await;
    operator.orders().submit_order(submission).await.expect("the merchant submits");
    status_without_unit("ORDER_SUBMITTED").await;
    decide(&operator, &id, true).await;
    let details = manager.details(&id).await;
    assert_eq!(details["status"], "COMPLETED", "{details}");
    assert_eq!(details["salesUnit"]["name"], "Fjordbutikken på nett");

    // The unit is there, and linked to the partner that prefilled it.
    let msn = details["salesUnit"]["msn"].as_str().unwrap();
    let unit = manager.read(&format!("/management/v1/sales-units/{msn}")).await;
    assert_eq!((&unit["msn"], &unit["name"]), (&json!(msn), &json!("Fjordbutikken på nett")));
    assert!(manager.msns("/management/v1/sales-units").await.iter().any(|known| known == msn));

    let rejected = manager.prefilled(&order()).await;
    let submission = self::submission(&stack, &operator, &rejected).await;
    operator.orders().submit_order(submission).await.expect("the merchant submits");
    decide(&operator, &rejected, false).await;
    let details = manager.details(&rejected).await;
    assert_eq!((&details["status"], &details["salesUnit"]), (&json!("REJECTED"), &Value::Null));
    // The merchant's own keys see the orders of the merchant.
    let merchant = Manager::specialised(&stack, "merchant_management").await;
    let orders = merchant.orders("").await;
    assert!(orders.contains(&id) && orders.contains(&rejected), "{orders:?}");
    stack.stop().await;
}
