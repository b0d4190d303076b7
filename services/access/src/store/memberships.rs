//! The parts that users have in merchants.

use std::collections::HashMap;

use kvitt_primitives::{MerchantId, Msn, UserId};
use sqlx::{PgConnection, Row as _, postgres::PgRow};
use uuid::Uuid;

use super::{
    revision::{self, AsOf},
    users::{self, StoredUser},
};
use crate::domain::membership::{Membership, Role, UnitGrant};

#[cfg(test)]
pub(crate) const STATEMENTS: &[&str] = &[
    INSERT,
    SET_ROLE,
    DELETE,
    INSERT_UNITS,
    DELETE_UNITS,
    SELECT,
    SELECT_UNITS,
    SELECT_OF_USER,
    SELECT_PAGE,
    SEARCH_PAGE,
    LOCK_ANOTHER_ADMINISTRATOR,
    SELECT_FOREIGN_UNITS,
];

const INSERT: &str = "
    INSERT INTO memberships (merchant_id, user_id, role, name_key)
    VALUES ($1, $2, $3, $4)
    ON CONFLICT (merchant_id, user_id) DO NOTHING";

const SET_ROLE: &str = "UPDATE memberships SET role = $3 WHERE merchant_id = $1 AND user_id = $2";

const DELETE: &str = "DELETE FROM memberships WHERE merchant_id = $1 AND user_id = $2";

const INSERT_UNITS: &str = "
    INSERT INTO membership_units (user_id, merchant_id, msn, transaction_management, developer)
    SELECT $2, $1, msn, transaction_management, developer
    FROM UNNEST($3::text[], $4::boolean[], $5::boolean[]) AS given (msn, transaction_management, developer)";

const DELETE_UNITS: &str = "DELETE FROM membership_units WHERE merchant_id = $1 AND user_id = $2";

const SELECT: &str = "
    SELECT member.role, person.user_id, person.country, person.name, person.activated_at
    FROM memberships AS member JOIN users AS person ON person.user_id = member.user_id
    WHERE member.merchant_id = $1 AND member.user_id = $2";

const SELECT_UNITS: &str = "
    SELECT user_id, msn, transaction_management, developer FROM membership_units
    WHERE merchant_id = $1 AND user_id = ANY ($2)
    ORDER BY user_id, msn";

/// One row at least: the revision is there, whatever the user is.
const SELECT_OF_USER: &str = "
    SELECT revision.value AS revision, member.merchant_id, member.role,
           given.msn, given.transaction_management, given.developer
    FROM revision
    LEFT JOIN memberships AS member ON member.user_id = $1
    LEFT JOIN membership_units AS given
        ON given.user_id = member.user_id AND given.merchant_id = member.merchant_id
    ORDER BY member.merchant_id, given.msn";

/// The page first, out of the index alone; then its users.
const SELECT_PAGE: &str = "
    SELECT page.name_key, page.role, person.user_id, person.country, person.name, person.activated_at
    FROM (
        SELECT member.user_id, member.name_key, member.role FROM memberships AS member
        WHERE member.merchant_id = $1 AND (member.name_key, member.user_id) > ($2, $3)
        ORDER BY member.name_key, member.user_id
        LIMIT $4
    ) AS page JOIN users AS person ON person.user_id = page.user_id
    ORDER BY page.name_key, page.user_id";

/// Likewise, of those whose names hold a text. No pattern, so nothing in the text has a meaning of its own.
const SEARCH_PAGE: &str = "
    SELECT page.name_key, page.role, person.user_id, person.country, person.name, person.activated_at
    FROM (
        SELECT member.user_id, member.name_key, member.role FROM memberships AS member
        WHERE member.merchant_id = $1 AND (member.name_key, member.user_id) > ($2, $3)
            AND strpos(member.name_key, $5) > 0
        ORDER BY member.name_key, member.user_id
        LIMIT $4
    ) AS page JOIN users AS person ON person.user_id = page.user_id
    ORDER BY page.name_key, page.user_id";

const LOCK_ANOTHER_ADMINISTRATOR: &str = "
    SELECT user_id FROM memberships
    WHERE merchant_id = $1 AND role = 'ADMINISTRATOR' AND user_id <> $2
    LIMIT 1
    FOR UPDATE";

const SELECT_FOREIGN_UNITS: &str = "
    SELECT given.msn FROM UNNEST($2::text[]) AS given (msn)
    WHERE NOT EXISTS (
        SELECT FROM sales_units AS unit WHERE unit.msn = given.msn AND unit.merchant_id = $1
    )";

