//! Sets and reads the logo of a unit.

use serde_json::json;
use sha2::{Digest as _, Sha256};

use kvitt_primitives::{Invalid, Msn};
use kvitt_runtime::{Action, Caller};

use super::to_change;
use crate::{
    app::{App, By, Error, audit},
    domain::{Logo, SalesUnit},
    store::{logos, sales_units},
};

/// The unit has this logo from now on.
pub(crate) async fn set_logo(app: &App, caller: &Caller, msn: &Msn, png: Vec<u8>) -> Result<(), Error> {
    app.authority.may(caller, Action::EditSalesUnit, msn).await.map_err(Error::Refused)?;
    let broken = |Invalid { rule }| Error::Field { field: "png", rule };
    let logo = decoded_logo(Logo::try_new(png).map_err(broken)?).await.map_err(broken)?;
    let by = By::caller(caller, &app.clock);
    kvitt_postgres::transaction!(&app.pool, "set_sales_unit_logo", async |tx| -> Result<(), Error> {
        let (before, revision) = to_change(tx, msn).await?;
        before.changeable()?;
        logos::put(tx, msn, &logo, by.at).await?;
        let unit = SalesUnit { has_logo: true, ..before };
        // The unit's row tells that it has changed, although its columns have not.
        sales_units::update(tx, &unit, revision).await?;
        let sha256: String = Sha256::digest(logo.png()).iter().map(|byte| format!("{byte:02x}")).collect();
        let what = json!({ "bytes": logo.png().len(), "sha256": sha256 });
        audit::about_unit(tx, &by, "unit.logo_set", &unit, what).await?;
        Ok(())
    })
}

/// The logo of a unit that the caller may see.
pub(crate) async fn get_logo(app: &App, caller: &Caller, msn: &Msn) -> Result<Vec<u8>, Error> {
    app.authority.may(caller, Action::ReadSalesUnit, msn).await.map_err(Error::Refused)?;
    let mut connection = app.pool.acquire().await?;
    if let Some(png) = logos::find(&mut connection, msn).await? {
        return Ok(png);
    }
    sales_units::find(&mut connection, msn).await?.ok_or(Error::SalesUnitNotFound)?;
    Err(Error::LogoNotFound)
}

/// Decoding a picture takes so long that others would notice. A decoder that gives up in a panic has no picture for us
/// either.
pub(crate) async fn decoded_logo(logo: Logo) -> Result<Logo, Invalid> {
    let decoding = tokio::task::spawn_blocking(move || logo.decoded());
    decoding.await.unwrap_or(Err(Invalid { rule: "must be a PNG file" }))
}
