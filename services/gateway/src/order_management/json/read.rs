//! Reads the parts of request bodies. Only what JSON adds is judged here: types, words, what must be there. Names, URLs
//! and pictures are the service's.

use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use kvitt_proto::ordermanagement::v1::{CategoryType, Link, PaymentType};

use crate::body::Field;

/// Base64 with or without the signs that fill it up.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// What an order is paid through.
pub(crate) const PAYMENT_TYPES: [(&str, PaymentType); 2] =
    [("ECOM", PaymentType::Ecom), ("RECURRING", PaymentType::Recurring)];

/// What a link leads to.
pub(crate) const CATEGORY_TYPES: [(&str, CategoryType); 6] = [
    ("GENERAL", CategoryType::General),
    ("RECEIPT", CategoryType::Receipt),
    ("ORDER_CONFIRMATION", CategoryType::OrderConfirmation),
    ("DELIVERY", CategoryType::Delivery),
    ("TICKET", CategoryType::Ticket),
    ("BOOKING", CategoryType::Booking),
];

/// The number of a kind of payment, however its word is written. `refuse` is told the rule of a word that is none.
pub(crate) fn payment_type(word: &str, refuse: impl FnOnce(&'static str)) -> i32 {
    let found = PAYMENT_TYPES.iter().find(|(known, _)| known.eq_ignore_ascii_case(word));
    if found.is_none() {
        refuse("must be one of ECOM, RECURRING");
    }
    found.map_or(PaymentType::Unspecified, |(_, payment_type)| *payment_type).into()
}

/// `paymentType` in a body.
pub(crate) fn payment_type_field(field: &Field<'_>) -> i32 {
    let word = field.text();
    word.map_or(PaymentType::Unspecified.into(), |word| payment_type(&word, |rule| field.refuse(rule)))
}

/// `orderId`, which some clients send as a number.
pub(crate) fn order_id(field: &Field<'_>) -> String {
    field.text_or_integer().unwrap_or_default()
}

/// `imageId`, likewise.
pub(crate) fn image_id(field: &Field<'_>) -> String {
    field.text_or_integer().unwrap_or_default()
}

/// A link, whose type and URL are called so.
pub(crate) fn link(body: &Field<'_>, (category_type, url): (&str, &str)) -> Link {
    let category_type = body.field(category_type).required().choice(&CATEGORY_TYPES).unwrap_or_default();
    Link {
        r#type: category_type.into(),
        url: body.field(url).required().text().unwrap_or_default(),
        image_id: image_id(&body.field("imageId")),
    }
}

/// `src`, in the way that `type` says, which can only be one.
pub(crate) fn picture(body: &Field<'_>) -> Vec<u8> {
    let field = body.field("src").required();
    let Some(()) = body.field("type").required().choice(&[("base64", ())]) else { return Vec::new() };
    let Some(text) = field.text() else { return Vec::new() };
    BASE64.decode(text).unwrap_or_else(|_| {
        field.refuse("must be base64");
        Vec::new()
    })
}

#[cfg(test)]
mod tests;
