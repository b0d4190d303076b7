//! Takes a prefilled order back.

use kvitt_primitives::OrderId;
use kvitt_runtime::Caller;

use super::{Error, Told, partner_of, tell};
use crate::{
    app::{App, By},
    domain::Step,
    store::orders as store,
};

/// Takes back what the calling partner prefilled and no merchant has submitted. Of others' orders nothing is told.
pub(crate) async fn delete_order(app: &App, caller: &Caller, id: OrderId) -> Result<(), Error> {
    let partner = partner_of(&app.authority, caller).await.map_err(Error::Refused)?;
    let by = By::caller(caller, &app.clock);
    kvitt_postgres::transaction!(&app.pool, "delete_order", async |tx| -> Result<(), Error> {
        let order = store::find_to_change(tx, id).await?;
        let order = order.filter(|order| order.partner_id == Some(partner)).ok_or(Error::OrderNotFound)?;
        order.after(Step::Delete, by.at)?;
        store::delete(tx, id, by.at).await?;
        Ok(tell(tx, &by, Told { action: "order.deleted", before: Some(&order), after: None }).await?)
    })
}
