use kvitt_proto::{
    money::v1::Currency,
    payment::v1::{self as payment, shipping::Options},
};
use serde_json::json;

use super::*;

fn kroner(amount_minor: i64) -> Option<Money> {
    Some(Money { currency: Currency::Nok.into(), amount_minor })
}

fn link() -> v1::PaymentLink {
    v1::PaymentLink {
        payment_link_id: "01234567-8901-2345-6789-012345678901".to_owned(),
        msn: "123456".to_owned(),
        terms: Some(v1::PaymentLinkTerms {
            title: "Socks".to_owned(),
            price: kroner(49900).map(Price::Amount),
            ..Default::default()
        }),
        state: PaymentLinkState::Active.into(),
        url: "https://pay.example/l/lx".to_owned(),
        qr_image_url: "https://qr.example/lx.svg".to_owned(),
        created_at: Some(Timestamp { seconds: 0, nanos: 0 }),
        statistics: Some(v1::PaymentLinkStatistics {
            pending: 1,
            successful: 2,
            failed: 3,
            captured: kroner(100),
            refunded: kroner(0),
        }),
        ..Default::default()
    }
}

#[test]
fn a_link_is_told_with_what_it_says_and_no_more() {
    let told = serde_json::to_value(PaymentLink::from_proto(Some(link())).unwrap()).unwrap();
    let amount = |value| json!({"currency": "NOK", "value": value});
    let expected = json!({
        "paymentLinkId": "01234567-8901-2345-6789-012345678901",
        "merchantSerialNumber": "123456",
        "title": "Socks",
        "amount": amount(49900),
        "automaticCapture": false,
        "state": "ACTIVE",
        "url": "https://pay.example/l/lx",
        "qrImageUrl": "https://qr.example/lx.svg",
        "createdAt": "1970-01-01T00:00:00.000Z",
        "statistics": {
            "pending": 1, "successful": 2, "failed": 3, "captured": amount(100), "refunded": amount(0),
        },
    });
    assert_eq!(told, expected);
}

#[test]
fn an_open_amount_and_shipping_are_told_as_they_were_asked_for() {
    let option = payment::ShippingOption {
        id: "home".to_owned(),
        name: "Home".to_owned(),
        amount: kroner(3900),
        is_default: true,
        ..Default::default()
    };
    let group = payment::ShippingGroup {
        r#type: "HOME_DELIVERY".to_owned(),
        brand: "POSTEN".to_owned(),
        options: vec![option],
        is_default: true,
        priority: Some(0),
    };
    let terms = v1::PaymentLinkTerms {
        title: "Gift".to_owned(),
        description: "Nice".to_owned(),
        price: Some(Price::OpenAmount(v1::OpenAmount { least: kroner(100), most: kroner(200) })),
        vat_rate: Some(2500),
        quantity: Some(1),
        automatic_capture: false,
        expires_at: Some(Timestamp { seconds: 60, nanos: 0 }),
        profile_scope: "name address".to_owned(),
        shipping: Some(payment::Shipping {
            options: Some(Options::Fixed(payment::FixedOptions { groups: vec![group] })),
            allowed_countries: vec!["NO".to_owned()],
        }),
    };
    let told = serde_json::to_value(LinkTerms::from_proto(Some(terms)).unwrap()).unwrap();
    let expected = json!({
        "title": "Gift",
        "description": "Nice",
        "openAmount": {"least": {"currency": "NOK", "value": 100}, "most": {"currency": "NOK", "value": 200}},
        "vatRate": 2500,
        "quantity": 1,
        "automaticCapture": false,
        "expiresAt": "1970-01-01T00:01:00.000Z",
        "profileScope": "name address",
        "shipping": {
            "fixedOptions": [{
                "type": "HOME_DELIVERY",
                "brand": "POSTEN",
                "isDefault": true,
                "priority": 0,
                "options": [{
                    "id": "home", "name": "Home", "amount": {"currency": "NOK", "value": 3900}, "isDefault": true,
                }],
            }],
            "allowedCountries": ["NO"],
        },
    });
    assert_eq!(told, expected);
}

#[test]
fn an_answer_that_lacks_something_is_a_fault() {
    assert!(PaymentLink::from_proto(None).is_err());
    assert!(PaymentLink::from_proto(Some(v1::PaymentLink { state: 0, ..link() })).is_err());
    assert!(PaymentLink::from_proto(Some(v1::PaymentLink { terms: None, ..link() })).is_err());
    assert!(PaymentLink::from_proto(Some(v1::PaymentLink { statistics: None, ..link() })).is_err());
}
