//! How a unit comes to be.

use sqlx::PgConnection;

use crate::{
    app::{By, Error, audit},
    domain::{MerchantStatus, SalesUnit},
    store::{
        merchants,
        sales_units::{self as store, Opening},
    },
};

/// Whether the unit was stored, with an entry in the audit log; `false` when its MSN is taken.
pub(crate) async fn open(
    tx: &mut PgConnection,
    by: &By,
    unit: &SalesUnit,
    opening: &Opening,
) -> Result<bool, Error> {
    let merchant = merchants::find(tx, unit.merchant_id).await?.ok_or(Error::MerchantNotFound)?;
    if merchant.status != MerchantStatus::Active {
        return Err(Error::Field { field: "merchantId", rule: "must be an active merchant" });
    }
    let inserted = store::insert(tx, unit, opening).await.map_err(meaning)?;
    if inserted {
        audit::unit(tx, by, "unit.opened", None, unit).await?;
    }
    Ok(inserted)
}

fn meaning(error: sqlx::Error) -> Error {
    match kvitt_postgres::violated_constraint(&error) {
        Some(store::UNIT_OF_UNKNOWN_MERCHANT) => Error::MerchantNotFound,
        Some(store::UNIT_OF_UNKNOWN_PARTNER) => {
            Error::Field { field: "partnerId", rule: "must be a partner" }
        }
        Some(_) | None => Error::Database(error),
    }
}
