//! What a unit has agreed to.

use chrono::NaiveDate;

use super::{App, Error, readable::Readable};
use crate::{
    domain::{Agreement, calendar::date_of},
    store::{agreements, ledgers},
};

/// The agreement that holds on the first open date, and since when; of a unit that has none, its price package's percentage.
pub(crate) async fn get_agreement(
    app: &App,
    unit: &Readable,
) -> Result<(Option<NaiveDate>, Agreement), Error> {
    let msn = unit.msn();
    let mut connection = app.pool.acquire().await?;
    let ledger = ledgers::find(&mut connection, msn).await?;
    let today = date_of(unit.market, app.clock.now(), 0);
    let on = ledger.as_ref().map_or(today, |ledger| ledger.first_open());
    if let Some(agreed) = agreements::in_force(&mut connection, msn, on).await? {
        return Ok((Some(agreed.0), agreed.1));
    }
    drop(connection);
    let percentage = app.basics(msn).await?.ok_or(Error::UnitNotFound)?.percentage;
    Ok((None, Agreement { percentage, ..Agreement::default() }))
}
