//! A merchant sends the receipt of an order.

use kvitt_primitives::ReceiptId;
use kvitt_receipt::Receipt;
use kvitt_runtime::Caller;

use super::{App, Error, fresh_receipt_id};
use crate::{
    domain::Order,
    store::receipts::{self, Entry, Origin},
};

/// The order has this receipt from now on, for ever.
pub(crate) async fn add_receipt(
    app: &App,
    caller: &Caller,
    order: Order,
    receipt: Receipt,
) -> Result<ReceiptId, Error> {
    app.may_write(caller, &order.msn).await?;
    let receipt_id = fresh_receipt_id();
    let entry = Entry { receipt_id, order, receipt, added_at: app.clock.now() };
    let added = receipts::insert(&mut *app.pool.acquire().await?, Origin::Merchant, &[entry]).await?;
    if added == 1 { Ok(receipt_id) } else { Err(Error::ReceiptExists) }
}
