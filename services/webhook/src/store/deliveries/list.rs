//! Deliveries as they are shown.

use chrono::{DateTime, TimeDelta, Utc};
use kvitt_primitives::{DeliveryId, EventId, Msn, PartnerId, WebhookId};
use sqlx::{PgConnection, Row as _, postgres::PgRow};
use uuid::Uuid;

use super::super::broken;
use crate::domain::{
    Attempt, Kind, Outcome, State,
    shown::{Shown, ShownAttempt},
};

/// Most rows that a page looks at, so that a filter that few fit costs no more than this.
const LOOKED_AT: i64 = 10_000;

/// Most tries that one delivery is shown with.
const ATTEMPTS_SHOWN: i64 = 50;

/// Which deliveries are meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Filter {
    pub(crate) msn: Msn,
    /// Whose keys asked for them; the unit's own when absent.
    pub(crate) partner_id: Option<PartnerId>,
    pub(crate) reference: Option<String>,
    pub(crate) webhook_id: Option<WebhookId>,
    pub(crate) state: Option<State>,
}

/// A part of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Page {
    /// Those that were made before this one; the newest when absent.
    pub(crate) before: Option<DeliveryId>,
    pub(crate) size: i64,
}

macro_rules! columns {
    () => {
        "d.delivery_id, d.msn, d.kind, d.endpoint_id, d.url, d.reference, d.event_type, d.event_id, d.occurred_at, \
         d.state, d.attempts, d.next_at AS next_attempt_at, CASE WHEN NOT d.incomplete THEN d.body END AS body"
    };
}

macro_rules! attempt_columns {
    () => {
        "a.number, a.at, a.took_us, a.outcome, a.address, a.tls, a.status, a.answer, a.error, a.next_at"
    };
}

/// The fitting among these rows, newest first, each with its last try.
macro_rules! list {
    ($rows:literal) => {
        concat!(
            "SELECT ",
            columns!(),
            ", ",
            attempt_columns!(),
            " FROM (SELECT * FROM (",
            $rows,
            ") looked_at
             WHERE msn = $1 AND partner_id IS NOT DISTINCT FROM $2
               AND ($3::text IS NULL OR reference = $3 AND kind IN (1, 2, 5))
               AND ($4::uuid IS NULL OR endpoint_id = $4 AND kind IN (1, 4, 5))
               AND ($5::smallint IS NULL OR state = $5)
             ORDER BY delivery_id DESC LIMIT $7) d
             LEFT JOIN attempts a ON a.msn = d.msn AND a.delivery_id = d.delivery_id AND a.number = d.attempts
             ORDER BY d.delivery_id DESC"
        )
    };
}

pub(super) const LIST_OF_UNIT: &str =
    list!("SELECT * FROM deliveries WHERE msn = $1 AND delivery_id < $6 ORDER BY delivery_id DESC LIMIT $8");

pub(super) const LIST_OF_ENDPOINT: &str = list!(
    "SELECT * FROM deliveries WHERE endpoint_id = $4 AND delivery_id < $6 ORDER BY delivery_id DESC LIMIT $8"
);

/// What concerns a payment is by endpoint, so it steps through those that the unit has. A payment has few events.
pub(super) const LIST_OF_PAYMENT: &str = list!(
    "WITH RECURSIVE endpoints AS (
         (SELECT endpoint_id FROM deliveries WHERE msn = $1 ORDER BY endpoint_id LIMIT 1)
         UNION ALL
         SELECT following.endpoint_id
         FROM endpoints
         CROSS JOIN LATERAL (
             SELECT endpoint_id FROM deliveries WHERE msn = $1 AND endpoint_id > endpoints.endpoint_id
             ORDER BY endpoint_id LIMIT 1
         ) following
     )
     SELECT of_payment.* FROM endpoints
     JOIN deliveries of_payment ON of_payment.msn = $1 AND of_payment.endpoint_id = endpoints.endpoint_id
         AND of_payment.reference = $3
     WHERE of_payment.delivery_id < $6
     ORDER BY of_payment.delivery_id DESC LIMIT $8"
);

/// Where a page stopped looking, when it had not come to the end.
pub(super) const EDGE_OF_UNIT: &str = "\
SELECT delivery_id FROM deliveries WHERE msn = $1 AND delivery_id < $2
ORDER BY delivery_id DESC OFFSET $3 LIMIT 1";

pub(super) const EDGE_OF_ENDPOINT: &str = "\
SELECT delivery_id FROM deliveries WHERE endpoint_id = $1 AND delivery_id < $2
ORDER BY delivery_id DESC OFFSET $3 LIMIT 1";

pub(super) const FIND: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM deliveries d WHERE d.msn = $1 AND d.delivery_id = $2 AND d.partner_id IS NOT DISTINCT FROM $3"
);

pub(super) const ATTEMPTS: &str = concat!(
    "SELECT ",
    attempt_columns!(),
    " FROM attempts a WHERE a.msn = $1 AND a.delivery_id = $2 ORDER BY a.number DESC LIMIT $3"
);

