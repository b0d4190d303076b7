//! Applies for a merchant agreement.

use kvitt_primitives::{BusinessIdentifier, OrderId};
use kvitt_runtime::{Caller, Principal, authority::not_permitted};

use super::{Error, made_before, make};
use crate::{
    app::{App, By},
    domain::{Agreement, Order, Subject},
    store::merchants,
};

/// Who applies for what.
#[derive(Debug, Clone)]
pub(crate) struct Application {
    pub(crate) order_id: OrderId,
    pub(crate) company: BusinessIdentifier,
    pub(crate) agreement: Agreement,
}

/// Stores the application of a user of the portal for a company that is no merchant yet; once.
pub(crate) async fn apply_for_agreement(
    app: &App,
    caller: &Caller,
    application: Application,
) -> Result<Order, Error> {
    let Principal::User(applicant) = caller.principal else { return Err(Error::Refused(not_permitted())) };
    let by = By::caller(caller, &app.clock);
    let Application { order_id, company, agreement } = application;
    let made = Order::made(order_id, company, Subject::Agreement(Box::new(agreement)), by.at);
    let order = Order { applicant: Some(applicant), ..made };
    kvitt_postgres::transaction!(&app.pool, "apply_for_agreement", async |tx| -> Result<Order, Error> {
        if let Some(stored) = made_before(tx, &order).await? {
            return Ok(stored);
        }
        if merchants::find_by_number(tx, order.company.number()).await?.is_some() {
            return Err(Error::CompanyIsMerchant);
        }
        make(tx, &order, &by).await
    })
}
