//! Deliveries, an operation of our own a file: what merchants were told, what became of every try, and telling it again.
//! Each call is one rpc of `kvitt.webhook.v1.DeliveryService`.

pub(crate) mod get;
pub(crate) mod json;
pub(crate) mod list;
pub(crate) mod resend;
pub(crate) mod resend_since;

use axum::extract::{Path, rejection::PathRejection};

/// An id in the path, whatever it is: what is no text is no id either.
fn id(path: Result<Path<String>, PathRejection>) -> String {
    path.map_or_else(|_| "?".to_owned(), |Path(id)| id)
}