/// A user and their part in a merchant.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Member {
    pub(crate) user: StoredUser,
    pub(crate) membership: Membership,
}

/// Where a page begins: behind this member. There is no Debug: a name is personal data.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) name_key: String,
    pub(crate) user_id: UserId,
}

/// Whether the part was stored; `false` when the user has one there.
pub(crate) async fn insert(
    tx: &mut PgConnection,
    user_id: UserId,
    name_key: &str,
    membership: &Membership,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query(INSERT)
        .bind(membership.merchant_id().as_uuid())
        .bind(user_id.as_uuid())
        .bind(membership.role().code())
        .bind(name_key)
        .execute(&mut *tx)
        .await?;
    if done.rows_affected() == 0 {
        return Ok(false);
    }
    insert_units(tx, user_id, membership).await?;
    Ok(true)
}

/// Replaces the part that the user has there.
pub(crate) async fn set(
    tx: &mut PgConnection,
    user_id: UserId,
    membership: &Membership,
) -> Result<(), sqlx::Error> {
    let merchant_id = membership.merchant_id().as_uuid();
    sqlx::query(SET_ROLE)
        .bind(merchant_id)
        .bind(user_id.as_uuid())
        .bind(membership.role().code())
        .execute(&mut *tx)
        .await?;
    sqlx::query(DELETE_UNITS).bind(merchant_id).bind(user_id.as_uuid()).execute(&mut *tx).await?;
    insert_units(tx, user_id, membership).await
}

/// Takes the part away, and its units with it.
pub(crate) async fn delete(
    tx: &mut PgConnection,
    merchant_id: MerchantId,
    user_id: UserId,
) -> Result<(), sqlx::Error> {
    sqlx::query(DELETE).bind(merchant_id.as_uuid()).bind(user_id.as_uuid()).execute(tx).await?;
    Ok(())
}

async fn insert_units(
    tx: &mut PgConnection,
    user_id: UserId,
    membership: &Membership,
) -> Result<(), sqlx::Error> {
    let units = membership.units();
    if units.is_empty() {
        return Ok(());
    }
    let msns: Vec<_> = units.iter().map(|unit| unit.msn.as_str()).collect();
    let managed: Vec<_> = units.iter().map(|unit| unit.transaction_management).collect();
    let developed: Vec<_> = units.iter().map(|unit| unit.developer).collect();
    sqlx::query(INSERT_UNITS)
        .bind(membership.merchant_id().as_uuid())
        .bind(user_id.as_uuid())
        .bind(msns)
        .bind(managed)
        .bind(developed)
        .execute(tx)
        .await?;
    Ok(())
}

/// The user and their part in the merchant.
pub(crate) async fn find(
    tx: &mut PgConnection,
    merchant_id: MerchantId,
    user_id: UserId,
) -> Result<Option<Member>, sqlx::Error> {
    let query = sqlx::query(SELECT).bind(merchant_id.as_uuid()).bind(user_id.as_uuid());
    let Some(row) = query.fetch_optional(&mut *tx).await? else { return Ok(None) };
    let mut units = list_units(tx, merchant_id, &[user_id]).await?;
    member(&row, merchant_id, &mut units).map(Some)
}

/// Every part of a user, by merchant id; none for an unknown user.
pub(crate) async fn list_of_user(
    tx: &mut PgConnection,
    user_id: UserId,
) -> Result<AsOf<Vec<Membership>>, sqlx::Error> {
    let rows = sqlx::query(SELECT_OF_USER).bind(user_id.as_uuid()).fetch_all(tx).await?;
    let mut parts: Vec<(MerchantId, Role, Vec<UnitGrant>)> = Vec::new();
    for row in &rows {
        let Some(merchant_id) = row.try_get::<Option<Uuid>, _>("merchant_id")?.map(MerchantId::from_uuid)
        else {
            continue;
        };
        if parts.last().is_none_or(|(last, ..)| *last != merchant_id) {
            parts.push((merchant_id, role(row)?, Vec::new()));
        }
        if let (Some((.., units)), Some(_)) = (parts.last_mut(), row.try_get::<Option<&str>, _>("msn")?) {
            units.push(unit(row)?);
        }
    }
    let memberships = parts.into_iter().map(|(merchant_id, role, units)| valid(merchant_id, role, units));
    Ok(AsOf { value: memberships.collect::<Result<_, _>>()?, revision: revision::of(&rows)? })
}

