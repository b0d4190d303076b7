//! The payer's inbox.

use kvitt_proto::error::v1::Reason;
use kvitt_proto::refusal;
use kvitt_proto::wallet::v1::{
    ApprovePaymentRequestRequest, ListPaymentRequestsRequest, PaymentRequest, RejectPaymentRequestRequest,
};
use kvitt_testing::eventually;
use kvitt_tests::requests::{fresh_key, fresh_reference, push_message, with};
use kvitt_tests::{Mesh, PayerPlan, Shop, Stack};
use serde_json::json;

/// A payer of their own, and what their app calls.
struct App {
    mesh: Mesh,
    payer_id: String,
    phone: String,
    cards: Vec<String>,
}

impl App {
    async fn of(plan: PayerPlan) -> Self {
        let stack = Stack::shared();
        let payer = stack.open_payer(plan).await;
        Self {
            mesh: Mesh::operator(stack).await,
            payer_id: payer.payer_id,
            phone: payer.phone,
            cards: payer.cards,
        }
    }

    async fn inbox(&self) -> Vec<PaymentRequest> {
        let request = ListPaymentRequestsRequest { payer_id: self.payer_id.clone(), ..Default::default() };
        let page = self.mesh.wallet().list_payment_requests(request).await.expect("the inbox can be read");
        page.into_inner().payment_requests
    }

    async fn holds(&self, reference: &str) -> bool {
        self.inbox().await.iter().any(|request| request.reference == reference)
    }

    fn yes(&self, shop: &Shop, reference: &str, card_id: &str) -> ApprovePaymentRequestRequest {
        ApprovePaymentRequestRequest {
            payer_id: self.payer_id.clone(),
            msn: shop.keys.msn.clone(),
            reference: reference.to_owned(),
            card_id: card_id.to_owned(),
            idempotency_key: fresh_key(),
            ..ApprovePaymentRequestRequest::default()
        }
    }
}

#[tokio::test]
async fn a_push_message_appears_in_the_payers_inbox_and_goes_when_it_is_approved() {
    let shop = Shop::named("full").await;
    let app = App::of(PayerPlan::default()).await;
    let reference = fresh_reference();
    shop.create(&push_message(&reference, "NOK", 12_300, &app.phone)).await.is(201);
    eventually!(app.holds(&reference).await);
    let request = app.inbox().await.remove(0);
    assert_eq!(request.msn, shop.keys.msn);
    assert_eq!(request.description, "Two coffees");
    assert_eq!(request.amount.unwrap().amount_minor, 12_300);
    let (created, expires) = (request.created_at.unwrap().seconds, request.expires_at.unwrap().seconds);
    assert_eq!(expires - created, 600);

    let yes = app.yes(&shop, &reference, "");
    app.mesh.wallet().approve_payment_request(yes.clone()).await.unwrap();
    assert_eq!(shop.state(&reference).await, "AUTHORIZED");
    app.mesh.wallet().approve_payment_request(yes).await.expect("the same attempt gets the first answer");
    assert_eq!(shop.event_names(&reference).await, ["CREATED", "AUTHORIZED"]);
    eventually!(app.inbox().await.is_empty());
}

#[tokio::test]
async fn a_rejected_request_aborts_the_payment() {
    let shop = Shop::named("full").await;
    let app = App::of(PayerPlan::default()).await;
    let reference = fresh_reference();
    shop.create(&push_message(&reference, "NOK", 10_000, &app.phone)).await.is(201);
    eventually!(app.holds(&reference).await);
    let no = RejectPaymentRequestRequest {
        payer_id: app.payer_id.clone(),
        msn: shop.keys.msn.clone(),
        reference: reference.clone(),
        ..RejectPaymentRequestRequest::default()
    };
    app.mesh.wallet().reject_payment_request(no.clone()).await.unwrap();
    assert_eq!(shop.state(&reference).await, "ABORTED");
    assert_eq!(shop.event_names(&reference).await, ["CREATED", "ABORTED"]);
    app.mesh.wallet().reject_payment_request(no).await.expect("rejecting twice is harmless");
    assert_eq!(shop.event_names(&reference).await, ["CREATED", "ABORTED"]);

    let late = app.mesh.wallet().approve_payment_request(app.yes(&shop, &reference, "")).await.unwrap_err();
    assert_eq!(refusal::reason_of(&late), Some(Reason::CannotApprove), "{late:?}");
    shop.capture(&reference, 100).await.refused(400, "6200");
    shop.cancel(&reference).await.refused(400, "6050");
    eventually!(app.inbox().await.is_empty());
}

