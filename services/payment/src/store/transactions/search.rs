//! Pages of payments, newest first, and their sums.

use chrono::{DateTime, Utc};
use kvitt_primitives::{Money, Msn, PaymentId};
use sqlx::{FromRow, PgConnection, Row as _, postgres::PgRow};
use tracing::Instrument as _;
use uuid::Uuid;

use super::{Sum, Transaction, copy::origin_number, number, status_from_number};
use crate::{
    domain::{
        Origin,
        transaction::{Meaning, Status},
    },
    store::{record::sums, span, unreadable},
};

macro_rules! transaction_columns {
    () => {
        "t.msn, t.payment_id, t.reference, t.created_at, t.changed_at, t.status, t.origin, t.currency, t.amount, \
         t.authorized, t.captured, t.cancelled, t.refunded, t.description, t.payment_link_id, t.payer_name, t.message"
    };
}

/// What holds for every search: the period with where the page begins, and what is left of the filter.
macro_rules! held {
    () => {
        " t.created_at >= $2 AND (t.created_at, t.payment_id) < ($3, $4)
        AND (cardinality($5::smallint[]) = 0 OR t.status = ANY ($5))
        AND ($6::uuid IS NULL OR t.payment_link_id = $6)"
    };
}

/// A page of each unit, read from where it begins, and the newest of them all.
macro_rules! newest {
    ($units:expr, $condition:expr) => {
        concat!(
            "SELECT f.* FROM ",
            $units,
            " CROSS JOIN LATERAL (SELECT ",
            transaction_columns!(),
            " FROM transactions t WHERE t.msn = u.msn AND ",
            $condition,
            " AND",
            held!(),
            " ORDER BY t.created_at DESC, t.payment_id DESC LIMIT $7) AS f
            ORDER BY f.created_at DESC, f.payment_id DESC LIMIT $7"
        )
    };
}

/// Few payments, put in order afterwards.
macro_rules! few {
    ($condition:expr) => {
        concat!(
            "WITH f AS MATERIALIZED (SELECT ",
            transaction_columns!(),
            " FROM transactions t WHERE t.msn = ANY ($1) AND ",
            $condition,
            " AND",
            held!(),
            ") SELECT * FROM f ORDER BY f.created_at DESC, f.payment_id DESC LIMIT $7"
        )
    };
}

pub(in crate::store) const BY_TIME: &str =
    newest!("unnest($1::text[]) AS u (msn)", "left(t.reference, length($8)) = $8");
pub(in crate::store) const BY_STATUS: &str = newest!(
    "(SELECT msn, status FROM unnest($1::text[]) AS m (msn), unnest($5::smallint[]) AS s (status)) AS u",
    "t.status = u.status AND left(t.reference, length($8)) = $8"
);
pub(in crate::store) const BY_LINK: &str =
    newest!("unnest($1::text[]) AS u (msn)", "t.payment_link_id = $6 AND left(t.reference, length($8)) = $8");
pub(in crate::store) const BY_AMOUNT: &str = newest!("unnest($1::text[]) AS u (msn)", "t.amount = $8");
pub(in crate::store) const BY_ID: &str = few!("t.payment_id = $8");
pub(in crate::store) const BY_NUMBER: &str = few!("t.number = $8");
/// No reference has a tilde, and every character of one comes before it.
pub(in crate::store) const BY_REFERENCE: &str = few!("t.reference >= $8 AND t.reference < $8 || '~'");
pub(in crate::store) const LIKE_REFERENCE: &str = "
SELECT count(*) FROM (
    SELECT FROM transactions t WHERE t.msn = ANY ($1) AND t.reference >= $2 AND t.reference < $2 || '~' LIMIT $3) AS f";

/// Beginnings that more payments have than this are looked for along the time, where a page of them is soon found.
const RARE: i64 = 2_000;

/// What must hold, whatever is looked for.
#[derive(Debug, Clone)]
pub(crate) struct Filter {
    pub(crate) msns: Vec<Msn>,
    pub(crate) from: DateTime<Utc>,
    pub(crate) before: DateTime<Utc>,
    /// Empty means all.
    pub(crate) statuses: Vec<Status>,
    pub(crate) payment_link_id: Option<Uuid>,
}

/// The payment after which a page begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct After {
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) payment_id: Uuid,
}

impl Filter {
    /// Where the first page begins: before every payment of the instant that is out.
    fn start(&self) -> After {
        After { created_at: self.before, payment_id: Uuid::nil() }
    }

    fn msns(&self) -> Vec<String> {
        self.msns.iter().map(ToString::to_string).collect()
    }

    fn statuses(&self) -> Vec<i16> {
        self.statuses.iter().map(|status| number(*status)).collect()
    }
}