/// A page of the log, newest first, and what the next one comes before when there may be more. A page on which few fit may
/// have fewer than were asked for, or none, and others after it.
pub(crate) async fn list(
    connection: &mut PgConnection,
    filter: &Filter,
    page: &Page,
) -> Result<(Vec<Shown>, Option<DeliveryId>), sqlx::Error> {
    let statement = match (&filter.reference, filter.webhook_id) {
        (Some(_), _) => LIST_OF_PAYMENT,
        (None, Some(_)) => LIST_OF_ENDPOINT,
        (None, None) => LIST_OF_UNIT,
    };
    let before = page.before.map_or(Uuid::max(), |id| id.as_uuid());
    let list = sqlx::query(statement)
        .bind(filter.msn.as_str())
        .bind(filter.partner_id.map(|id| id.as_uuid()))
        .bind(filter.reference.as_deref())
        .bind(filter.webhook_id.map(|id| id.as_uuid()))
        .bind(filter.state.map(State::number))
        .bind(before)
        .bind(page.size)
        .bind(LOOKED_AT);
    let rows = list.fetch_all(&mut *connection).await?;
    let listed: Vec<Shown> = rows.iter().map(with_last_attempt).collect::<Result<_, _>>()?;
    let last = listed.last().filter(|_| i64::try_from(listed.len()) == Ok(page.size));
    if let Some(last) = last.map(|last| last.delivery_id) {
        return Ok((listed, Some(last)));
    }
    let edge = match (&filter.reference, filter.webhook_id) {
        (Some(_), _) => return Ok((listed, None)),
        (None, Some(webhook_id)) => sqlx::query_scalar(EDGE_OF_ENDPOINT).bind(webhook_id.as_uuid()),
        (None, None) => sqlx::query_scalar(EDGE_OF_UNIT).bind(filter.msn.as_str()),
    };
    let edge: Option<Uuid> = edge.bind(before).bind(LOOKED_AT - 1).fetch_optional(connection).await?;
    Ok((listed, edge.map(DeliveryId::from_uuid)))
}

/// One delivery with its last tries, if these keys may see it.
pub(crate) async fn find(
    connection: &mut PgConnection,
    (msn, delivery_id): (&Msn, DeliveryId),
    partner_id: Option<PartnerId>,
) -> Result<Option<Shown>, sqlx::Error> {
    let find = sqlx::query(FIND)
        .bind(msn.as_str())
        .bind(delivery_id.as_uuid())
        .bind(partner_id.map(|id| id.as_uuid()));
    let Some(row) = find.fetch_optional(&mut *connection).await? else { return Ok(None) };
    let attempts = sqlx::query(ATTEMPTS).bind(msn.as_str()).bind(delivery_id.as_uuid()).bind(ATTEMPTS_SHOWN);
    let attempts = attempts.fetch_all(connection).await?;
    let attempts = attempts.iter().rev().map(attempt).collect::<Result<_, _>>()?;
    Ok(Some(Shown { attempts, ..shown(&row)? }))
}

fn with_last_attempt(row: &PgRow) -> Result<Shown, sqlx::Error> {
    let tried = row.try_get::<Option<i32>, _>("number")?.is_some();
    let attempts = if tried { vec![attempt(row)?] } else { Vec::new() };
    Ok(Shown { attempts, ..shown(row)? })
}

/// Without its tries.
fn shown(row: &PgRow) -> Result<Shown, sqlx::Error> {
    let msn: &str = row.try_get("msn")?;
    let kind = Kind::of_number(row.try_get("kind")?).ok_or_else(|| broken("kind"))?;
    let state = State::of_number(row.try_get("state")?).ok_or_else(|| broken("state"))?;
    let to_webhook = kind.is_event() || kind == Kind::Ping;
    let has_reference = kind.is_event() || kind == Kind::EcomCallback;
    let next_attempt_at = row.try_get("next_attempt_at")?;
    Ok(Shown {
        delivery_id: DeliveryId::from_uuid(row.try_get("delivery_id")?),
        msn: msn.parse().map_err(|_| broken("msn"))?,
        kind,
        webhook_id: to_webhook.then(|| row.try_get("endpoint_id")).transpose()?.map(WebhookId::from_uuid),
        url: row.try_get("url")?,
        reference: has_reference.then(|| row.try_get("reference")).transpose()?.unwrap_or_default(),
        event_type: row.try_get("event_type")?,
        event_id: EventId::from_uuid(row.try_get("event_id")?),
        occurred_at: row.try_get("occurred_at")?,
        state,
        attempt_count: row.try_get("attempts")?,
        next_attempt_at: Some(next_attempt_at).filter(|_| state == State::Pending),
        body: row.try_get::<Option<_>, _>("body")?.unwrap_or_default(),
        attempts: Vec::new(),
    })
}

fn attempt(row: &PgRow) -> Result<ShownAttempt, sqlx::Error> {
    let address: Option<&str> = row.try_get("address")?;
    let status: Option<i16> = row.try_get("status")?;
    let next_attempt_at: Option<DateTime<Utc>> = row.try_get("next_at")?;
    let attempt = Attempt {
        at: row.try_get("at")?,
        took: TimeDelta::microseconds(row.try_get("took_us")?),
        outcome: Outcome::of_number(row.try_get("outcome")?).ok_or_else(|| broken("outcome"))?,
        address: address.map(|text| text.parse().map_err(|_| broken("address"))).transpose()?,
        tls: row.try_get("tls")?,
        status: status.map(i16::cast_unsigned),
        answer: row.try_get::<Option<_>, _>("answer")?.unwrap_or_default(),
        error: row.try_get::<Option<_>, _>("error")?.unwrap_or_default(),
    };
    Ok(ShownAttempt { number: row.try_get("number")?, attempt, next_attempt_at })
}
