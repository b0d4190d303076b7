//! The payment that a link asks for.

use kvitt_primitives::Money;
use kvitt_proto::{
    money,
    payment::v1::{
        BottomLine, CreatePaymentRequest, Customer, OrderLine, PaymentMethodType, Receipt, Shipping,
        UserFlow, customer::Identity,
    },
};
use prost::Message as _;

use super::{Error, pay_payment_link::Wish};
use crate::domain::{
    Links,
    attempt::Attempt,
    link::{Link, tax_in},
};

/// What payment is asked for, the same for the same attempt.
pub(super) fn request(
    links: &Links,
    link: &Link,
    attempt: &Attempt,
    wish: &Wish,
) -> Result<CreatePaymentRequest, Error> {
    let terms = &link.terms;
    let amount = Money::new(terms.price.currency(), attempt.amount_minor);
    let shipping = terms.shipping.as_ref().map(|shipping| Shipping::decode(shipping.given.as_slice()));
    let shipping = shipping.transpose().map_err(|error| sqlx::Error::Decode(error.into()))?;
    let phone = wish.phone_number.as_ref().map(|phone| Identity::PhoneNumber(phone.to_string()));
    Ok(CreatePaymentRequest {
        msn: attempt.msn.to_string(),
        idempotency_key: attempt.reference.to_string(),
        idempotency_key_minted: true,
        reference: attempt.reference.to_string(),
        amount: Some(money::to_proto(amount)),
        payment_method_type: PaymentMethodType::Wallet.into(),
        user_flow: UserFlow::WebRedirect.into(),
        customer: phone.map(|identity| Customer { identity: Some(identity) }),
        return_url: wish.return_url.clone().unwrap_or_else(|| links.content(&link.token)),
        payment_description: terms.payment_description().to_owned(),
        profile_scope: terms.profile_scope.clone(),
        receipt: terms.vat_rate.map(|vat_rate| receipt(link, amount, vat_rate)),
        shipping,
        payment_link_id: link.id.to_string(),
        capture_on_approval: terms.automatic_capture,
        ..Default::default()
    })
}

/// One line with the tax that is in the price.
fn receipt(link: &Link, amount: Money, vat_rate: i32) -> Receipt {
    let tax_minor = tax_in(amount.minor, vat_rate);
    let line = OrderLine {
        name: link.terms.title.clone(),
        id: link.id.to_string(),
        total_amount_minor: amount.minor,
        total_amount_excluding_tax_minor: amount.minor - tax_minor,
        total_tax_amount_minor: tax_minor,
        tax_rate: Some(vat_rate),
        ..OrderLine::default()
    };
    let currency = money::currency_to_proto(amount.currency).into();
    Receipt { order_lines: vec![line], bottom_line: Some(BottomLine { currency, ..BottomLine::default() }) }
}
