use chrono::DateTime;
use kvitt_primitives::{Currency, Money};
use kvitt_proto::{money, time};
use serde_json::{Value, json};

use super::*;

fn nok(minor: i64) -> Option<money::v1::Money> {
    Some(money::to_proto(Money::new(Currency::Nok, minor)))
}

/// The nth thing that happened.
fn event(number: u32, name: PaymentEventName, minor: i64) -> PaymentEvent {
    let at = DateTime::from_timestamp(1_542_208_864 + i64::from(number), 697_000_000).unwrap();
    PaymentEvent {
        psp_reference: format!("00000000-0000-0000-0000-{number:012}"),
        name: name.into(),
        amount: nok(minor),
        occurred_at: Some(time::to_proto(at)),
        success: true,
        ..Default::default()
    }
}

fn events(names: &[PaymentEventName]) -> Vec<PaymentEvent> {
    (0..).zip(names).map(|(number, name)| event(number, *name, 10_000)).collect()
}

fn payment() -> v1::Payment {
    v1::Payment {
        reference: "order-1".to_owned(),
        payment_description: "Socks".to_owned(),
        aggregate: Some(v1::Aggregate {
            authorized: nok(10_000),
            captured: nok(4_000),
            cancelled: nok(0),
            refunded: nok(0),
        }),
        ..Default::default()
    }
}

fn told(payment: v1::Payment, events: Vec<PaymentEvent>) -> Value {
    serde_json::to_value(Details::from_proto(payment, events).unwrap()).unwrap()
}

/// The operations of the history, and the word of the other endpoint.
fn words(payment: &v1::Payment, events: &[PaymentEvent]) -> (Vec<String>, String) {
    let history = told(payment.clone(), events.to_vec());
    let history = history["transactionLogHistory"].as_array().unwrap().clone();
    let operations = history.iter().map(|entry| entry["operation"].as_str().unwrap().to_owned());
    let status = OrderStatus::from_proto(payment.clone(), events.to_vec()).unwrap();
    let status = serde_json::to_value(status).unwrap();
    (operations.collect(), status["transactionInfo"]["status"].as_str().unwrap().to_owned())
}

#[test]
fn the_history_is_told_newest_first_in_upstreams_shape() {
    use PaymentEventName::{Authorized, Captured, Created};
    let mut capture = event(2, Captured, 4_000);
    capture.text = "First parcel".to_owned();
    capture.idempotency_key = "1542208966".to_owned();
    let happened = vec![event(0, Created, 10_000), event(1, Authorized, 10_000), capture];
    let paid = v1::Payment { card_bin: "492560".to_owned(), ..payment() };
    let told = serde_json::to_string(&Details::from_proto(paid, happened).unwrap()).unwrap();
    let expected = concat!(
        r#"{"orderId":"order-1","transactionSummary":{"capturedAmount":4000,"remainingAmountToCapture":6000,"#,
        r#""refundedAmount":0,"remainingAmountToRefund":4000,"bankIdentificationNumber":492560},"#,
        r#""transactionLogHistory":[{"amount":4000,"transactionText":"First parcel","#,
        r#""transactionId":"1000000002","timeStamp":"2018-11-14T15:21:06.697Z","operation":"CAPTURE","#,
        r#""requestId":"1542208966","operationSuccess":true},"#,
        r#"{"amount":10000,"transactionText":"Socks","transactionId":"1000000001","#,
        r#""timeStamp":"2018-11-14T15:21:05.697Z","operation":"RESERVE","requestId":"","operationSuccess":true},"#,
        r#"{"amount":10000,"transactionText":"Socks","transactionId":"1000000000","#,
        r#""timeStamp":"2018-11-14T15:21:04.697Z","operation":"INITIATE","requestId":"","#,
        r#""operationSuccess":true}]}"#,
    );
    assert_eq!(told, expected);
}

#[test]
fn the_status_is_that_of_the_last_transaction() {
    use PaymentEventName::{Authorized, Created};
    let status = OrderStatus::from_proto(payment(), events(&[Created, Authorized])).unwrap();
    let expected = concat!(
        r#"{"orderId":"order-1","transactionInfo":{"amount":10000,"status":"RESERVE","#,
        r#""timeStamp":"2018-11-14T15:21:05.697Z","transactionId":"1000000001"}}"#,
    );
    assert_eq!(serde_json::to_string(&status).unwrap(), expected);
}

