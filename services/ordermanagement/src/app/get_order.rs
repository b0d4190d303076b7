//! What a payer sees of an order.

use kvitt_receipt::Receipt;
use kvitt_runtime::Caller;

use super::{App, Error};
use crate::{
    domain::{Category, Order},
    store::{categories, receipts},
};

/// What was told of an order; at least one of the two.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Told {
    /// The one that was given last.
    pub(crate) category: Option<Category>,
    pub(crate) receipt: Option<Receipt>,
}

/// The order, if anything was told of it.
pub(crate) async fn get_order(app: &App, caller: &Caller, order: &Order) -> Result<Told, Error> {
    app.may_read(caller, &order.msn).await?;
    let mut connection = app.pool.acquire().await?;
    let category = categories::find_latest(&mut connection, order).await?;
    let receipt = receipts::find(&mut connection, order).await?;
    if category.is_none() && receipt.is_none() {
        return Err(Error::OrderNotFound);
    }
    Ok(Told { category, receipt })
}
