//! A merchant adds a category to those that an order has.

use kvitt_primitives::CategoryId;
use kvitt_runtime::Caller;

use super::{App, Error, fresh_category_id, outcome};
use crate::{
    domain::{Category, Link, Order},
    store::categories,
};

/// The order has this link too from now on.
pub(crate) async fn add_category(
    app: &App,
    caller: &Caller,
    order: Order,
    link: Link,
) -> Result<CategoryId, Error> {
    app.may_write(caller, &order.msn).await?;
    let category = Category { category_id: fresh_category_id(), order, link };
    let mut connection = app.pool.acquire().await?;
    outcome(categories::add(&mut connection, &category, app.clock.now()).await?)?;
    Ok(category.category_id)
}
