//! What payment is asked, of a peer of our own.

use kvitt_proto::{
    money::v1::Money,
    payment::v1::{Payment, ShippingDetails, UserDetails},
};
use tonic::Code;

use crate::{
    domain::payload::Shared,
    fixture::{Fixture, MSN},
};

#[tokio::test]
async fn what_a_payer_shares_is_what_can_be_read_of_the_payment() {
    let fixture = Fixture::start().await;
    let shared = async |reference: &str| {
        let (msn, reference) = (MSN.parse().unwrap(), reference.parse().unwrap());
        fixture.app.payments.shared(&msn, &reference).await
    };
    let payment = |expired| Payment {
        sub: "the-payer".to_owned(),
        user_details: Some(UserDetails { first_name: "Kari".to_owned(), expired, ..UserDetails::default() }),
        shipping_details: Some(ShippingDetails {
            cost: Some(Money { amount_minor: 3900, ..Money::default() }),
            ..ShippingDetails::default()
        }),
        ..Payment::default()
    };
    for (reference, expired) in [("order-1", false), ("order-2", true)] {
        fixture.peers.script().payments.insert(reference.to_owned(), payment(expired));
    }
    let (read, sub) = shared("order-1").await.unwrap();
    assert_eq!((read.user_details.unwrap().first_name.as_str(), sub.as_str()), ("Kari", "the-payer"));
    assert_eq!(read.shipping_details.unwrap().shipping_cost, 3900);
    let (read, _) = shared("order-2").await.unwrap();
    assert!(read.user_details.is_none() && read.shipping_details.is_some());
    assert_eq!(shared("order-3").await.unwrap(), (Shared::default(), String::new()));
    fixture.peers.script().away = true;
    assert_eq!(shared("order-1").await.unwrap_err().code(), Code::Unavailable);
}