/// The first `limit` members behind a place whose names, in lower case, hold a text, with their places.
pub(crate) async fn list(
    tx: &mut PgConnection,
    merchant_id: MerchantId,
    text: &str,
    after: Option<&Place>,
    limit: i64,
) -> Result<Vec<(Place, Member)>, sqlx::Error> {
    let query = sqlx::query(if text.is_empty() { SELECT_PAGE } else { SEARCH_PAGE })
        .bind(merchant_id.as_uuid())
        .bind(after.map_or("", |after| &after.name_key))
        .bind(after.map_or(Uuid::nil(), |after| after.user_id.as_uuid()))
        .bind(limit);
    let query = if text.is_empty() { query } else { query.bind(text) };
    let rows = query.fetch_all(&mut *tx).await?;
    let users: Vec<_> =
        rows.iter().map(|row| row.try_get("user_id").map(UserId::from_uuid)).collect::<Result<_, _>>()?;
    let mut units = list_units(tx, merchant_id, &users).await?;
    rows.iter()
        .map(|row| {
            let member = member(row, merchant_id, &mut units)?;
            Ok((Place { name_key: row.try_get("name_key")?, user_id: member.user.user_id }, member))
        })
        .collect()
}

/// How many other Administrators the merchant has, as far as it matters: none, or one who stays one until the
/// transaction ends.
pub(crate) async fn lock_another_administrator(
    tx: &mut PgConnection,
    merchant_id: MerchantId,
    user_id: UserId,
) -> Result<i64, sqlx::Error> {
    let query = sqlx::query(LOCK_ANOTHER_ADMINISTRATOR).bind(merchant_id.as_uuid()).bind(user_id.as_uuid());
    Ok(query.fetch_optional(tx).await?.map_or(0, |_| 1))
}

/// Those of the part's units that are not known as the merchant's.
pub(crate) async fn list_foreign_units(
    tx: &mut PgConnection,
    membership: &Membership,
) -> Result<Vec<Msn>, sqlx::Error> {
    let msns: Vec<_> = membership.units().iter().map(|unit| unit.msn.as_str()).collect();
    let query = sqlx::query(SELECT_FOREIGN_UNITS).bind(membership.merchant_id().as_uuid()).bind(msns);
    query.fetch_all(tx).await?.iter().map(msn).collect()
}

async fn list_units(
    tx: &mut PgConnection,
    merchant_id: MerchantId,
    users: &[UserId],
) -> Result<HashMap<Uuid, Vec<UnitGrant>>, sqlx::Error> {
    let users: Vec<_> = users.iter().map(|user| user.as_uuid()).collect();
    let rows = sqlx::query(SELECT_UNITS).bind(merchant_id.as_uuid()).bind(users).fetch_all(tx).await?;
    let mut units = HashMap::<_, Vec<_>>::new();
    for row in &rows {
        units.entry(row.try_get("user_id")?).or_default().push(unit(row)?);
    }
    Ok(units)
}

fn member(
    row: &PgRow,
    merchant_id: MerchantId,
    units: &mut HashMap<Uuid, Vec<UnitGrant>>,
) -> Result<Member, sqlx::Error> {
    let user = users::user(row)?;
    let units = units.remove(&user.user_id.as_uuid()).unwrap_or_default();
    Ok(Member { user, membership: valid(merchant_id, role(row)?, units)? })
}

fn role(row: &PgRow) -> Result<Role, sqlx::Error> {
    let code: &str = row.try_get("role")?;
    Role::from_code(code).ok_or_else(|| sqlx::Error::Decode("a role that nobody knows".into()))
}

fn unit(row: &PgRow) -> Result<UnitGrant, sqlx::Error> {
    Ok(UnitGrant {
        msn: msn(row)?,
        transaction_management: row.try_get("transaction_management")?,
        developer: row.try_get("developer")?,
    })
}

fn msn(row: &PgRow) -> Result<Msn, sqlx::Error> {
    row.try_get::<&str, _>("msn")?
        .parse()
        .map_err(|invalid: kvitt_primitives::Invalid| sqlx::Error::Decode(invalid.into()))
}

fn valid(merchant_id: MerchantId, role: Role, units: Vec<UnitGrant>) -> Result<Membership, sqlx::Error> {
    Membership::try_new(merchant_id, role, units).map_err(|broken| sqlx::Error::Decode(broken.rule.into()))
}
