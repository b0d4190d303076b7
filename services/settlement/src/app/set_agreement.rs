//! Agrees something else with a unit.

use chrono::NaiveDate;
use kvitt_postgres::transaction;

use super::{App, Error, readable::Readable};
use crate::{
    domain::{Agreement, calendar::date_of},
    store::{agreements, ledgers},
};

/// Holds from the first open date on, which is answered; what was posted stays as it is. Where dates end at another hour from
/// now on, the first open date is the first that does, though none ends in the past.
pub(crate) async fn set_agreement(
    app: &App,
    unit: &Readable,
    agreement: &Agreement,
) -> Result<NaiveDate, Error> {
    let (msn, now) = (unit.msn(), app.clock.now());
    transaction!(&app.pool, "set_agreement", async |tx| -> Result<NaiveDate, Error> {
        let locked = ledgers::lock(tx, std::slice::from_ref(msn)).await?.pop();
        let since =
            locked.as_ref().map_or_else(|| date_of(unit.market, now, 0), |ledger| ledger.first_open());
        if let Some(mut ledger) = locked {
            let before = agreements::in_force(tx, msn, since).await?;
            let before = before.map_or(0, |(_, agreement)| agreement.cut_off_minutes);
            if agreement.cut_off_minutes != before {
                ledger.cut_off_at(agreement.cut_off_minutes);
                ledger.closes_at = ledger.closes_at.max(now);
                ledgers::save(tx, &[&ledger]).await?;
            }
        }
        agreements::put(tx, (msn, since), agreement).await?;
        Ok(since)
    })
}
