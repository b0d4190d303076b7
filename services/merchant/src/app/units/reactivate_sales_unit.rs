//! Puts a unit back into use.

use kvitt_primitives::Msn;
use kvitt_runtime::Caller;

use super::{change, to_change};
use crate::{
    app::{App, By, Error},
    domain::SalesUnit,
};

/// The unit takes payments again. Only for the operator, who may have registered a test unit that was out of use.
pub(crate) async fn reactivate_sales_unit(app: &App, caller: &Caller, msn: &Msn) -> Result<SalesUnit, Error> {
    let by = By::caller(caller, &app.clock);
    kvitt_postgres::transaction!(&app.pool, "reactivate_sales_unit", async |tx| -> Result<_, Error> {
        let (before, revision) = to_change(tx, msn).await?;
        let after = SalesUnit { active: true, ..before.clone() };
        change(tx, &by, "unit.reactivated", (before, revision), after).await
    })
}
