//! What the operations share: the order in the path.

use axum::extract::{Path, rejection::PathRejection};

use super::json::payment_type;
use crate::body::Faults;

/// `{paymentType}` and `{orderId}`, perhaps not even text.
pub(super) type OrderPath = Result<Path<(String, String)>, PathRejection>;

/// The order in the path: the number of its kind of payment, and its id, which the service judges.
pub(super) fn order(path: OrderPath, faults: &Faults) -> (i32, String) {
    // What is no text is no order either.
    let (kind, order_id) =
        path.map_or_else(|_| ("?".to_owned(), "?".to_owned()), |Path((kind, order_id))| (kind, order_id));
    (payment_type(&kind, |rule| faults.field("paymentType", rule)), order_id)
}
