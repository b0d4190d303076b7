use std::time::Instant as WallInstant;

use kvitt_faults::{Extent, Fault, FaultId};
use kvitt_primitives::{DeliveryId, EventId};
use uuid::Uuid;

use super::*;
use crate::{
    app::attempt::attempt,
    domain::{EndpointId, Kind, New},
    fixture::{Fixture, MSN, Received, Shop},
    store::senders,
};

/// What a merchant's server was sent while one try of the first of two events was disturbed so, and how that try ended.
async fn tried(cause: Cause) -> (Vec<Received>, Attempt) {
    let (fixture, shop) = (Fixture::start().await, Shop::open().await);
    let new = |number: u8| New {
        msn: MSN.parse().unwrap(),
        endpoint_id: EndpointId::from_uuid(Uuid::from_u128(7)),
        reference: "order-1".to_owned(),
        delivery_id: DeliveryId::from_uuid(Uuid::now_v7()),
        partner_id: None,
        kind: Kind::EcomCallback,
        url: shop.url("/hook"),
        event_type: String::new(),
        event_id: EventId::from_uuid(Uuid::new_v4()),
        body: format!("{{\"number\":{number}}}"),
        incomplete: false,
        sealed_token: None,
        occurred_at: fixture.now(),
    };
    let mut connection = fixture.app.pool.acquire().await.unwrap();
    deliveries::insert(&mut connection, &[new(1), new(2)], fixture.now()).await.unwrap();
    let sender = Uuid::from_u128(1);
    senders::beat(&mut connection, sender, fixture.now()).await.unwrap();
    let rooms = [(EndpointId::from_uuid(Uuid::from_u128(7)), 2)];
    let claimed = deliveries::claim(&mut connection, &rooms, fixture.now(), sender).await.unwrap();
    drop(connection);
    let fault_id = FaultId::from_uuid(Uuid::from_u128(1));
    let fault = Fault { fault_id, cause, msn: MSN.parse().ok(), extent: Extent::Next(1) };
    fixture.app.faults.lock().add(fault).unwrap();
    let tried = attempt(&fixture.app, &claimed[0]).await.unwrap();
    assert!(fixture.app.faults.lock().list().is_empty(), "it was hit once");
    (shop.received(), tried)
}

fn bodies(received: &[Received]) -> Vec<&str> {
    received.iter().map(|one| one.body.as_str()).collect()
}

#[tokio::test]
async fn what_is_lost_is_not_sent() {
    let (received, tried) = tried(Cause::Lost).await;
    assert_eq!((received.len(), tried.outcome), (0, Outcome::Lost));
}

#[tokio::test]
async fn what_is_duplicated_is_sent_twice() {
    let (received, tried) = tried(Cause::Duplicated).await;
    assert_eq!(bodies(&received), [r#"{"number":1}"#, r#"{"number":1}"#]);
    assert_eq!(tried.outcome, Outcome::Succeeded);
}

#[tokio::test]
async fn what_is_late_is_sent_late() {
    let began = WallInstant::now();
    let (received, tried) = tried(Cause::Late(Duration::from_millis(300))).await;
    assert!(began.elapsed() >= Duration::from_millis(300));
    assert_eq!((bodies(&received), tried.outcome), (vec![r#"{"number":1}"#], Outcome::Succeeded));
}

#[tokio::test]
async fn what_is_reordered_comes_after_what_is_later() {
    let (received, tried) = tried(Cause::Reordered).await;
    assert_eq!(bodies(&received), [r#"{"number":2}"#, r#"{"number":1}"#]);
    assert_eq!(tried.outcome, Outcome::Succeeded);
}

#[tokio::test]
async fn what_is_malformed_is_cut_in_the_middle() {
    let (received, _) = tried(Cause::Malformed).await;
    assert_eq!(bodies(&received), [r#"{"numb"#]);
    assert_eq!(received[0].header("content-length"), "6");
}
