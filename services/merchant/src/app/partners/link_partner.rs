//! Links a sales unit to a partner.

use kvitt_primitives::{Msn, PartnerId};
use kvitt_runtime::Caller;

use super::Error;
use crate::{
    app::{
        App, By,
        units::{change, to_change},
    },
    domain::SalesUnit,
    store::partners,
};

/// The unit is looked after by this partner, or by none, from now on. Its MSN stays. Only for the operator.
pub(crate) async fn link_partner(
    app: &App,
    caller: &Caller,
    msn: &Msn,
    partner: Option<PartnerId>,
) -> Result<SalesUnit, Error> {
    let by = By::caller(caller, &app.clock);
    kvitt_postgres::transaction!(&app.pool, "link_partner", async |tx| -> Result<SalesUnit, Error> {
        let (unit, revision) = to_change(tx, msn).await?;
        if let Some(id) = partner
            && partners::find(tx, id).await?.is_none()
        {
            return Err(Error::PartnerNotFound);
        }
        let linked = SalesUnit { partner_id: partner, ..unit.clone() };
        Ok(change(tx, &by, "unit.linked", (unit, revision), linked).await?)
    })
}
