//! Seals again, under the newest key-encryption key, what stands in a database sealed under an older one. Then the older one
//! can be taken away.

use std::time::Duration;

use sqlx::{PgPool, Row as _};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{Error, KeyEncryptionKey, Purpose};

/// So many values are looked at with one statement.
const AT_ONCE: i64 = 500;

/// The pause between two looks, and after one that found something. An instance that has not heard of the newest key yet goes on
/// sealing under the older one.
const LOOK_EVERY: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_secs(1);

/// A column whose texts are sealed. A row is known by its owner and by what else its key has.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// What it is called in logs.
    pub name: &'static str,
    /// What its texts are.
    pub purpose: Purpose,
    /// Comes before the first row: an owner, and the rest of the key.
    pub first: (&'static str, &'static str),
    /// `owner`, `key` (both text) and `sealed` of the rows after `$1` and `$2`, in that order, no more than `$3`.
    pub select: &'static str,
    /// Sets the value of the row of `$1` and `$2` to `$4`, if it is still `$3`.
    pub update: &'static str,
    /// Whom the owner stands for in what is sealed.
    pub owner: fn(&str) -> Option<Uuid>,
}

/// What one look at all columns came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Look {
    /// How many values were sealed again.
    pub resealed: u64,
    /// How many open under no key that is known.
    pub lost: u64,
}

/// Whose id it is.
pub fn uuid(owner: &str) -> Option<Uuid> {
    owner.parse().ok()
}

/// Looks again and again until told to stop, as long as there are older keys.
pub async fn run(pool: &PgPool, key: &KeyEncryptionKey, columns: &[Column], shutdown: &CancellationToken) {
    while key.has_older() {
        let Some(looked) = shutdown.run_until_cancelled(look(pool, key, columns)).await else { return };
        let mut pause = LOOK_EVERY;
        match looked {
            Ok(Look { resealed: 0, lost: 0 }) => {
                tracing::info!("nothing is sealed under an older key-encryption key");
            }
            Ok(Look { resealed, lost }) => {
                tracing::info!(resealed, lost, "sealed again under the newest key-encryption key");
                if resealed > 0 {
                    pause = PAUSE;
                }
            }
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(error, "what is sealed cannot be sealed again");
            }
        }
        if shutdown.run_until_cancelled(tokio::time::sleep(pause)).await.is_none() {
            return;
        }
    }
}

/// Looks at every value once.
pub async fn look(pool: &PgPool, key: &KeyEncryptionKey, columns: &[Column]) -> Result<Look, sqlx::Error> {
    let mut look = Look::default();
    for column in columns {
        let mut after = (column.first.0.to_owned(), column.first.1.to_owned());
        loop {
            let page = sqlx::query(column.select).bind(&after.0).bind(&after.1).bind(AT_ONCE);
            let rows = page.fetch_all(pool).await?;
            for row in &rows {
                after = (row.try_get("owner")?, row.try_get("key")?);
                let sealed: &[u8] = row.try_get("sealed")?;
                match resealed(key, column, &after.0, sealed) {
                    Ok(None) => {}
                    Ok(Some(again)) => {
                        let update = sqlx::query(column.update).bind(&after.0).bind(&after.1).bind(sealed);
                        look.resealed += update.bind(again).execute(pool).await?.rows_affected();
                    }
                    Err(error) => {
                        look.lost += 1;
                        tracing::warn!(column = column.name, owner = after.0, %error, "a sealed value is lost");
                    }
                }
            }
            if rows.is_empty() {
                break;
            }
        }
    }
    Ok(look)
}

fn resealed(
    key: &KeyEncryptionKey,
    column: &Column,
    owner: &str,
    sealed: &[u8],
) -> Result<Option<Vec<u8>>, Error> {
    let owner = (column.owner)(owner).ok_or(Error::DoesNotOpen)?;
    key.reseal_text(column.purpose, owner, sealed)
}
