//! Asks for a feature of a sales unit.

use kvitt_primitives::{BusinessIdentifier, OrderId};
use kvitt_runtime::{
    Action, Caller,
    authority::{no_such_merchant, no_such_unit},
};

use super::{Error, made_before, make};
use crate::{
    app::{App, By},
    domain::{FeatureRequest, Order, Subject},
    store::{merchants, sales_units},
};

/// Stores the request of an Administrator of the unit's merchant; once, and once at a time for each feature.
pub(crate) async fn request_feature(
    app: &App,
    caller: &Caller,
    order_id: OrderId,
    request: FeatureRequest,
) -> Result<Order, Error> {
    let may = app.authority.may(caller, Action::OrderProducts, &request.msn).await;
    may.map_err(Error::Refused)?;
    let by = By::caller(caller, &app.clock);
    kvitt_postgres::transaction!(&app.pool, "request_feature", async |tx| -> Result<Order, Error> {
        let unit = sales_units::find(tx, &request.msn).await?;
        let unit = unit.ok_or_else(|| Error::Refused(no_such_unit()))?.value;
        let merchant = merchants::find(tx, unit.merchant_id).await?;
        let merchant = merchant.ok_or_else(|| Error::Refused(no_such_merchant()))?;
        let company = BusinessIdentifier::new(merchant.organization_number);
        let made = Order::made(order_id, company, Subject::Feature(request.clone()), by.at);
        let order = Order { merchant_id: Some(unit.merchant_id), ..made };
        if let Some(stored) = made_before(tx, &order).await? {
            return Ok(stored);
        }
        request.granted_to(&unit)?;
        make(tx, &order, &by).await
    })
}
