//! The table `receipts`.

use chrono::{DateTime, Utc};
use kvitt_primitives::ReceiptId;
use kvitt_receipt::Receipt;
use sqlx::{PgConnection, types::Json};

use crate::domain::Order;

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[INSERT, SELECT];

// In one order, so that two that insert the same receipts at once do not wait for each other in a circle.
const INSERT: &str = "
    INSERT INTO receipts (msn, payment_type, order_id, receipt_id, origin, receipt, added_at)
    SELECT r.msn, r.payment_type, r.order_id, r.receipt_id, $5, r.receipt, r.added_at
    FROM UNNEST($1::text[], $2::text[], $3::text[], $4::uuid[], $6::jsonb[], $7::timestamptz[])
        AS r (msn, payment_type, order_id, receipt_id, receipt, added_at)
    ORDER BY r.msn, r.payment_type, r.order_id
    ON CONFLICT DO NOTHING";

const SELECT: &str = "SELECT receipt FROM receipts WHERE msn = $1 AND payment_type = $2 AND order_id = $3";

/// A receipt to keep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) receipt_id: ReceiptId,
    pub(crate) order: Order,
    pub(crate) receipt: Receipt,
    pub(crate) added_at: DateTime<Utc>,
}

/// Where receipts come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// The merchant sent it by itself.
    Merchant,
    /// It came with the payment.
    Payment,
}

impl Origin {
    fn as_str(self) -> &'static str {
        match self {
            Self::Merchant => "MERCHANT",
            Self::Payment => "PAYMENT",
        }
    }
}

/// Keeps receipts of orders that have none; answers how many those were.
pub(crate) async fn insert(
    connection: &mut PgConnection,
    origin: Origin,
    entries: &[Entry],
) -> Result<u64, sqlx::Error> {
    fn column<'a, T>(entries: &'a [Entry], of: impl Fn(&'a Entry) -> T) -> Vec<T> {
        entries.iter().map(of).collect()
    }
    let insert = sqlx::query(INSERT)
        .bind(column(entries, |entry| entry.order.msn.as_str()))
        .bind(column(entries, |entry| entry.order.payment_type.as_str()))
        .bind(column(entries, |entry| entry.order.order_id.as_str()))
        .bind(column(entries, |entry| entry.receipt_id.as_uuid()))
        .bind(origin.as_str())
        .bind(column(entries, |entry| Json(&entry.receipt)))
        .bind(column(entries, |entry| entry.added_at));
    Ok(insert.execute(connection).await?.rows_affected())
}

/// The order's receipt.
pub(crate) async fn find(
    connection: &mut PgConnection,
    order: &Order,
) -> Result<Option<Receipt>, sqlx::Error> {
    let receipt: Option<Json<Receipt>> = sqlx::query_scalar(SELECT)
        .bind(order.msn.as_str())
        .bind(order.payment_type.as_str())
        .bind(order.order_id.as_str())
        .fetch_optional(connection)
        .await?;
    Ok(receipt.map(|Json(receipt)| receipt))
}
