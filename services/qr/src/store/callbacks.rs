//! `merchant_callbacks`: codes whose scan tells the merchant; and `beacons`, whose each of MobilePay's is.

use kvitt_primitives::Msn;
use sqlx::{PgConnection, Row as _, postgres::PgRow};

use super::{Page, Place, broken};
use crate::domain::{
    Beacon, Callback, Code,
    callback::{CallbackId, Category},
};

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] =
    &[PUT, IMPORT, TAKE_BEACON, LEAVE_BEACON, FIND, FIND_BY_CODE, FIND_BY_BEACON, LIST, DELETE];

/// What is printed stays as it was.
const PUT: &str = "\
INSERT INTO merchant_callbacks (msn, merchant_qr_id, code, beacon, location_description, category, created_at)
VALUES ($1, $2, $3, FALSE, $4, $5, $6)
ON CONFLICT ON CONSTRAINT merchant_callbacks_pkey DO UPDATE
SET location_description = excluded.location_description, category = excluded.category";

/// As above, but where it hangs stays as it was, and a code of the merchant's own becomes the beacon's too.
const IMPORT: &str = "\
INSERT INTO merchant_callbacks (msn, merchant_qr_id, code, beacon, location_description, category, created_at)
VALUES ($1, $2, $3, TRUE, $4, $5, $6)
ON CONFLICT ON CONSTRAINT merchant_callbacks_pkey DO UPDATE
SET location_description = excluded.location_description, beacon = TRUE";

/// Nobody takes over what another has. The row is written either way, so that it is locked and answers whose it is.
const TAKE_BEACON: &str = "\
INSERT INTO beacons AS known (beacon_id, msn) VALUES ($1, $2)
ON CONFLICT ON CONSTRAINT beacons_pkey DO UPDATE SET msn = known.msn
RETURNING msn";

const LEAVE_BEACON: &str = "DELETE FROM beacons WHERE beacon_id = $1 AND msn = $2";

const FIND: &str = "\
SELECT msn, merchant_qr_id, code, beacon, location_description, category, created_at FROM merchant_callbacks
WHERE msn = $1 AND merchant_qr_id = $2";

const FIND_BY_CODE: &str = "\
SELECT msn, merchant_qr_id, code, beacon, location_description, category, created_at FROM merchant_callbacks
WHERE code = $1";

const FIND_BY_BEACON: &str = "\
SELECT msn, merchant_qr_id, code, beacon, location_description, category, created_at
FROM beacons JOIN merchant_callbacks USING (msn)
WHERE beacon_id = $1 AND merchant_qr_id = $1";

const LIST: &str = "\
SELECT msn, merchant_qr_id, code, beacon, location_description, category, created_at FROM merchant_callbacks
WHERE msn = $1 AND (created_at, merchant_qr_id) > ($2, $3)
ORDER BY created_at, merchant_qr_id LIMIT $4";

const DELETE: &str = "DELETE FROM merchant_callbacks WHERE msn = $1 AND merchant_qr_id = $2 RETURNING beacon";

const IN_STORE: i16 = 1;
const VENDING: i16 = 2;

/// Keeps a code, or what it says from now on.
pub(crate) async fn put(connection: &mut PgConnection, callback: &Callback) -> Result<(), sqlx::Error> {
    write(connection, PUT, callback).await
}

/// Keeps a code that was printed long ago, or what it says from now on. False when the beacon is another unit's, and then
/// the transaction must not be committed.
pub(crate) async fn import(
    tx: &mut PgConnection,
    callback: &Callback,
    beacon: &Beacon,
) -> Result<bool, sqlx::Error> {
    // In the order in which it is deleted, so that nobody waits for each other.
    write(&mut *tx, IMPORT, callback).await?;
    let take = sqlx::query_scalar(TAKE_BEACON).bind(beacon.as_str()).bind(callback.msn.as_str());
    let owner: String = take.fetch_one(tx).await?;
    Ok(owner == callback.msn.as_str())
}

