//! From a body to a request, and from a refusal of the service behind to the names that the client knows.

use axum::body::Body;
use kvitt_proto::{
    error::v1::Reason,
    refusal::{self, FieldViolation},
};
use tonic::Status;

use super::{Faults, Field, Tree, collect};

/// Builds a request from a body; what is broken is told all at once.
pub(crate) async fn decode<T>(body: Body, build: impl FnOnce(&Field<'_>, &Faults) -> T) -> Result<T, Status> {
    decode_bytes(&collect(body).await?, build)
}

/// The same for a body that has arrived.
pub(crate) fn decode_bytes<T>(
    bytes: &[u8],
    build: impl FnOnce(&Field<'_>, &Faults) -> T,
) -> Result<T, Status> {
    let (tree, faults) = (Tree::parse(bytes)?, Faults::default());
    let request = build(&Field::root(&tree, &faults)?, &faults);
    faults.finish().map(|()| request)
}

/// A refusal of the service behind, with its fields called what the operation's client calls them. A name stands for
/// itself and for everything that begins with it.
pub(crate) fn renamed(status: Status, names: &[(&str, &str)]) -> Status {
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
