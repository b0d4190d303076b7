//! The table `images`.

use chrono::{DateTime, Utc};
use kvitt_primitives::Msn;
use sqlx::{PgConnection, Row as _};

use crate::domain::{Image, ImageId};

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[INSERT, EXISTS, SELECT];

const INSERT: &str = "
    INSERT INTO images (msn, image_id, media_type, data, added_at) VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT DO NOTHING";

const EXISTS: &str = "SELECT EXISTS (SELECT FROM images WHERE msn = $1 AND image_id = $2)";

const SELECT: &str = "SELECT data, media_type FROM images WHERE msn = $1 AND image_id = $2";

/// A picture as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stored {
    pub(crate) data: Vec<u8>,
    pub(crate) media_type: String,
}

/// Keeps a picture; false, and nothing done, when the unit has one of this id.
pub(crate) async fn insert(
    connection: &mut PgConnection,
    (msn, image_id): (&Msn, &ImageId),
    image: &Image,
    now: DateTime<Utc>,
) -> Result<bool, sqlx::Error> {
    let insert = sqlx::query(INSERT)
        .bind(msn.as_str())
        .bind(image_id.as_str())
        .bind(image.media_type().as_str())
        .bind(image.data())
        .bind(now);
    Ok(insert.execute(connection).await?.rows_affected() == 1)
}

/// Whether the unit has a picture of this id.
pub(crate) async fn exists(
    connection: &mut PgConnection,
    msn: &Msn,
    image_id: &ImageId,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar(EXISTS).bind(msn.as_str()).bind(image_id.as_str()).fetch_one(connection).await
}

/// The picture, if the unit has it.
pub(crate) async fn find(
    connection: &mut PgConnection,
    msn: &Msn,
    image_id: &ImageId,
) -> Result<Option<Stored>, sqlx::Error> {
    let row =
        sqlx::query(SELECT).bind(msn.as_str()).bind(image_id.as_str()).fetch_optional(connection).await?;
    row.map(|row| Ok(Stored { data: row.try_get("data")?, media_type: row.try_get("media_type")? }))
        .transpose()
}
