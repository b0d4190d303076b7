//! The table `categories`.

use chrono::{DateTime, Utc};
use kvitt_postgres::violated_constraint;
use kvitt_primitives::{CategoryId, Msn};
use sqlx::{PgConnection, Row as _, postgres::PgRow};

use super::parse;
use crate::domain::{Category, Link, MOST_CATEGORIES, Order, OrderId};

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[SET, ADD, LATEST, LIST, SELECT, DELETE];

const SET: &str = "
    INSERT INTO categories (msn, category_id, payment_type, order_id, category_type, url, image_id, is_set, given_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, true, $8)
    ON CONFLICT (msn, payment_type, order_id) WHERE is_set DO UPDATE
    SET category_id = EXCLUDED.category_id, category_type = EXCLUDED.category_type, url = EXCLUDED.url,
        image_id = EXCLUDED.image_id, given_at = EXCLUDED.given_at";

// Two that are added at once may both find room for one: the limit is against thousands.
const ADD: &str = "
    INSERT INTO categories (msn, category_id, payment_type, order_id, category_type, url, image_id, is_set, given_at)
    SELECT $1, $2, $3, $4, $5, $6, $7, false, $8
    WHERE $9 > (
        SELECT count(*) FROM categories WHERE msn = $1 AND payment_type = $3 AND order_id = $4 AND NOT is_set
    )";

const LATEST: &str = "
    SELECT category_id, payment_type, order_id, category_type, url, image_id FROM categories
    WHERE msn = $1 AND payment_type = $2 AND order_id = $3
    ORDER BY category_id DESC
    LIMIT 1";

const LIST: &str = "
    SELECT category_id, payment_type, order_id, category_type, url, image_id FROM categories
    WHERE msn = $1 AND order_id = $2
    ORDER BY category_id
    LIMIT $3";

const SELECT: &str = "
    SELECT category_id, payment_type, order_id, category_type, url, image_id FROM categories
    WHERE msn = $1 AND category_id = $2";

const DELETE: &str = "DELETE FROM categories WHERE msn = $1 AND category_id = $2";

/// More than one order has, of all kinds together and added at once.
const MOST_LISTED: i64 = 4 * MOST_CATEGORIES;

/// What came of giving an order a category.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Given {
    /// It has it.
    Done,
    /// The order has as many as it may have.
    Full,
    /// The unit has no such picture.
    NoImage,
}

/// The order's category, in place of the one that was set before.
pub(crate) async fn set(
    connection: &mut PgConnection,
    category: &Category,
    now: DateTime<Utc>,
) -> Result<Given, sqlx::Error> {
    given(values(SET, category, now).execute(connection).await.map(|_| true))
}

/// One more category of the order.
pub(crate) async fn add(
    connection: &mut PgConnection,
    category: &Category,
    now: DateTime<Utc>,
) -> Result<Given, sqlx::Error> {
    let added = values(ADD, category, now).bind(MOST_CATEGORIES).execute(connection).await;
    given(added.map(|done| done.rows_affected() == 1))
}

fn given(stored: Result<bool, sqlx::Error>) -> Result<Given, sqlx::Error> {
    match stored {
        Ok(true) => Ok(Given::Done),
        Ok(false) => Ok(Given::Full),
        Err(error) if violated_constraint(&error) == Some("categories_image_fkey") => Ok(Given::NoImage),
        Err(error) => Err(error),
    }
}

fn values<'a>(
    statement: &'static str,
    category: &'a Category,
    now: DateTime<Utc>,
) -> sqlx::query::Query<'a, sqlx::Postgres, sqlx::postgres::PgArguments> {
    let Category { category_id, order, link } = category;
    sqlx::query(statement)
        .bind(order.msn.as_str())
        .bind(category_id.as_uuid())
        .bind(order.payment_type.as_str())
        .bind(order.order_id.as_str())
        .bind(link.category_type.as_str())
        .bind(link.url.as_str())
        .bind(link.image_id.as_ref().map(|image_id| image_id.as_str()))
        .bind(now)
}

/// The category that the order was given last.
pub(crate) async fn find_latest(
    connection: &mut PgConnection,
    order: &Order,
) -> Result<Option<Category>, sqlx::Error> {
    let row = sqlx::query(LATEST)
        .bind(order.msn.as_str())
        .bind(order.payment_type.as_str())
        .bind(order.order_id.as_str())
        .fetch_optional(connection)
        .await?;
    row.map(|row| category(&order.msn, &row)).transpose()
}

/// Every category of the order, whatever it is paid through, oldest first.
pub(crate) async fn list(
    connection: &mut PgConnection,
    msn: &Msn,
    order_id: &OrderId,
) -> Result<Vec<Category>, sqlx::Error> {
    let list = sqlx::query(LIST).bind(msn.as_str()).bind(order_id.as_str()).bind(MOST_LISTED);
    list.fetch_all(connection).await?.iter().map(|row| category(msn, row)).collect()
}

/// A category of the unit.
pub(crate) async fn find(
    connection: &mut PgConnection,
    msn: &Msn,
    category_id: CategoryId,
) -> Result<Option<Category>, sqlx::Error> {
    let select = sqlx::query(SELECT).bind(msn.as_str()).bind(category_id.as_uuid());
    select.fetch_optional(connection).await?.map(|row| category(msn, &row)).transpose()
}

/// Takes a category of the unit away; false when it has none of this id.
pub(crate) async fn delete(
    connection: &mut PgConnection,
    msn: &Msn,
    category_id: CategoryId,
) -> Result<bool, sqlx::Error> {
    let delete = sqlx::query(DELETE).bind(msn.as_str()).bind(category_id.as_uuid());
    Ok(delete.execute(connection).await?.rows_affected() == 1)
}

fn category(msn: &Msn, row: &PgRow) -> Result<Category, sqlx::Error> {
    let order = Order {
        msn: msn.clone(),
        payment_type: parse(row.try_get("payment_type")?)?,
        order_id: parse(row.try_get("order_id")?)?,
    };
    let image_id: Option<&str> = row.try_get("image_id")?;
    let link = Link {
        category_type: parse(row.try_get("category_type")?)?,
        url: parse(row.try_get("url")?)?,
        image_id: image_id.map(parse).transpose()?,
    };
    Ok(Category { category_id: CategoryId::from_uuid(row.try_get("category_id")?), order, link })
}
