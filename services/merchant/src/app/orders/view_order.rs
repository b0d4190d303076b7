//! Opens a prefilled order.

use kvitt_primitives::OrderId;
use kvitt_runtime::{Caller, Principal, ServiceName, authority::not_permitted};

use super::Error;
use crate::{
    app::App,
    domain::{Order, OrderType, Step},
    store::orders as store,
};

/// The order, as seen by the merchant from now on. The id is what lets a user of the portal in.
pub(crate) async fn view_order(app: &App, caller: &Caller, id: OrderId) -> Result<Order, Error> {
    match caller.principal {
        Principal::User(_) | Principal::Service(ServiceName::Launcher) => {}
        Principal::Client(_) | Principal::Service(_) => return Err(Error::Refused(not_permitted())),
    }
    let now = app.clock.now();
    kvitt_postgres::transaction!(&app.pool, "view_order", async |tx| -> Result<Order, Error> {
        let order = store::find_to_change(tx, id).await?;
        let order = order.filter(|order| order.order_type == OrderType::Prefill);
        let order = order.ok_or(Error::OrderNotFound)?;
        let viewed = order.after(Step::View, now)?;
        if viewed.status != order.status {
            store::set_status(tx, &viewed).await?;
        }
        Ok(viewed)
    })
}
