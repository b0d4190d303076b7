//! Reads what a link asks for. Lengths, limits and what goes with what are the service's to judge.

use kvitt_proto::{
    qr::v1::{OpenAmount, PaymentLinkTerms, payment_link_terms::Price},
    time,
};

use crate::{
    body::Field,
    epayment::json::{express, read},
};

/// The terms, which stand in the body beside the link's id.
pub(super) fn terms(body: &Field<'_>) -> PaymentLinkTerms {
    PaymentLinkTerms {
        title: body.field("title").required().text().unwrap_or_default(),
        description: body.field("description").text().unwrap_or_default(),
        price: price(body),
        vat_rate: body.field("vatRate").small_integer(),
        quantity: body.field("quantity").small_integer(),
        automatic_capture: body.field("automaticCapture").boolean().unwrap_or_default(),
        expires_at: body.field("expiresAt").instant().map(time::to_proto),
        profile_scope: body.field("profileScope").text().unwrap_or_default(),
        shipping: express::shipping(&body.field("shipping")),
    }
}

/// `amount`, or `openAmount` where payers choose.
fn price(body: &Field<'_>) -> Option<Price> {
    let (amount, open) = (body.field("amount"), body.field("openAmount"));
    match (amount.is_given(), open.is_given()) {
        (true, true) => {
            amount.refuse("must not stand beside openAmount");
            None
        }
        (false, true) => {
            let limit = |name| read::amount(&open.field(name).required());
            Some(Price::OpenAmount(OpenAmount { least: limit("least"), most: limit("most") }))
        }
        (true, false) => read::amount(&amount).map(Price::Amount),
        (false, false) => {
            amount.refuse("is required, or openAmount");
            None
        }
    }
}
