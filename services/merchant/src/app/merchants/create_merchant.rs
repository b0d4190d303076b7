//! Registers a merchant.

use sqlx::PgConnection;

use kvitt_runtime::Caller;

use crate::{
    app::{App, By, Error, audit},
    domain::Merchant,
    store::merchants as store,
};

/// Registers the merchant, once; the same again is answered with what it is by now. Only for the operator.
pub(crate) async fn create_merchant(
    app: &App,
    caller: &Caller,
    merchant: &Merchant,
) -> Result<Merchant, Error> {
    let by = By::caller(caller, &app.clock);
    kvitt_postgres::transaction!(&app.pool, "create_merchant", async |tx| -> Result<Merchant, Error> {
        if register(tx, &by, merchant).await? {
            return Ok(merchant.clone());
        }
        let stored = store::find_registered(tx, merchant.id).await?.ok_or(Error::MerchantNotFound)?;
        let digest = audit::merchant_digest(merchant);
        let same = stored.registered_as.as_deref() == Some(&digest)
            || audit::merchant_digest(&stored.merchant) == digest;
        if same { Ok(stored.merchant) } else { Err(Error::MerchantExists) }
    })
}

/// Whether the merchant was stored, with an entry in the audit log; `false` when its id is taken.
pub(crate) async fn register(tx: &mut PgConnection, by: &By, merchant: &Merchant) -> Result<bool, Error> {
    let digest = audit::merchant_digest(merchant);
    let inserted = store::insert(tx, merchant, &digest).await.map_err(meaning)?;
    if inserted {
        audit::merchant(tx, by, None, merchant).await?;
    }
    Ok(inserted)
}

fn meaning(error: sqlx::Error) -> Error {
    if kvitt_postgres::violated_constraint(&error) == Some(store::COMPANY_IS_A_MERCHANT) {
        Error::CompanyExists
    } else {
        Error::Database(error)
    }
}
