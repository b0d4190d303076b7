//! Deliveries come into being.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use crate::domain::New;

/// Each behind what its endpoint is to be told of its payment already; when that has to wait, so has this.
pub(super) const INSERT: &str = "\
INSERT INTO deliveries (msn, endpoint_id, reference, number, delivery_id, partner_id, kind, url, event_type, event_id,
    body, incomplete, sealed_token, occurred_at, created_at, state, began_at, failures, attempts, next_at)
SELECT n.msn, n.endpoint_id, n.reference,
    COALESCE(before.number, 0)
        + row_number() OVER (PARTITION BY n.msn, n.endpoint_id, n.reference ORDER BY n.delivery_id),
    n.delivery_id, n.partner_id, n.kind, n.url, n.event_type, n.event_id,
    n.body, n.incomplete, n.sealed_token, n.occurred_at, $14, 1, $14, 0, 0, GREATEST($14, before.next_at)
FROM UNNEST($1::text[], $2::uuid[], $3::text[], $4::uuid[], $5::uuid[], $6::smallint[], $7::text[], $8::text[],
    $9::uuid[], $10::text[], $11::boolean[], $12::bytea[], $13::timestamptz[])
    AS n (msn, endpoint_id, reference, delivery_id, partner_id, kind, url, event_type, event_id, body, incomplete,
        sealed_token, occurred_at)
LEFT JOIN LATERAL (
    SELECT max(d.number) AS number, max(d.next_at) FILTER (WHERE d.state = 1) AS next_at
    FROM deliveries d
    WHERE d.msn = n.msn AND d.endpoint_id = n.endpoint_id AND d.reference = n.reference
) before ON true";

/// Makes these deliveries, due at once. They must be in the order of their ids.
pub(crate) async fn insert(
    connection: &mut PgConnection,
    new: &[New],
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    if new.is_empty() {
        return Ok(());
    }
    let msns: Vec<&str> = new.iter().map(|one| one.msn.as_str()).collect();
    let endpoints: Vec<_> = new.iter().map(|one| one.endpoint_id.as_uuid()).collect();
    let references: Vec<&str> = new.iter().map(|one| one.reference.as_str()).collect();
    let ids: Vec<_> = new.iter().map(|one| one.delivery_id.as_uuid()).collect();
    let partners: Vec<_> = new.iter().map(|one| one.partner_id.map(|id| id.as_uuid())).collect();
    let kinds: Vec<i16> = new.iter().map(|one| one.kind.number()).collect();
    let urls: Vec<&str> = new.iter().map(|one| one.url.as_str()).collect();
    let types: Vec<&str> = new.iter().map(|one| one.event_type.as_str()).collect();
    let events: Vec<_> = new.iter().map(|one| one.event_id.as_uuid()).collect();
    let bodies: Vec<&str> = new.iter().map(|one| one.body.as_str()).collect();
    let incomplete: Vec<bool> = new.iter().map(|one| one.incomplete).collect();
    let tokens: Vec<Option<&[u8]>> = new.iter().map(|one| one.sealed_token.as_deref()).collect();
    let occurred: Vec<_> = new.iter().map(|one| one.occurred_at).collect();
    let insert = sqlx::query(INSERT)
        .bind(msns)
        .bind(endpoints)
        .bind(references)
        .bind(ids)
        .bind(partners)
        .bind(kinds)
        .bind(urls)
        .bind(types)
        .bind(events)
        .bind(bodies)
        .bind(incomplete)
        .bind(tokens)
        .bind(occurred)
        .bind(now);
    insert.execute(connection).await.map(|_| ())
}