#[test]
fn every_event_has_its_operation_and_its_status() {
    use PaymentEventName::{
        Aborted, Authorized, Cancelled, Captured, Created, Expired, Refunded, Terminated,
    };
    let table: [(&[PaymentEventName], &str, &str); 8] = [
        (&[Created], "INITIATE", "INITIATE"),
        (&[Created, Authorized], "RESERVE", "RESERVE"),
        (&[Created, Authorized, Captured], "CAPTURE", "CAPTURE"),
        (&[Created, Authorized, Captured, Refunded], "REFUND", "REFUND"),
        (&[Created, Authorized, Cancelled], "VOID", "VOID"),
        (&[Created, Aborted], "CANCEL", "CANCEL"),
        (&[Created, Terminated], "CANCEL", "CANCEL"),
        (&[Created, Expired], "CANCEL", "REJECTED"),
    ];
    for (names, operation, status) in table {
        let (operations, last) = words(&payment(), &events(names));
        assert_eq!(operations.len(), names.len(), "{names:?}");
        assert_eq!((operations[0].as_str(), last.as_str()), (operation, status), "{names:?}");
        assert_eq!(operations.last().unwrap(), "INITIATE", "{names:?}");
    }
}

#[test]
fn an_order_that_is_captured_by_itself_has_a_sale_instead_of_a_reservation() {
    use PaymentEventName::{Authorized, Captured, Created, Refunded};
    let direct = v1::Payment { direct_capture: true, ..payment() };
    let mut happened = events(&[Created, Authorized, Authorized, Captured, Refunded]);
    happened[1].success = false;
    assert_eq!(words(&direct, &happened).0, ["REFUND", "SALE", "SALE", "INITIATE"]);
    assert_eq!(
        words(&direct, &happened[..4]),
        (["SALE", "SALE", "INITIATE"].map(str::to_owned).to_vec(), "SALE".to_owned())
    );
    assert_eq!(words(&direct, &happened[..3]).0, ["RESERVE", "SALE", "INITIATE"], "not captured yet");
    assert_eq!(words(&direct, &happened[..2]).1, "FAILED");
}

#[test]
fn a_failed_attempt_is_told_as_one() {
    use PaymentEventName::{Authorized, Created};
    let mut happened = events(&[Created, Authorized]);
    happened[1].success = false;
    let history = told(payment(), happened.clone());
    assert_eq!(history["transactionLogHistory"][0]["operation"], "RESERVE");
    assert_eq!(history["transactionLogHistory"][0]["operationSuccess"], json!(false));
    assert_eq!(words(&payment(), &happened).1, "FAILED");
}

#[test]
fn there_is_a_summary_only_once_the_payer_has_acted() {
    use PaymentEventName::{Aborted, Authorized, Created, Expired, Terminated};
    let table: [(&[PaymentEventName], bool); 5] = [
        (&[Created], false),
        (&[Created, Expired], false),
        (&[Created, Terminated], false),
        (&[Created, Aborted], true),
        (&[Created, Authorized], true),
    ];
    for (names, acted) in table {
        let told = told(payment(), events(names));
        assert_eq!(told.get("transactionSummary").is_some(), acted, "{names:?}");
        for absent in ["shippingDetails", "userDetails", "sub"] {
            assert!(told.get(absent).is_none(), "{absent}");
        }
    }
}

#[test]
fn what_the_payer_shares_stands_beside_the_history() {
    let shared = v1::Payment {
        sub: "c06c4afe-d9e1-4c5d-939a-177d752a0944".to_owned(),
        user_details: Some(v1::UserDetails { first_name: "Kari".to_owned(), ..Default::default() }),
        shipping_details: Some(v1::ShippingDetails { cost: nok(4_900), ..Default::default() }),
        ..payment()
    };
    let told = told(shared, events(&[PaymentEventName::Created, PaymentEventName::Authorized]));
    assert_eq!(told["sub"], "c06c4afe-d9e1-4c5d-939a-177d752a0944");
    assert_eq!(told["userDetails"]["userId"], "c06c4afed9e14c5d939a177d752a0944");
    assert_eq!(told["shippingDetails"]["shippingCost"], json!(49.0));
}
