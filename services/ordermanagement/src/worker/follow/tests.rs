use kvitt_proto::payment::v1::{CreatedDetails, PaymentEvent, Receipt};

use super::*;
use crate::{
    fixture::{Fixture, MSN, OTHER_MSN, receipt},
    store::receipts,
};

const AT: &str = "2030-06-15T12:00:00Z";

fn event(msn: &str, reference: &str, receipt: Option<Receipt>) -> FeedEvent {
    FeedEvent {
        event: Some(PaymentEvent {
            msn: msn.to_owned(),
            reference: reference.to_owned(),
            name: PaymentEventName::Created.into(),
            success: true,
            occurred_at: Some(time::to_proto(AT.parse().unwrap())),
            ..PaymentEvent::default()
        }),
        created: Some(CreatedDetails { receipt, ..CreatedDetails::default() }),
    }
}

fn order(msn: &str, order_id: &str) -> Order {
    let (msn, order_id) = (msn.parse().unwrap(), order_id.parse().unwrap());
    Order { msn, payment_type: PaymentType::Ecom, order_id }
}

async fn kept(fixture: &Fixture, order: &Order) -> Option<String> {
    let mut connection = fixture.database.pool().acquire().await.unwrap();
    let receipt = receipts::find(&mut connection, order).await.unwrap()?;
    Some(receipt.order_lines[0].name.clone())
}

#[tokio::test]
async fn a_payments_receipt_becomes_the_orders_unless_it_has_one() {
    let fixture = Fixture::start().await;
    let mut tx = fixture.database.pool().begin().await.unwrap();
    let first = [
        event(MSN, "order-00001", Some(receipt("socks"))),
        event(OTHER_MSN, "order-00001", Some(receipt("shoes"))),
        event(MSN, "order-00002", None),
    ];
    Receipts.apply(&mut tx, &first, &()).await.unwrap();
    let again = [event(MSN, "order-00001", Some(receipt("gloves")))];
    Receipts.apply(&mut tx, &again, &()).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(kept(&fixture, &order(MSN, "order-00001")).await.as_deref(), Some("socks"));
    assert_eq!(kept(&fixture, &order(OTHER_MSN, "order-00001")).await.as_deref(), Some("shoes"));
    assert_eq!(kept(&fixture, &order(MSN, "order-00002")).await, None);
}

#[tokio::test]
async fn an_event_that_is_not_as_it_should_be_does_not_stop_the_others() {
    let fixture = Fixture::start().await;
    let mut without_event = event(MSN, "order-00001", Some(receipt("socks")));
    without_event.event = None;
    let mut unknown_currency = receipt("socks");
    unknown_currency.bottom_line.as_mut().unwrap().currency = 99;
    let mut without_time = event(MSN, "order-00001", Some(receipt("socks")));
    without_time.event.as_mut().unwrap().occurred_at = None;
    let table = [
        (without_event, "event"),
        (event(MSN, "order-00001", Some(unknown_currency)), "created.receipt"),
        (event(MSN, "order-00001", Some(receipt("so\0cks"))), "created.receipt without the character NUL"),
        (event("x", "order-00001", Some(receipt("socks"))), "event.msn"),
        (event(MSN, "", Some(receipt("socks"))), "event.reference"),
        (without_time, "event.occurred_at"),
    ];
    let mut events = Vec::new();
    for (event, missing) in table {
        assert_eq!(decode(&event), Err(missing));
        events.push(event);
    }
    events.push(event(MSN, "order-00002", Some(receipt("socks"))));
    let mut tx = fixture.database.pool().begin().await.unwrap();
    Receipts.apply(&mut tx, &events, &()).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(kept(&fixture, &order(MSN, "order-00001")).await, None);
    assert_eq!(kept(&fixture, &order(MSN, "order-00002")).await.as_deref(), Some("socks"));
}

#[test]
fn only_the_creation_of_a_payment_brings_a_receipt() {
    let mut captured = event(MSN, "order-00001", Some(receipt("socks")));
    captured.event.as_mut().unwrap().name = PaymentEventName::Captured.into();
    assert_eq!(decode(&captured), Ok(None));
    let brought = decode(&event(MSN, "order-00001", Some(receipt("socks")))).unwrap().unwrap();
    assert_eq!((brought.order, brought.at), (order(MSN, "order-00001"), AT.parse().unwrap()));
}
