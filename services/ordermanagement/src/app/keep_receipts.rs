//! Payments bring the receipts of their orders along.

use chrono::{DateTime, Utc};
use kvitt_receipt::Receipt;
use sqlx::PgConnection;

use super::fresh_receipt_id;
use crate::{
    domain::Order,
    store::receipts::{self, Entry, Origin},
};

/// A receipt that came with a payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Brought {
    pub(crate) order: Order,
    pub(crate) receipt: Receipt,
    /// When the payment was created.
    pub(crate) at: DateTime<Utc>,
}

/// Keeps them, in the transaction that moves the cursor. An order that has a receipt already keeps that one: a receipt is
/// written once, whoever was first.
pub(crate) async fn keep_receipts(tx: &mut PgConnection, brought: Vec<Brought>) -> Result<(), sqlx::Error> {
    if brought.is_empty() {
        return Ok(());
    }
    let entry = |Brought { order, receipt, at }| Entry {
        receipt_id: fresh_receipt_id(),
        order,
        receipt,
        added_at: at,
    };
    let entries: Vec<Entry> = brought.into_iter().map(entry).collect();
    receipts::insert(tx, Origin::Payment, &entries).await.map(|_| ())
}
