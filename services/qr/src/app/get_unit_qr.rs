//! The code of a VM number.

use kvitt_primitives::Msn;
use kvitt_proto::merchant::v1::ProductType;

use super::{App, Error, fresh_code};
use crate::{
    domain::{Code, Kind},
    store::unit_codes,
};

/// The unit's code, always the same; made when it is asked for first.
pub(crate) async fn get_unit_qr(app: &App, msn: &Msn) -> Result<Code, Error> {
    let unit = app.find_unit(msn).await?;
    unit.filter(|unit| unit.product_type() == ProductType::VmNumber).ok_or(Error::UnitNotFound)?;
    let mut connection = app.pool.acquire().await?;
    if let Some(code) = unit_codes::find(&mut connection, msn).await? {
        return Ok(code);
    }
    Ok(unit_codes::insert(&mut connection, msn, &fresh_code(Kind::Unit)?).await?)
}