/// The payments that the filter lets through and that have this meaning, newest first; at most `limit`.
pub(crate) async fn page(
    connection: &mut PgConnection,
    filter: &Filter,
    meaning: Option<&Meaning>,
    after: Option<After>,
    limit: i64,
) -> Result<Vec<Transaction>, sqlx::Error> {
    let after = after.unwrap_or_else(|| filter.start());
    let bound = |statement: &'static str| {
        sqlx::query_as::<_, Transaction>(statement)
            .bind(filter.msns())
            .bind(filter.from)
            .bind(after.created_at)
            .bind(after.payment_id)
            .bind(filter.statuses())
            .bind(filter.payment_link_id)
            .bind(limit)
    };
    let query = match meaning {
        Some(Meaning::Id(id)) => bound(BY_ID).bind(id.as_uuid()),
        Some(Meaning::Number(number)) => bound(BY_NUMBER).bind(number.as_i64()),
        Some(Meaning::Amount(minor)) => bound(BY_AMOUNT).bind(*minor),
        Some(Meaning::Beginning(text)) if is_rare(&mut *connection, filter, text).await? => {
            bound(BY_REFERENCE).bind(text.clone())
        }
        Some(Meaning::Beginning(text)) => bound(along_time(filter)).bind(text.clone()),
        None => bound(along_time(filter)).bind(String::new()),
    };
    query.fetch_all(connection).instrument(span("transactions.page")).await
}

fn along_time(filter: &Filter) -> &'static str {
    if filter.payment_link_id.is_some() {
        BY_LINK
    } else if filter.statuses.is_empty() {
        BY_TIME
    } else {
        BY_STATUS
    }
}

async fn is_rare(connection: &mut PgConnection, filter: &Filter, text: &str) -> Result<bool, sqlx::Error> {
    let found = sqlx::query_scalar(LIKE_REFERENCE).bind(filter.msns()).bind(text).bind(RARE + 1);
    let found: i64 = found.fetch_one(connection).await?;
    Ok(found <= RARE)
}

pub(in crate::store) const SUMS: &str = "
SELECT t.status, t.currency, count(*) AS count, sum(t.amount)::bigint AS amount,
    sum(t.authorized)::bigint AS authorized, sum(t.captured)::bigint AS captured,
    sum(t.cancelled)::bigint AS cancelled, sum(t.refunded)::bigint AS refunded
FROM transactions t
WHERE t.msn = ANY ($1) AND t.created_at >= $2 AND t.created_at < $3
    AND (cardinality($4::smallint[]) = 0 OR t.status = ANY ($4)) AND ($5::uuid IS NULL OR t.payment_link_id = $5)
    AND ($6 OR t.payment_id = $7 OR t.number = $8 OR t.amount = $9
        OR (t.reference >= $10 AND t.reference < $10 || '~'))
GROUP BY t.status, t.currency ORDER BY t.status, t.currency";

/// What all payments that [`page`] would find amount to; `meanings` is empty where nothing is looked for.
pub(crate) async fn sum(
    connection: &mut PgConnection,
    filter: &Filter,
    meanings: &[Meaning],
) -> Result<Vec<Sum>, sqlx::Error> {
    let id = meanings.iter().find_map(|meaning| match meaning {
        Meaning::Id(id) => Some(id.as_uuid()),
        _ => None,
    });
    let number = meanings.iter().find_map(|meaning| match meaning {
        Meaning::Number(number) => Some(number.as_i64()),
        _ => None,
    });
    let amount = meanings.iter().find_map(|meaning| match meaning {
        Meaning::Amount(minor) => Some(*minor),
        _ => None,
    });
    let beginning = meanings.iter().find_map(|meaning| match meaning {
        Meaning::Beginning(text) => Some(text.as_str()),
        _ => None,
    });
    sqlx::query_as(SUMS)
        .bind(filter.msns())
        .bind(filter.from)
        .bind(filter.before)
        .bind(filter.statuses())
        .bind(filter.payment_link_id)
        .bind(meanings.is_empty())
        .bind(id)
        .bind(number)
        .bind(amount)
        .bind(beginning)
        .fetch_all(connection)
        .instrument(span("transactions.sum"))
        .await
}

fn origin_from_number(stored: i16) -> Result<Origin, sqlx::Error> {
    let found = [Origin::Epayment, Origin::Ecom].into_iter().find(|origin| origin_number(*origin) == stored);
    found.ok_or_else(|| unreadable("origin"))
}

impl<'r> FromRow<'r, PgRow> for Transaction {
    fn from_row(row: &'r PgRow) -> Result<Self, sqlx::Error> {
        let currency = row.try_get::<&str, _>("currency")?.parse().map_err(|_| unreadable("currency"))?;
        Ok(Self {
            msn: row.try_get::<&str, _>("msn")?.parse().map_err(|_| unreadable("msn"))?,
            payment_id: PaymentId::from_uuid(row.try_get("payment_id")?),
            reference: row.try_get::<&str, _>("reference")?.parse().map_err(|_| unreadable("reference"))?,
            created_at: row.try_get("created_at")?,
            changed_at: row.try_get("changed_at")?,
            status: status_from_number(row.try_get("status")?)?,
            origin: origin_from_number(row.try_get("origin")?)?,
            amount: Money::new(currency, row.try_get("amount")?),
            sums: sums(row)?,
            description: row.try_get("description")?,
            payment_link_id: row.try_get("payment_link_id")?,
            payer_name: row.try_get("payer_name")?,
            message: row.try_get("message")?,
        })
    }
}

impl<'r> FromRow<'r, PgRow> for Sum {
    fn from_row(row: &'r PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            status: status_from_number(row.try_get("status")?)?,
            currency: row.try_get::<&str, _>("currency")?.parse().map_err(|_| unreadable("currency"))?,
            count: row.try_get("count")?,
            amount: row.try_get("amount")?,
            sums: sums(row)?,
        })
    }
}