#[tokio::test]
async fn a_declined_card_keeps_the_request_and_another_card_pays() {
    let shop = Shop::named("full").await;
    let app = App::of(PayerPlan { balances: vec![500, 1_000_000], ..PayerPlan::default() }).await;
    let reference = fresh_reference();
    shop.create(&push_message(&reference, "NOK", 10_000, &app.phone)).await.is(201);
    eventually!(app.holds(&reference).await);

    let poor = app.yes(&shop, &reference, &app.cards[0]);
    let declined = app.mesh.wallet().approve_payment_request(poor).await.unwrap_err();
    assert_eq!(refusal::reason_of(&declined), Some(Reason::ApproveFailed), "{declined:?}");
    assert_eq!(shop.state(&reference).await, "CREATED");
    let events = shop.events(&reference).await;
    assert_eq!((&events[1]["name"], &events[1]["success"]), (&json!("AUTHORIZED"), &json!(false)));
    assert!(app.holds(&reference).await);

    app.mesh.wallet().approve_payment_request(app.yes(&shop, &reference, &app.cards[1])).await.unwrap();
    assert_eq!(shop.state(&reference).await, "AUTHORIZED");
    eventually!(!app.holds(&reference).await);
}

#[tokio::test]
async fn a_cancelled_request_leaves_the_inbox() {
    let shop = Shop::named("full").await;
    let app = App::of(PayerPlan::default()).await;
    let references = [fresh_reference(), fresh_reference()];
    for reference in &references {
        shop.create(&push_message(reference, "NOK", 10_000, &app.phone)).await.is(201);
    }
    eventually!(app.inbox().await.len() == 2);
    let order: Vec<String> = app.inbox().await.into_iter().map(|request| request.reference).collect();
    assert_eq!(order, references, "oldest first");
    shop.cancel(&references[0]).await.is(200);
    eventually!(app.inbox().await.len() == 1);
    assert!(app.holds(&references[1]).await);
}

#[tokio::test]
async fn a_payer_sees_only_requests_for_them() {
    let shop = Shop::named("full").await;
    let app = App::of(PayerPlan::default()).await;
    let other = App::of(PayerPlan::default()).await;
    let reference = fresh_reference();
    shop.create(&push_message(&reference, "NOK", 10_000, &app.phone)).await.is(201);
    eventually!(app.holds(&reference).await);
    assert!(other.inbox().await.is_empty());
    let stranger =
        other.mesh.wallet().approve_payment_request(other.yes(&shop, &reference, "")).await.unwrap_err();
    assert_eq!(refusal::reason_of(&stranger), Some(Reason::ApproveNotAllowed), "{stranger:?}");
    assert_eq!(shop.state(&reference).await, "CREATED");
}

#[tokio::test]
async fn a_payer_below_the_minimum_age_may_not_pay() {
    let shop = Shop::named("full").await;
    let app = App::of(PayerPlan { birth_date: "2015-06-01".to_owned(), ..PayerPlan::default() }).await;
    let body = with(&shop.minimal(10_000), "/minimumUserAge", json!(18));
    let reference = shop.create(&body).await.is(201)["reference"].as_str().unwrap().to_owned();
    let young = app.mesh.wallet().approve_payment_request(app.yes(&shop, &reference, "")).await.unwrap_err();
    assert_eq!(refusal::reason_of(&young), Some(Reason::ApproveNotAllowed), "{young:?}");
    assert_eq!(shop.event_names(&reference).await, ["CREATED"]);
}
