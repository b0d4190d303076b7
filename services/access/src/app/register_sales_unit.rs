//! Makes known whose a unit without keys is.

use kvitt_primitives::{MerchantId, Msn};

use super::{App, keep};
use crate::error::Error;

/// Makes the unit known as this merchant's, so that its people and its accountants can be given rights on it. The same again
/// changes nothing.
pub(crate) async fn register_sales_unit(app: &App, msn: &Msn, merchant_id: MerchantId) -> Result<(), Error> {
    kvitt_postgres::transaction!(&app.pool, "register_sales_unit", async |tx| -> Result<(), Error> {
        keep::know_unit(tx, msn, merchant_id).await
    })
}
