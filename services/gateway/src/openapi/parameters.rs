//! Parameters that several operations have.

use kvitt_primitives::{IdempotencyKey, Msn, PhoneNumber, Reference};
use utoipa::openapi::{
    ObjectBuilder, Required,
    path::{Parameter, ParameterBuilder, ParameterIn},
};

use super::{
    report::date,
    words::{pattern, text, uuid},
};
use crate::report::query::TOPICS;

/// The parameters of a path, in their order.
pub(super) fn of_path(path: &'static str) -> Vec<Parameter> {
    let names = path.split('/').filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'));
    names.map(|name| path_parameter(path, name)).collect()
}

fn path_parameter(path: &str, name: &str) -> Parameter {
    let patterned = |rule| text().pattern(Some(pattern(rule)));
    let (schema, says) = match name {
        "reference" => (patterned(Reference::RULE), "The merchant's reference."),
        "orderId" => (patterned(Reference::RULE), "The merchant's name of the order."),
        "msn" => (patterned(Msn::RULE), "The sales unit."),
        "phoneNumber" => (patterned(PhoneNumber::RULE), "The payer: country code and number."),
        "productOrderId" => (uuid(), "The order's id."),
        "webhookId" => (uuid(), "The registration's id."),
        "deliveryId" => (uuid(), "The delivery's id."),
        "faultId" => (uuid(), "The fault's id."),
        "scheme" => (
            text().enum_values(Some(["business:NO:ORG", "business:DK:CVR", "business:FI:BID"])),
            "The register of companies.",
        ),
        "id" if path.starts_with("/qr/") => (
            text().pattern(Some("^[-_+%æøåÆØÅ\\w\\s]*$")).min_length(Some(1)).max_length(Some(128)),
            "The merchant's id of the code.",
        ),
        "merchantQrId" => {
            (text().min_length(Some(1)).max_length(Some(128)), "The merchant's id of the code.")
        }
        "beaconId" => (text().pattern(Some("^[0-9A-Za-z-]{1,64}$")), "The id that MobilePay's old API gave."),
        "code" => (text().pattern(Some("^[0-9A-Za-z_-]{23}$")), "The code."),
        "paymentLinkId" => (uuid(), "The link's id."),
        "checkInId" => (uuid(), "The scan's id."),
        "token" => (text(), "What stands at the end of the link's URL."),
        "id" => (text(), "The company's number in the register."),
        "paymentType" => (text().enum_values(Some(["ECOM", "RECURRING"])), "What the order is paid through."),
        "categoryId" => (uuid(), "The category's id."),
        "ledgerId" => (
            text().pattern(Some("^[0-9]{6,12}$")),
            "The ledger, by the id that the list of ledgers gives it.",
        ),
        "topic" => (text().enum_values(Some(TOPICS.map(|(word, _)| word))), "Which stream of the ledger."),
        "ledgerDate" => (date(), "The ledger date."),
        "subscriptionId" => (uuid(), "The subscription's id."),
        "sub" => (text(), "The payer, by the name that the sales unit knows them by."),
        "file" => (text(), "A code, or a payment's token, with `.svg` or `.png` at its end."),
        _ => (text(), "What is meant."),
    };
    let parameter = ParameterBuilder::new().name(name).parameter_in(ParameterIn::Path);
    parameter.required(Required::True).schema(Some(schema)).description(Some(says)).build()
}

/// `Idempotency-Key`, which must be there.
pub(super) fn idempotency_key() -> Parameter {
    let says = "Names this attempt. The same key with the same request is answered as the first time.";
    key("Idempotency-Key", Required::True, 50, says)
}

/// `Idempotency-Key`, which may be left out.
pub(super) fn idempotency_key_if_any() -> Parameter {
    let says = "Names this attempt. Without one every call is an attempt of its own.";
    key("Idempotency-Key", Required::False, 50, says)
}

/// The key of the Management API, which holds letters, digits and hyphens.
pub(super) fn plain_idempotency_key() -> Parameter {
    let schema = text().pattern(Some("^[a-zA-Z0-9-]{1,50}$"));
    let named = ParameterBuilder::new().name("Idempotency-Key").parameter_in(ParameterIn::Header);
    let says = "Names this attempt. The same key with the same request is answered as the first time.";
    named.required(Required::True).schema(Some(schema)).description(Some(says)).build()
}

/// `X-Request-Id` of eCom.
pub(super) fn request_id() -> Parameter {
    let says = "Names this attempt. Without one every call is an attempt of its own.";
    key("X-Request-Id", Required::False, 40, says)
}

fn key(name: &str, required: Required, longest: usize, says: &str) -> Parameter {
    let schema = printable(longest);
    let named = ParameterBuilder::new().name(name).parameter_in(ParameterIn::Header).required(required);
    named.schema(Some(schema)).description(Some(says)).build()
}

/// A text without control characters: what [`IdempotencyKey`] is, at most.
fn printable(longest: usize) -> ObjectBuilder {
    debug_assert!("k".repeat(longest).parse::<IdempotencyKey>().is_ok());
    text().min_length(Some(1)).max_length(Some(longest))
}
