//! What is known of a user where they want to do something: their role, and what they were given.

use kvitt_primitives::{MerchantId, Msn, UserId};
use kvitt_runtime::authority::matrix::{Grants, Role};
use sqlx::{PgConnection, Row as _, postgres::PgRow};

#[cfg(test)]
pub(crate) const STATEMENTS: &[&str] = &[SELECT_ON_UNIT, SELECT_IN_MERCHANT];

const SELECT_ON_UNIT: &str = "
    SELECT unit.merchant_id, member.role, given.transaction_management, given.developer
    FROM sales_units AS unit
    LEFT JOIN memberships AS member ON member.merchant_id = unit.merchant_id AND member.user_id = $2
    LEFT JOIN membership_units AS given
        ON given.user_id = member.user_id AND given.merchant_id = member.merchant_id AND given.msn = unit.msn
    WHERE unit.msn = $1";

const SELECT_IN_MERCHANT: &str = "
    SELECT member.role, given.transaction_management, given.developer
    FROM memberships AS member
    LEFT JOIN membership_units AS given
        ON given.user_id = member.user_id AND given.merchant_id = member.merchant_id
    WHERE member.user_id = $1 AND member.merchant_id = $2";

/// What a user is somewhere. An Administrator has every unit, and no grants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) role: Role,
    pub(crate) grants: Grants,
}

/// The merchant of a unit, and what the user is there; no part when they do not see the unit. `None` when no unit is known
/// by this number.
pub(crate) async fn find_on_unit(
    tx: &mut PgConnection,
    user_id: UserId,
    msn: &Msn,
) -> Result<Option<(MerchantId, Option<Part>)>, sqlx::Error> {
    let query = sqlx::query(SELECT_ON_UNIT).bind(msn.as_str()).bind(user_id.as_uuid());
    let row = query.fetch_optional(tx).await?;
    row.map(|row| Ok((MerchantId::from_uuid(row.try_get("merchant_id")?), part(&row)?))).transpose()
}

/// What the user is in a merchant: one part for every unit they were given, one for an Administrator.
pub(crate) async fn list_in_merchant(
    tx: &mut PgConnection,
    user_id: UserId,
    merchant_id: MerchantId,
) -> Result<Option<Vec<Part>>, sqlx::Error> {
    let query = sqlx::query(SELECT_IN_MERCHANT).bind(user_id.as_uuid()).bind(merchant_id.as_uuid());
    let rows = query.fetch_all(tx).await?;
    if rows.is_empty() {
        return Ok(None);
    }
    let parts = rows.iter().map(part).filter_map(Result::transpose).collect::<Result<_, _>>()?;
    Ok(Some(parts))
}

/// The part in a row that joined a membership and one of its units, or none of either.
fn part(row: &PgRow) -> Result<Option<Part>, sqlx::Error> {
    let role = match row.try_get::<Option<&str>, _>("role")? {
        None => return Ok(None),
        Some("ADMINISTRATOR") => {
            return Ok(Some(Part { role: Role::Administrator, grants: Grants::default() }));
        }
        Some("SALES_UNIT_MANAGER") => Role::SalesUnitManager,
        Some("ASSISTANT") => Role::Assistant,
        Some(_) => return Err(sqlx::Error::Decode("a role that nobody knows".into())),
    };
    let (manages, develops): (Option<bool>, Option<bool>) =
        (row.try_get("transaction_management")?, row.try_get("developer")?);
    Ok(manages.zip(develops).map(|(transaction_management, developer)| Part {
        role,
        grants: Grants { transaction_management, developer },
    }))
}
