//! Changes how often a unit is paid out.

use kvitt_primitives::Msn;
use kvitt_runtime::{Action, Caller};

use super::{change, to_change};
use crate::{
    app::{App, By, Error},
    domain::{SalesUnit, Settlement, SettlementFrequency},
};

/// The unit is paid out so often from now on.
pub(crate) async fn change_settlement_frequency(
    app: &App,
    caller: &Caller,
    msn: &Msn,
    frequency: SettlementFrequency,
) -> Result<SalesUnit, Error> {
    app.authority.may(caller, Action::EditFrequency, msn).await.map_err(Error::Refused)?;
    let by = By::caller(caller, &app.clock);
    kvitt_postgres::transaction!(&app.pool, "change_settlement_frequency", async |tx| -> Result<_, Error> {
        let (before, revision) = to_change(tx, msn).await?;
        before.changeable()?;
        frequency.available_in(before.market)?;
        let settlement = Settlement { frequency, ..before.settlement.clone() };
        let after = SalesUnit { settlement, ..before.clone() };
        change(tx, &by, "unit.frequency_changed", (before, revision), after).await
    })
}
