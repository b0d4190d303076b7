//! Changes what is known of a company.

use kvitt_primitives::MerchantId;
use kvitt_runtime::{Action, Caller};

use crate::{
    app::{App, By, Error, audit},
    domain::{Company, Merchant},
    store::merchants as store,
};

/// The company profile is this from now on.
pub(crate) async fn update_company(
    app: &App,
    caller: &Caller,
    id: MerchantId,
    company: &Company,
) -> Result<Merchant, Error> {
    app.authority.may_for(caller, Action::EditCompany, id).await.map_err(Error::Refused)?;
    let by = By::caller(caller, &app.clock);
    kvitt_postgres::transaction!(&app.pool, "update_company", async |tx| -> Result<Merchant, Error> {
        let before = store::find_to_change(tx, id).await?.ok_or(Error::MerchantNotFound)?;
        if before.company == *company {
            return Ok(before);
        }
        let after = Merchant { company: company.clone(), updated_at: by.at, ..before.clone() };
        store::update_company(tx, &after).await?;
        audit::merchant(tx, &by, Some(&before), &after).await?;
        Ok(after)
    })
}
