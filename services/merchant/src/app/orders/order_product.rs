//! Orders a product: a new sales unit.

use kvitt_primitives::{BusinessIdentifier, MerchantId, OrderId};
use kvitt_runtime::{Action, Caller, authority::no_such_merchant};

use super::{Error, made_before, make, product_fields};
use crate::{
    app::{App, By},
    domain::{MerchantStatus, Order, Product, Subject},
    store::merchants,
};

/// Which merchant orders what.
#[derive(Debug, Clone)]
pub(crate) struct ProductOrder {
    pub(crate) order_id: OrderId,
    pub(crate) merchant_id: MerchantId,
    pub(crate) product: Product,
}

/// Stores the order of an Administrator; once.
pub(crate) async fn order_product(app: &App, caller: &Caller, order: ProductOrder) -> Result<Order, Error> {
    let ProductOrder { order_id, merchant_id, product } = order;
    let may = app.authority.may_for(caller, Action::OrderProducts, merchant_id).await;
    may.map_err(Error::Refused)?;
    product_fields::check_logo(&product).await?;
    product_fields::check_complete(&product)?;
    let by = By::caller(caller, &app.clock);
    kvitt_postgres::transaction!(&app.pool, "order_product", async |tx| -> Result<Order, Error> {
        let merchant = merchants::find(tx, merchant_id).await?;
        let merchant = merchant.ok_or_else(|| Error::Refused(no_such_merchant()))?;
        let company = BusinessIdentifier::new(merchant.organization_number);
        let subject = Subject::Product(Box::new(product.clone()));
        let made = Order::made(order_id, company, subject, by.at);
        let order = Order { merchant_id: Some(merchant_id), ..made };
        if let Some(stored) = made_before(tx, &order).await? {
            return Ok(stored);
        }
        if merchant.status != MerchantStatus::Active {
            return Err(Error::MerchantNotActive);
        }
        product_fields::check(tx, &product, merchant.market, None).await?;
        make(tx, &order, &by).await
    })
}
