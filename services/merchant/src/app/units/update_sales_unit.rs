//! Changes what payers see of a unit.

use kvitt_primitives::{Msn, Name};
use kvitt_runtime::{Action, Caller};

use super::{change, to_change};
use crate::{
    app::{App, By, Error},
    domain::{Address, SalesUnit},
};

/// What changes; what is absent stays.
#[derive(Debug, Clone, Default)]
pub(crate) struct Update {
    pub(crate) name: Option<Name<100>>,
    pub(crate) location: Option<Address>,
}

/// The unit as it is from now on.
pub(crate) async fn update_sales_unit(
    app: &App,
    caller: &Caller,
    msn: &Msn,
    update: &Update,
) -> Result<SalesUnit, Error> {
    app.authority.may(caller, Action::EditSalesUnit, msn).await.map_err(Error::Refused)?;
    let by = By::caller(caller, &app.clock);
    kvitt_postgres::transaction!(&app.pool, "update_sales_unit", async |tx| -> Result<SalesUnit, Error> {
        let (before, revision) = to_change(tx, msn).await?;
        before.changeable()?;
        let after = SalesUnit {
            name: update.name.clone().unwrap_or_else(|| before.name.clone()),
            location: update.location.clone().or_else(|| before.location.clone()),
            ..before.clone()
        };
        change(tx, &by, "unit.changed", (before, revision), after).await
    })
}
