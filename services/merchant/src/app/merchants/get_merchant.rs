//! Reads a merchant.

use kvitt_primitives::{MerchantId, OrganizationNumber};
use kvitt_runtime::{Action, Caller, authority::Visible};

use crate::{
    app::{App, Error},
    domain::Merchant,
    store,
};

/// By what a merchant is asked for.
#[derive(Debug)]
pub(crate) enum Which {
    Id(MerchantId),
    Number(OrganizationNumber),
}

/// The merchant, for its people, its keys, and partners of its units. Whether another's exists is not told.
pub(crate) async fn get_merchant(app: &App, caller: &Caller, which: &Which) -> Result<Merchant, Error> {
    let found = {
        let mut connection = app.pool.acquire().await?;
        match which {
            Which::Id(id) => store::merchants::find(&mut connection, *id).await?,
            Which::Number(number) => store::merchants::find_by_number(&mut connection, number).await?,
        }
    };
    // Nobody has a part in the merchant that nobody is.
    let id = found.as_ref().map_or(MerchantId::from_uuid(uuid::Uuid::nil()), |merchant| merchant.id);
    may_see(app, caller, id).await?;
    found.ok_or(Error::MerchantNotFound)
}

/// Passes when the caller sees the merchant, and answers which of its units.
pub(crate) async fn may_see(app: &App, caller: &Caller, id: MerchantId) -> Result<Visible, Error> {
    app.authority.may_for(caller, Action::ReadSalesUnit, id).await.map_err(Error::Refused)?;
    let visible = app.authority.visible(caller, id).await.map_err(Error::Refused)?;
    if let Visible::OfPartner(partner) = visible {
        let mut connection = app.pool.acquire().await?;
        if !store::sales_units::partner_sees(&mut connection, partner, id).await? {
            return Err(Error::MerchantNotFound);
        }
    }
    Ok(visible)
}
