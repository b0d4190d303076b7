//! The units that a part names.

use sqlx::PgConnection;

use crate::{domain::membership::Membership, error::Error, store::memberships as store};

/// Passes when every unit of the part is one of the merchant's.
pub(super) async fn must_be_the_merchants(
    tx: &mut PgConnection,
    membership: &Membership,
) -> Result<(), Error> {
    let foreign = store::list_foreign_units(tx, membership).await?;
    if foreign.is_empty() { Ok(()) } else { Err(Error::ForeignUnits(foreign)) }
}
