//! Registers a price package.

use kvitt_audit_log::Entry;
use kvitt_runtime::Caller;
use serde_json::json;

use super::Error;
use crate::{
    app::{App, By},
    domain::PricePackage,
    store::price_packages::{self as store, OF_UNKNOWN_PARTNER},
};

/// Stores the package, once; the same package again is answered alike. Only for the operator.
pub(crate) async fn create_price_package(
    app: &App,
    caller: &Caller,
    package: &PricePackage,
) -> Result<(), Error> {
    let by = By::caller(caller, &app.clock);
    kvitt_postgres::transaction!(&app.pool, "create_price_package", async |tx| -> Result<(), Error> {
        if !store::insert(tx, package, by.at).await.map_err(meaning)? {
            let stored = store::find(tx, package.id).await?;
            return if stored.as_ref() == Some(package) { Ok(()) } else { Err(Error::PricePackageExists) };
        }
        Ok(kvitt_audit_log::append(tx, &entry(package, &by)).await?)
    })
}

fn entry(package: &PricePackage, by: &By) -> Entry {
    let after = json!({
        "name": package.name.as_str(),
        "description": package.description.as_str(),
        "productType": package.product_type.code(),
        "market": package.market.code(),
        "commissionBasisPoints": package.commission.as_i32(),
        "visibleInSignupForm": package.visible_in_signup_form,
        "partnerId": package.partner_id.map(|id| id.to_string()),
    });
    Entry {
        at: by.at,
        actor: by.actor.clone(),
        action: "price_package.registered",
        subject: format!("price_package:{}", package.id),
        merchant_id: None,
        before: None,
        after: Some(after),
        trace_id: by.trace_id.clone(),
    }
}

fn meaning(error: sqlx::Error) -> Error {
    if kvitt_postgres::violated_constraint(&error) == Some(OF_UNKNOWN_PARTNER) {
        Error::PartnerNotFound
    } else {
        Error::Database(error)
    }
}
