//! `registrations`: who has asked to be told.

use chrono::{DateTime, Utc};
use kvitt_primitives::{Msn, PartnerId, WebhookId};
use sqlx::{PgConnection, Row as _, postgres::PgRow};
use uuid::Uuid;

use super::broken;
use crate::domain::{EventType, Owner, Registration};

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[
    MATCHING,
    PARTNERS,
    END_SILENT,
    NEXT_SILENT,
    FORGET_ENDED,
    NOTE_OWNER,
    LOCK_OWNER,
    FULL,
    INSERT,
    LIST,
    FIND,
    DELETE,
];

/// Whoever may have to be told of something of these units, or of units of these partners.
const MATCHING: &str = "\
SELECT webhook_id, msn, partner_id, url, events, standard_webhooks, registered_at, silent_since FROM registrations
WHERE ended_at IS NULL AND (msn = ANY($1) AND msn <> '' OR partner_id = ANY($2) AND msn = '')
ORDER BY webhook_id";

/// Whether any partner has asked.
const PARTNERS: &str =
    "SELECT EXISTS (SELECT FROM registrations WHERE partner_id IS NOT NULL AND ended_at IS NULL)";

const END_SILENT: &str = "\
UPDATE registrations SET ended_at = $1
WHERE silent_since <= $2 AND ended_at IS NULL RETURNING webhook_id";

const NEXT_SILENT: &str =
    "SELECT min(silent_since) FROM registrations WHERE silent_since IS NOT NULL AND ended_at IS NULL";

const FORGET_ENDED: &str = "DELETE FROM registrations WHERE ended_at < $1";

const NOTE_OWNER: &str = "INSERT INTO owners (msn, partner) VALUES ($1, $2) ON CONFLICT DO NOTHING";

const LOCK_OWNER: &str = "SELECT FROM owners WHERE msn = $1 AND partner = $2 FOR UPDATE";

/// The first of these event types of which an owner has so many registrations already.
const FULL: &str = "\
SELECT wanted.name FROM UNNEST($3::text[], $4::bigint[]) AS wanted (name, most)
WHERE (
    SELECT count(*) FROM registrations
    WHERE ended_at IS NULL AND wanted.name = ANY(events)
      AND (msn = $1 AND msn <> '' AND partner_id IS NOT DISTINCT FROM $2 OR $1 = '' AND msn = '' AND partner_id = $2)
) >= wanted.most
ORDER BY wanted.name LIMIT 1";

const INSERT: &str = "\
INSERT INTO registrations (webhook_id, msn, partner_id, url, events, sealed_secret, standard_webhooks, registered_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";

const LIST: &str = "\
SELECT webhook_id, msn, partner_id, url, events, standard_webhooks, registered_at, silent_since FROM registrations
WHERE ended_at IS NULL
  AND (msn = $1 AND msn <> '' AND partner_id IS NOT DISTINCT FROM $2 OR $1 = '' AND msn = '' AND partner_id = $2)
ORDER BY registered_at, webhook_id";

const FIND: &str = "\
SELECT webhook_id, msn, partner_id, url, events, standard_webhooks, registered_at, silent_since, sealed_secret
FROM registrations
WHERE webhook_id = $3 AND msn = $1 AND partner_id IS NOT DISTINCT FROM $2 AND ended_at IS NULL";

const DELETE: &str = "\
DELETE FROM registrations
WHERE webhook_id = $3 AND msn = $1 AND partner_id IS NOT DISTINCT FROM $2 AND ended_at IS NULL";

/// Lets nobody else count or add to the owner's registrations until the transaction ends.
pub(crate) async fn lock_owner(tx: &mut PgConnection, owner: &Owner) -> Result<(), sqlx::Error> {
    let (msn, partner) = columns(owner);
    let partner = partner.map(|id| id.to_string()).unwrap_or_default();
    sqlx::query(NOTE_OWNER).bind(msn).bind(&partner).execute(&mut *tx).await?;
    sqlx::query(LOCK_OWNER).bind(msn).bind(&partner).execute(tx).await.map(|_| ())
}

/// The first of these event types of which the owner may not have one more registration.
pub(crate) async fn full(
    tx: &mut PgConnection,
    owner: &Owner,
    events: &[EventType],
) -> Result<Option<EventType>, sqlx::Error> {
    let (msn, partner) = columns(owner);
    let full = sqlx::query_scalar(FULL)
        .bind(msn)
        .bind(partner)
        .bind(events.iter().map(|event| event.as_str()).collect::<Vec<_>>())
        .bind(events.iter().map(|event| event.most()).collect::<Vec<_>>());
    let full: Option<String> = full.fetch_optional(tx).await?;
    full.map(|name| EventType::of_name(&name).ok_or_else(|| broken("events"))).transpose()
}

/// Keeps a registration with its secret, sealed.
pub(crate) async fn insert(
    tx: &mut PgConnection,
    registration: &Registration,
    sealed_secret: &[u8],
) -> Result<(), sqlx::Error> {
    let (msn, partner) = columns(&registration.owner);
    let insert = sqlx::query(INSERT)
        .bind(registration.webhook_id.as_uuid())
        .bind(msn)
        .bind(partner)
        .bind(&registration.url)
        .bind(registration.events.iter().map(|event| event.as_str()).collect::<Vec<_>>())
        .bind(sealed_secret)
        .bind(registration.standard_webhooks)
        .bind(registration.registered_at);
    insert.execute(tx).await.map(|_| ())
}

