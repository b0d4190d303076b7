//! Units that take payments.

mod change_settlement_account;
mod change_settlement_frequency;
mod create_sales_unit;
mod create_test_sales_unit;
mod deactivate_sales_unit;
mod decide_settlement_account;
mod get_sales_unit;
mod list_accessible_sales_units;
mod list_sales_unit_changes;
mod list_sales_units;
mod logo;
mod make_available;
mod open;
mod reactivate_sales_unit;
mod resolve_sales_unit;
mod update_sales_unit;

use sqlx::PgConnection;

use kvitt_primitives::Msn;

use super::{By, Error, audit};
use crate::{domain::SalesUnit, store};

pub(crate) use change_settlement_account::change_settlement_account;
pub(crate) use change_settlement_frequency::change_settlement_frequency;
pub(crate) use create_sales_unit::create_sales_unit;
pub(crate) use create_test_sales_unit::{TestUnit, create_test_sales_unit};
pub(crate) use deactivate_sales_unit::deactivate_sales_unit;
pub(crate) use decide_settlement_account::{decide_due_accounts, decide_settlement_account};
pub(crate) use get_sales_unit::get_sales_unit;
pub(crate) use list_accessible_sales_units::{MOST_ACCESSIBLE_PER_PAGE, list_accessible_sales_units};
pub(crate) use list_sales_unit_changes::{Changed, list_sales_unit_changes};
pub(crate) use list_sales_units::{Listed, MOST_PER_PAGE, list_sales_units};
pub(crate) use logo::{decoded_logo, get_logo, set_logo};
pub(crate) use make_available::make_available;
pub(crate) use open::open;
pub(crate) use reactivate_sales_unit::reactivate_sales_unit;
pub(crate) use resolve_sales_unit::{OwnUnits, resolve_sales_unit};
pub(crate) use update_sales_unit::{Update, update_sales_unit};

/// The unit, to be changed at the revision that is answered with it. Asked for before anything else, so that
/// transactions that change units come one after the other.
pub(crate) async fn to_change(tx: &mut PgConnection, msn: &Msn) -> Result<(SalesUnit, i64), Error> {
    let revision = store::revision::advance(tx).await?;
    let unit = store::sales_units::find_to_change(tx, msn).await?.ok_or(Error::SalesUnitNotFound)?;
    Ok((unit, revision))
}

/// Stores what has changed about a unit besides its account, with an entry in the audit log. Answers the unit.
pub(crate) async fn change(
    tx: &mut PgConnection,
    by: &By,
    action: &'static str,
    (before, revision): (SalesUnit, i64),
    after: SalesUnit,
) -> Result<SalesUnit, Error> {
    if before != after {
        store::sales_units::update(tx, &after, revision).await?;
        audit::unit(tx, by, action, Some(&before), &after).await?;
    }
    Ok(after)
}

#[cfg(test)]
mod tests;
