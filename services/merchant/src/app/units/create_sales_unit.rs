//! Registers a sales unit.

use kvitt_runtime::Caller;

use super::open;
use crate::{
    app::{App, By, Error, audit},
    domain::SalesUnit,
    store::{
        revision,
        sales_units::{self as store, KeysState, Opening},
    },
};

/// Registers the unit, once; the same again is answered with what it is by now. Only for the operator, who says what is
/// known of its account, and issues its keys.
pub(crate) async fn create_sales_unit(
    app: &App,
    caller: &Caller,
    unit: &SalesUnit,
) -> Result<SalesUnit, Error> {
    let by = By::caller(caller, &app.clock);
    let digest = audit::unit_digest(unit);
    kvitt_postgres::transaction!(&app.pool, "create_sales_unit", async |tx| -> Result<SalesUnit, Error> {
        let opening = Opening {
            revision: revision::advance(tx).await?,
            registered_as: digest,
            order_id: None,
            available_at: unit.created_at,
            keys: KeysState::of_registered(unit),
            account_decide_at: None,
        };
        if let Some(stored) = store::find_registered(tx, &unit.msn).await? {
            let same = stored.registered_as.as_deref() == Some(&digest)
                || audit::unit_digest(&stored.unit) == digest;
            return if same { Ok(stored.unit) } else { Err(Error::SalesUnitExists) };
        }
        if open(tx, &by, unit, &opening).await? { Ok(unit.clone()) } else { Err(Error::SalesUnitExists) }
    })
}