async fn write(
    connection: &mut PgConnection,
    statement: &'static str,
    callback: &Callback,
) -> Result<(), sqlx::Error> {
    let category = match callback.category {
        Category::InStore => IN_STORE,
        Category::Vending => VENDING,
    };
    let write = sqlx::query(statement)
        .bind(callback.msn.as_str())
        .bind(callback.id.as_str())
        .bind(callback.code.as_str())
        .bind(callback.location.as_str())
        .bind(category)
        .bind(callback.created_at);
    write.execute(connection).await.map(|_| ())
}

/// The unit's own of that name.
pub(crate) async fn find(
    connection: &mut PgConnection,
    msn: &Msn,
    id: &CallbackId,
) -> Result<Option<Callback>, sqlx::Error> {
    let find = sqlx::query(FIND).bind(msn.as_str()).bind(id.as_str());
    find.fetch_optional(connection).await?.as_ref().map(callback).transpose()
}

/// Whosever it is that is printed so.
pub(crate) async fn find_by_code(
    connection: &mut PgConnection,
    code: &Code,
) -> Result<Option<Callback>, sqlx::Error> {
    let find = sqlx::query(FIND_BY_CODE).bind(code.as_str());
    find.fetch_optional(connection).await?.as_ref().map(callback).transpose()
}

/// Whosever it is that the beacon is.
pub(crate) async fn find_by_beacon(
    connection: &mut PgConnection,
    beacon: &Beacon,
) -> Result<Option<Callback>, sqlx::Error> {
    let find = sqlx::query(FIND_BY_BEACON).bind(beacon.as_str());
    find.fetch_optional(connection).await?.as_ref().map(callback).transpose()
}

/// A page of a unit's, oldest first, and what the next page comes behind.
pub(crate) async fn list(
    connection: &mut PgConnection,
    msn: &Msn,
    page: &Page,
) -> Result<(Vec<Callback>, Option<Place>), sqlx::Error> {
    let list = sqlx::query(LIST)
        .bind(msn.as_str())
        .bind(page.after.created_at)
        .bind(&page.after.id)
        .bind(page.limit());
    let rows = list.fetch_all(connection).await?;
    let rows = rows.iter().map(callback).collect::<Result<Vec<_>, _>>()?;
    Ok(page.cut(rows, |it| Place { created_at: it.created_at, id: it.id.as_str().to_owned() }))
}

/// Whether there was one to delete. Its beacon is nobody's afterwards.
pub(crate) async fn delete(tx: &mut PgConnection, msn: &Msn, id: &CallbackId) -> Result<bool, sqlx::Error> {
    let delete = sqlx::query_scalar(DELETE).bind(msn.as_str()).bind(id.as_str());
    let Some(beacon) = delete.fetch_optional(&mut *tx).await? else { return Ok(false) };
    if beacon {
        sqlx::query(LEAVE_BEACON).bind(id.as_str()).bind(msn.as_str()).execute(tx).await?;
    }
    Ok(true)
}

fn callback(row: &PgRow) -> Result<Callback, sqlx::Error> {
    let text = |column: &str| row.try_get::<&str, _>(column);
    let id = text("merchant_qr_id")?;
    let beacon = row.try_get("beacon")?;
    let beacon = if beacon { Some(id.parse().map_err(|_| broken("beacon"))?) } else { None };
    Ok(Callback {
        msn: text("msn")?.parse().map_err(|_| broken("msn"))?,
        id: id.parse().map_err(|_| broken("merchant_qr_id"))?,
        code: text("code")?.parse().map_err(|_| broken("code"))?,
        beacon,
        location: text("location_description")?.parse().map_err(|_| broken("location_description"))?,
        category: match row.try_get("category")? {
            IN_STORE => Category::InStore,
            VENDING => Category::Vending,
            _ => return Err(broken("category")),
        },
        created_at: row.try_get("created_at")?,
    })
}
