//! Links by which anybody can pay (contract-merchant section 13), an operation of our own a file: upstream has them in its
//! portal only. Each call is one rpc of `kvitt.qr.v1.PaymentLinkService`. What payers do with a link is the portal's, and in
//! the sandbox `kvitt/link.rs`.

pub(crate) mod create;
pub(crate) mod deactivate;
pub(crate) mod get;
pub(crate) mod json;
pub(crate) mod list;
mod read;

use axum::extract::{Path, rejection::PathRejection};

/// An id in the path, whatever it is: what is no text is no id either.
fn id(path: Result<Path<String>, PathRejection>) -> String {
    path.map_or_else(|_| "?".to_owned(), |Path(id)| id)
}
