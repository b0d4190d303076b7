//! Takes a unit out of use.

use kvitt_primitives::Msn;
use kvitt_runtime::{Action, Caller};

use super::{change, to_change};
use crate::{
    app::{App, By, Error},
    domain::SalesUnit,
};

/// The unit takes no new payments from now on.
pub(crate) async fn deactivate_sales_unit(app: &App, caller: &Caller, msn: &Msn) -> Result<SalesUnit, Error> {
    app.authority.may(caller, Action::DeactivateSalesUnit, msn).await.map_err(Error::Refused)?;
    let by = By::caller(caller, &app.clock);
    kvitt_postgres::transaction!(&app.pool, "deactivate_sales_unit", async |tx| -> Result<_, Error> {
        let (before, revision) = to_change(tx, msn).await?;
        before.changeable()?;
        let after = SalesUnit { active: false, ..before.clone() };
        change(tx, &by, "unit.deactivated", (before, revision), after).await
    })
}
