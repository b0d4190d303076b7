//! Decides an order, for the back office.

use kvitt_primitives::OrderId;
use kvitt_runtime::Caller;
use sqlx::PgConnection;

use super::{Error, Told, approve, tell};
use crate::{
    app::{App, By},
    domain::{Decision, Order, Outcome},
    store::orders as store,
};

/// Who decides, and when.
#[derive(Debug, Clone)]
pub(super) struct Decider {
    pub(super) by: By,
    /// Whether the sandbox answers for the bank about a new unit's account.
    pub(super) sandbox: bool,
}

/// Decides the order, once, and lets an approval have its effect. The same decision again is answered.
pub(crate) async fn decide_order(
    app: &App,
    caller: &Caller,
    id: OrderId,
    decision: Decision,
) -> Result<Order, Error> {
    let decider = Decider { by: By::caller(caller, &app.clock), sandbox: app.sandbox };
    kvitt_postgres::transaction!(&app.pool, "decide_order", async |tx| -> Result<Order, Error> {
        let order = store::find_to_change(tx, id).await?.ok_or(Error::OrderNotFound)?;
        decide(tx, order, &decision, &decider).await
    })
}

/// Decides an order that nobody else can change.
pub(super) async fn decide(
    tx: &mut PgConnection,
    order: Order,
    decision: &Decision,
    decider: &Decider,
) -> Result<Order, Error> {
    let decided = match order.decided(decision, decider.by.at)? {
        Outcome::Repeated => return Ok(order),
        Outcome::Decided(decided) => *decided,
    };
    let decided = match decision {
        Decision::Approve => approve::take_effect(tx, decided, decider).await?,
        Decision::Reject(_) => decided,
    };
    store::update(tx, &decided).await?;
    let (before, after) = (Some(&order), Some(&decided));
    tell(tx, &decider.by, Told { action: "order.decided", before, after }).await?;
    Ok(decided)
}
