//! What the operations share: the order in the path, the body, and what a broken field is called.

use axum::{
    body::Body,
    extract::{Path, rejection::PathRejection},
};
use kvitt_proto::{
    error::v1::Reason,
    refusal::{self, FieldViolation},
};
use tonic::Status;

use super::json::payment_type;
use crate::body::{self, Faults, Field, Tree};

/// `{paymentType}` and `{orderId}`, perhaps not even text.
pub(super) type OrderPath = Result<Path<(String, String)>, PathRejection>;

/// The order in the path: the number of its kind of payment, and its id, which the service judges.
pub(super) fn order(path: OrderPath, faults: &Faults) -> (i32, String) {
    // What is no text is no order either.
    let (kind, order_id) =
        path.map_or_else(|_| ("?".to_owned(), "?".to_owned()), |Path((kind, order_id))| (kind, order_id));
    (payment_type(&kind, |rule| faults.field("paymentType", rule)), order_id)
}

/// Builds a request from a body; what is broken is told all at once.
pub(super) async fn decode<T>(body: Body, build: impl FnOnce(&Field<'_>, &Faults) -> T) -> Result<T, Status> {
    decode_bytes(&body::collect(body).await?, build)
}

/// The same for a body that has arrived.
pub(super) fn decode_bytes<T>(
    bytes: &[u8],
    build: impl FnOnce(&Field<'_>, &Faults) -> T,
) -> Result<T, Status> {
    let (tree, faults) = (Tree::parse(bytes)?, Faults::default());
    let request = build(&Field::root(&tree, &faults)?, &faults);
    faults.finish().map(|()| request)
}

/// A refusal of the service behind, with its fields called what the operation's client calls them. A name stands for
/// itself and for everything that begins with it.
pub(super) fn renamed(status: Status, names: &[(&str, &str)]) -> Status {
    if refusal::reason_of(&status) != Some(Reason::FieldInvalid) {
        return status;
    }
    let rename = |violation: FieldViolation| {
        let known = names.iter().find_map(|(behind, known)| {
            violation.field.strip_prefix(behind).map(|rest| format!("{known}{rest}"))
        });
        FieldViolation { field: known.unwrap_or(violation.field), ..violation }
    };
    refusal::fields(refusal::field_violations_of(&status).into_iter().map(rename).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn broken_fields_are_called_what_the_client_calls_them() {
        let broken = ["receipt.orderLines[0].name", "orderId", "link.url"];
        let status = refusal::fields(broken.map(|field| FieldViolation::new(field, "is required")).to_vec());
        let names = [("receipt.", ""), ("link.url", "orderDetailsUrl")];
        let told = refusal::field_violations_of(&renamed(status, &names));
        let told: Vec<_> = told.into_iter().map(|violation| violation.field).collect();
        assert_eq!(told, ["orderLines[0].name", "orderId", "orderDetailsUrl"]);
        let other = refusal::status(Reason::AlreadyExists, "the order has a receipt");
        assert_eq!(renamed(other.clone(), &names).message(), other.message());
    }
}
