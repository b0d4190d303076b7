//! Submits a prefilled order.

use kvitt_primitives::{BusinessIdentifier, Invalid, MerchantId, OrderId};
use kvitt_runtime::{Action, Caller, authority::no_such_merchant};
use sqlx::PgConnection;

use super::{Error, Told, product_fields, tell};
use crate::{
    app::{App, By},
    domain::{MerchantStatus, Order, OrderType, Product, Subject},
    store::{merchants, orders as store},
};

/// Which merchant submits what.
#[derive(Debug, Clone)]
pub(crate) struct Submission {
    pub(crate) order_id: OrderId,
    pub(crate) merchant_id: MerchantId,
    /// As the merchant completed it; none when nothing was changed.
    pub(crate) product: Option<Product>,
}

/// Submits the order for an Administrator of the company it was prefilled for. Of orders for others nothing is told.
pub(crate) async fn submit_order(app: &App, caller: &Caller, submission: Submission) -> Result<Order, Error> {
    let Submission { order_id, merchant_id, product } = submission;
    let may = app.authority.may_for(caller, Action::OrderProducts, merchant_id).await;
    may.map_err(Error::Refused)?;
    if let Some(product) = &product {
        product_fields::check_logo(product).await?;
    }
    let by = By::caller(caller, &app.clock);
    kvitt_postgres::transaction!(&app.pool, "submit_order", async |tx| -> Result<Order, Error> {
        let merchant = merchants::find(tx, merchant_id).await?;
        let merchant = merchant.ok_or_else(|| Error::Refused(no_such_merchant()))?;
        let company = BusinessIdentifier::new(merchant.organization_number);
        let (order, prefilled) = prefilled_for(tx, order_id, &company).await?;
        let product = product.clone().unwrap_or_else(|| prefilled.clone());
        let submitted = order.submitted(merchant_id, product.clone(), by.at)?;
        if merchant.status != MerchantStatus::Active {
            return Err(Error::MerchantNotActive);
        }
        product.completes(&prefilled).map_err(field)?;
        product_fields::check_complete(&product)?;
        product_fields::check(tx, &product, merchant.market, order.partner_id).await?;
        store::update(tx, &submitted).await?;
        let (before, after) = (Some(&order), Some(&submitted));
        tell(tx, &by, Told { action: "order.submitted", before, after }).await?;
        Ok(submitted)
    })
}

async fn prefilled_for(
    tx: &mut PgConnection,
    id: OrderId,
    company: &BusinessIdentifier,
) -> Result<(Order, Product), Error> {
    let order = store::find_to_change(tx, id).await?.ok_or(Error::OrderNotFound)?;
    match (order.order_type, &order.subject) {
        (OrderType::Prefill, Subject::Product(product)) if order.company == *company => {
            let product = product.as_ref().clone();
            Ok((order, product))
        }
        _ => Err(Error::OrderNotFound),
    }
}

fn field((field, invalid): (&'static str, Invalid)) -> Error {
    Error::Fields(vec![(format!("product.{field}"), invalid)])
}