/// The owner's registrations, oldest first.
pub(crate) async fn list(
    connection: &mut PgConnection,
    owner: &Owner,
) -> Result<Vec<Registration>, sqlx::Error> {
    let (msn, partner) = columns(owner);
    let rows = sqlx::query(LIST).bind(msn).bind(partner).fetch_all(connection).await?;
    rows.iter().map(registration).collect()
}

/// One of the owner's registrations, with its secret, sealed.
pub(crate) async fn find(
    connection: &mut PgConnection,
    owner: &Owner,
    webhook_id: WebhookId,
) -> Result<Option<(Registration, Vec<u8>)>, sqlx::Error> {
    let (msn, partner) = columns(owner);
    let find = sqlx::query(FIND).bind(msn).bind(partner).bind(webhook_id.as_uuid());
    let Some(row) = find.fetch_optional(connection).await? else { return Ok(None) };
    Ok(Some((registration(&row)?, row.try_get("sealed_secret")?)))
}

/// Removes one of the owner's registrations; whether there was one.
pub(crate) async fn delete(
    connection: &mut PgConnection,
    owner: &Owner,
    webhook_id: WebhookId,
) -> Result<bool, sqlx::Error> {
    let (msn, partner) = columns(owner);
    let delete = sqlx::query(DELETE).bind(msn).bind(partner).bind(webhook_id.as_uuid());
    Ok(delete.execute(connection).await?.rows_affected() > 0)
}

/// An owner as the tables name it.
fn columns(owner: &Owner) -> (&str, Option<Uuid>) {
    (owner.msn().map(Msn::as_str).unwrap_or_default(), owner.partner_id().map(PartnerId::as_uuid))
}

/// The registrations that may want events of these units; `partners` are those that the units are linked to.
pub(crate) async fn matching(
    tx: &mut PgConnection,
    msns: &[&Msn],
    partners: &[PartnerId],
) -> Result<Vec<Registration>, sqlx::Error> {
    let msns: Vec<&str> = msns.iter().map(|msn| msn.as_str()).collect();
    let partners: Vec<Uuid> = partners.iter().map(|partner| partner.as_uuid()).collect();
    let rows = sqlx::query(MATCHING).bind(msns).bind(partners).fetch_all(tx).await?;
    rows.iter().map(registration).collect()
}

/// Whether any partner has registered, so that it matters whose units are linked to whom.
pub(crate) async fn partners_ask(connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar(PARTNERS).fetch_one(connection).await
}

/// Ends the registrations that have been silent since then or longer.
pub(crate) async fn end_silent(
    connection: &mut PgConnection,
    now: DateTime<Utc>,
    silent_since: DateTime<Utc>,
) -> Result<Vec<WebhookId>, sqlx::Error> {
    let ended = sqlx::query_scalar(END_SILENT).bind(now).bind(silent_since).fetch_all(connection).await?;
    Ok(ended.into_iter().map(WebhookId::from_uuid).collect())
}

/// Since when the one has been silent that has been so for longest.
pub(crate) async fn longest_silent(
    connection: &mut PgConnection,
) -> Result<Option<DateTime<Utc>>, sqlx::Error> {
    sqlx::query_scalar(NEXT_SILENT).fetch_one(connection).await
}

/// Forgets those that ended by themselves before that; how many there were.
pub(crate) async fn forget_ended(
    connection: &mut PgConnection,
    before: DateTime<Utc>,
) -> Result<u64, sqlx::Error> {
    let forgotten = sqlx::query(FORGET_ENDED).bind(before).execute(connection).await?;
    Ok(forgotten.rows_affected())
}

fn registration(row: &PgRow) -> Result<Registration, sqlx::Error> {
    let msn: &str = row.try_get("msn")?;
    let partner = row.try_get::<Option<Uuid>, _>("partner_id")?.map(PartnerId::from_uuid);
    let msn: Option<Msn> = (!msn.is_empty()).then(|| msn.parse().map_err(|_| broken("msn"))).transpose()?;
    let owner = match (msn, partner) {
        (Some(msn), None) => Owner::Unit(msn),
        (Some(msn), Some(partner)) => Owner::Partner(partner, msn),
        (None, Some(partner)) => Owner::PartnerOfAll(partner),
        (None, None) => return Err(broken("partner_id")),
    };
    let events: Vec<String> = row.try_get("events")?;
    let events = events.iter().map(|name| EventType::of_name(name).ok_or_else(|| broken("events")));
    Ok(Registration {
        webhook_id: WebhookId::from_uuid(row.try_get("webhook_id")?),
        owner,
        url: row.try_get("url")?,
        events: events.collect::<Result<_, _>>()?,
        standard_webhooks: row.try_get("standard_webhooks")?,
        registered_at: row.try_get("registered_at")?,
        silent_since: row.try_get("silent_since")?,
    })
}
