//! Test events, to a server of our own.

use kvitt_proto::{
    error::v1::Reason,
    refusal::reason_of,
    webhook::v1::{
        AttemptOutcome, Delivery, DeliveryKind, DeliveryState, ListWebhooksRequest, PingWebhookRequest,
        RegisterWebhookRequest, webhook_service_server::WebhookService as _,
    },
};
use kvitt_signing::{CONTENT_HEADER, DATE_HEADER, Message, content_sha256};
use tonic::{Request, Status};

use super::MOST_PINGS;
use crate::fixture::{Fixture, MSN, Received, Shop, by_client, by_partner};

fn wish(msn: &str, shop: &Shop) -> RegisterWebhookRequest {
    RegisterWebhookRequest {
        msn: msn.to_owned(),
        url: shop.url("/hook?callback=webhook"),
        events: vec!["epayments.payment.captured.v1".to_owned()],
        standard_webhooks: false,
    }
}

async fn register(fixture: &Fixture, request: Request<RegisterWebhookRequest>) -> (String, String) {
    let made = fixture.grpc().register_webhook(request).await.unwrap().into_inner();
    (made.webhook_id, made.secret)
}

async fn ping(fixture: &Fixture, request: Request<PingWebhookRequest>) -> Result<Delivery, Status> {
    fixture.grpc().ping_webhook(request).await.map(|answer| answer.into_inner().delivery.unwrap())
}

fn which(msn: &str, webhook_id: &str) -> PingWebhookRequest {
    PingWebhookRequest { msn: msn.to_owned(), webhook_id: webhook_id.to_owned() }
}

/// The signature over what came, by this secret.
fn authorization(received: &Received, secret: &str) -> String {
    let message = Message {
        method: "POST",
        path_and_query: received.line.split(' ').nth(1).unwrap(),
        date: received.header(DATE_HEADER),
        host: received.header("host"),
        content_sha256: &content_sha256(received.body.as_bytes()),
    };
    message.authorization(secret)
}

#[tokio::test]
async fn a_ping_is_signed_and_answered_with_how_it_went() {
    let (fixture, shop) = (Fixture::start().await, Shop::open().await);
    let (webhook_id, secret) = register(&fixture, by_client(wish(MSN, &shop))).await;
    let delivery = ping(&fixture, by_client(which(MSN, &webhook_id))).await.unwrap();
    assert_eq!(delivery.kind(), DeliveryKind::Ping);
    assert_eq!(delivery.state(), DeliveryState::Delivered);
    assert_eq!((delivery.msn.as_str(), delivery.reference.as_str()), (MSN, ""));
    let [attempt] = &delivery.attempts[..] else { panic!("{delivery:?}") };
    assert_eq!(
        (attempt.outcome(), attempt.status, &attempt.answer[..]),
        (AttemptOutcome::Succeeded, 200, &b"noted"[..])
    );

    let received = shop.received();
    let [received] = &received[..] else { panic!("{received:?}") };
    assert_eq!(received.header("authorization"), authorization(received, &secret));
    assert_eq!(received.header("webhook-id"), webhook_id);
    assert_eq!(received.header(CONTENT_HEADER), content_sha256(received.body.as_bytes()));
    assert_eq!(received.body, delivery.body);
    let told: serde_json::Value = serde_json::from_str(&received.body).unwrap();
    assert_eq!((&told["name"], &told["msn"]), (&"PING".into(), &MSN.into()));
    assert_eq!(told["pspReference"], delivery.event_id);
    let kept = "SELECT count(*) FROM deliveries JOIN attempts USING (msn, delivery_id)
        WHERE kind = 4 AND state = 2 AND reference = event_id::text AND deliveries.number = 1 AND deliveries.attempts = 1";
    assert_eq!(fixture.scalar::<i64>(kept).await, 1);
}

#[tokio::test]
async fn a_ping_has_one_try_and_says_since_when_nobody_answers() {
    let (fixture, shop) = (Fixture::start().await, Shop::open().await);
    let (webhook_id, _) = register(&fixture, by_client(wish(MSN, &shop))).await;
    shop.answer([500]);
    let delivery = ping(&fixture, by_client(which(MSN, &webhook_id))).await.unwrap();
    assert_eq!((delivery.state(), delivery.attempt_count), (DeliveryState::GivenUp, 1));
    assert_eq!(delivery.attempts[0].outcome(), AttemptOutcome::Status);
    assert_eq!(shop.received().len(), 1);
    let silent_since = async || {
        let request = by_client(ListWebhooksRequest { msn: MSN.to_owned() });
        fixture.grpc().list_webhooks(request).await.unwrap().into_inner().webhooks[0].silent_since
    };
    assert_eq!(silent_since().await, Some(kvitt_proto::time::to_proto(fixture.now())));
    ping(&fixture, by_client(which(MSN, &webhook_id))).await.unwrap();
    assert_eq!(silent_since().await, None);
}

#[tokio::test]
async fn the_ping_of_all_units_of_a_partner_is_in_no_units_log() {
    let (fixture, shop) = (Fixture::start().await, Shop::open().await);
    let (webhook_id, secret) = register(&fixture, by_partner(wish("", &shop))).await;
    let delivery = ping(&fixture, by_partner(which("", &webhook_id))).await.unwrap();
    assert_eq!((delivery.state(), delivery.msn.as_str()), (DeliveryState::Delivered, ""));
    let received = shop.received().remove(0);
    assert_eq!(received.header("authorization"), authorization(&received, &secret));
    assert!(received.body.starts_with(r#"{"msn":"","#), "{}", received.body);
    assert_eq!(fixture.scalar::<i64>("SELECT count(*) FROM deliveries").await, 0);
}

#[tokio::test]
async fn what_is_not_the_callers_is_not_pinged() {
    let (fixture, shop) = (Fixture::start().await, Shop::open().await);
    let (webhook_id, _) = register(&fixture, by_client(wish(MSN, &shop))).await;
    for request in [by_partner(which(MSN, &webhook_id)), by_client(which(MSN, "no-uuid"))] {
        assert_eq!(reason_of(&ping(&fixture, request).await.unwrap_err()), Some(Reason::NotFound));
    }
    assert!(shop.received().is_empty());
}

#[tokio::test]
async fn too_many_pings_at_once_are_refused() {
    let (fixture, shop) = (Fixture::start().await, Shop::open().await);
    let (webhook_id, _) = register(&fixture, by_client(wish(MSN, &shop))).await;
    let places = fixture.app.pings.0.acquire_many(MOST_PINGS.try_into().unwrap()).await.unwrap();
    let refused = ping(&fixture, by_client(which(MSN, &webhook_id))).await.unwrap_err();
    assert_eq!(reason_of(&refused), Some(Reason::Overloaded));
    drop(places);
    assert!(ping(&fixture, by_client(which(MSN, &webhook_id))).await.is_ok());
}
