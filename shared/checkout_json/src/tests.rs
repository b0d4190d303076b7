use kvitt_primitives::Currency;
use kvitt_proto::checkout::v1::{Person, PickupPoint, ShippingDetails};
use kvitt_proto::payment::v1::Aggregate;

use super::*;

fn nok(minor: i64) -> Option<money::v1::Money> {
    Some(money::to_proto(Money::new(Currency::Nok, minor)))
}

fn bare(state: SessionState) -> Session {
    Session {
        msn: "123456".to_owned(),
        reference: "order-12345678".to_owned(),
        session_id: "v52EtjZriRmGiKiAKHByK2".to_owned(),
        state: state.into(),
        ..Default::default()
    }
}

fn json(session: Session) -> String {
    serde_json::to_string(&SessionJson::try_new(session).unwrap()).unwrap()
}

#[test]
fn a_session_that_was_opened_says_no_more_than_that() {
    let expected = concat!(
        r#"{"sessionId":"v52EtjZriRmGiKiAKHByK2","merchantSerialNumber":"123456","reference":"order-12345678","#,
        r#""sessionState":"SessionCreated"}"#,
    );
    assert_eq!(json(bare(SessionState::SessionCreated)), expected);
}

#[test]
fn a_session_that_was_paid_says_all_in_upstreams_order() {
    let kari = Person { first_name: "Kari".to_owned(), country: "NO".to_owned(), ..Default::default() };
    let aggregate =
        Aggregate { authorized: nok(13_000), captured: nok(1), cancelled: nok(2), refunded: nok(3) };
    let point = PickupPoint { id: "7".to_owned(), name: "Extra".to_owned(), ..Default::default() };
    let session = Session {
        payment_method: PaymentMethod::Wallet.into(),
        payment_details: Some(PaymentDetails {
            amount: nok(13_000),
            state: PaymentState::Authorized.into(),
            aggregate: Some(aggregate),
        }),
        user_info: Some(UserInfo { sub: "a-sub".to_owned(), email: String::new() }),
        shipping_details: Some(ShippingDetails {
            person: Some(kari.clone()),
            shipping_method_id: "post".to_owned(),
            amount: nok(3_000),
            pickup_point: Some(point),
        }),
        billing_details: Some(kari),
        custom_consent_provided: Some(true),
        ..bare(SessionState::PaymentSuccessful)
    };
    let expected = concat!(
        r#"{"sessionId":"v52EtjZriRmGiKiAKHByK2","merchantSerialNumber":"123456","reference":"order-12345678","#,
        r#""sessionState":"PaymentSuccessful","paymentMethod":"Wallet","paymentDetails":{"type":"Wallet","#,
        r#""amount":{"value":13000,"currency":"NOK"},"state":"AUTHORIZED","aggregate":{"#,
        r#""cancelledAmount":{"value":2,"currency":"NOK"},"capturedAmount":{"value":1,"currency":"NOK"},"#,
        r#""refundedAmount":{"value":3,"currency":"NOK"},"authorizedAmount":{"value":13000,"currency":"NOK"}}},"#,
        r#""userInfo":{"sub":"a-sub"},"shippingDetails":{"firstName":"Kari","country":"NO","#,
        r#""shippingMethodId":"post","amount":{"value":3000,"currency":"NOK"},"pickupPoint":{"id":"7","#,
        r#""name":"Extra","address":"","postalCode":"","city":"","country":""}},"#,
        r#""billingDetails":{"firstName":"Kari","country":"NO"},"customConsentProvided":true}"#,
    );
    assert_eq!(json(session), expected);
}

#[test]
fn every_end_of_a_payment_without_an_approval_is_the_same_word() {
    let table = [
        (PaymentState::Created, "CREATED"),
        (PaymentState::Authorized, "AUTHORIZED"),
        (PaymentState::Aborted, "TERMINATED"),
        (PaymentState::Expired, "TERMINATED"),
        (PaymentState::Terminated, "TERMINATED"),
    ];
    for (state, word) in table {
        let details = PaymentDetails { amount: nok(1), state: state.into(), aggregate: None };
        let session = Session { payment_details: Some(details), ..bare(SessionState::PaymentInitiated) };
        assert!(json(session).contains(&format!(r#""state":"{word}""#)), "{word}");
    }
}

#[test]
fn what_cannot_be_said_is_an_error_and_not_a_guess() {
    let details = PaymentDetails { amount: None, state: 1, aggregate: None };
    let broken = [
        bare(SessionState::Unspecified),
        Session { payment_details: Some(details), ..bare(SessionState::PaymentInitiated) },
        Session {
            payment_details: Some(PaymentDetails { amount: nok(1), ..Default::default() }),
            ..bare(SessionState::PaymentInitiated)
        },
    ];
    for session in broken {
        assert!(SessionJson::try_new(session).is_err());
    }
}
