//! What came of tries.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::{Attempt, Key, State};

use super::Claimed;

/// How a claim ended.
#[derive(Debug, Clone)]
pub(crate) struct Done {
    pub(crate) claimed: Claimed,
    /// None when nobody was called.
    pub(crate) attempt: Option<Attempt>,
    pub(crate) state: State,
    pub(crate) failures: i32,
    /// When it is tried again; of no meaning unless it is pending.
    pub(crate) next_at: DateTime<Utc>,
}

/// Writes tries down and lets go of what was claimed. What comes behind one that waits, waits as long. What was taken away
/// from this process in the meantime is left to whoever has it now; what nobody has, because the claim was lost with the
/// database, counts as tried if nobody has tried it since.
pub(super) const FINISH: &str = "\
WITH done AS (
    SELECT * FROM UNNEST($1::text[], $2::uuid[], $3::text[], $4::integer[], $5::smallint[], $6::integer[],
        $7::timestamptz[], $8::timestamptz[], $9::bigint[], $10::smallint[], $11::text[], $12::boolean[],
        $13::smallint[], $14::bytea[], $15::text[], $17::integer[])
        AS t (msn, endpoint_id, reference, number, state, failures, next_at, at, took_us, outcome, address, tls, status,
            answer, error, tried_before)
), finished AS (
    UPDATE deliveries d
    SET state = done.state, failures = done.failures, next_at = done.next_at, sender_id = NULL,
        attempts = d.attempts + CASE WHEN done.outcome IS NULL THEN 0 ELSE 1 END
    FROM done
    WHERE d.msn = done.msn AND d.endpoint_id = done.endpoint_id AND d.reference = done.reference
      AND d.number = done.number AND d.state = 1 AND d.attempts = done.tried_before
      AND (d.sender_id = $16 OR d.sender_id IS NULL)
    RETURNING d.msn, d.endpoint_id, d.reference, d.number, d.delivery_id, d.attempts, d.state, d.next_at
), held_back AS (
    UPDATE deliveries d SET next_at = f.next_at
    FROM finished f
    WHERE f.state = 1 AND d.msn = f.msn AND d.endpoint_id = f.endpoint_id AND d.reference = f.reference
      AND d.number > f.number AND d.state = 1 AND d.next_at < f.next_at
)
INSERT INTO attempts (msn, delivery_id, number, at, took_us, outcome, address, tls, status, answer, error, next_at)
SELECT f.msn, f.delivery_id, f.attempts, done.at, done.took_us, done.outcome, done.address, done.tls, done.status,
    done.answer, done.error, CASE WHEN f.state = 1 THEN f.next_at END
FROM finished f
JOIN done ON done.msn = f.msn AND done.endpoint_id = f.endpoint_id AND done.reference = f.reference
    AND done.number = f.number
WHERE done.outcome IS NOT NULL";

/// Since when an endpoint has not taken anything. Written only when it changes.
pub(super) const SILENCE: &str = "\
UPDATE registrations r SET silent_since = CASE WHEN t.took THEN NULL ELSE t.at END
FROM UNNEST($1::uuid[], $2::boolean[], $3::timestamptz[]) AS t (webhook_id, took, at)
WHERE r.webhook_id = t.webhook_id AND r.ended_at IS NULL AND t.took = (r.silent_since IS NOT NULL)";

pub(super) const COMPLETE_BODY: &str = "\
UPDATE deliveries SET body = $5, incomplete = false
WHERE msn = $1 AND endpoint_id = $2 AND reference = $3 AND number = $4 AND incomplete";

/// Writes down how these ended. In a transaction with nothing else.
pub(crate) async fn finish(tx: &mut PgConnection, done: &[Done], sender: Uuid) -> Result<(), sqlx::Error> {
    let attempts: Vec<Option<&Attempt>> = done.iter().map(|one| one.attempt.as_ref()).collect();
    let keys = || done.iter().map(|one| &one.claimed.key);
    let finish = sqlx::query(FINISH)
        .bind(keys().map(|key| key.msn.as_str()).collect::<Vec<_>>())
        .bind(keys().map(|key| key.endpoint_id.as_uuid()).collect::<Vec<_>>())
        .bind(keys().map(|key| key.reference.as_str()).collect::<Vec<_>>())
        .bind(keys().map(|key| key.number).collect::<Vec<_>>())
        .bind(done.iter().map(|one| one.state.number()).collect::<Vec<_>>())
        .bind(done.iter().map(|one| one.failures).collect::<Vec<_>>())
        .bind(done.iter().map(|one| one.next_at).collect::<Vec<_>>())
        .bind(each(&attempts, |attempt| attempt.at))
        .bind(each(&attempts, |attempt| attempt.took.num_microseconds().unwrap_or(i64::MAX)))
        .bind(each(&attempts, |attempt| attempt.outcome.number()))
        .bind(attempts.iter().map(|a| a.and_then(|a| a.address).map(|at| at.to_string())).collect::<Vec<_>>())
        .bind(attempts.iter().map(|a| a.is_some_and(|a| a.tls)).collect::<Vec<_>>())
        .bind(attempts.iter().map(|a| a.and_then(|a| a.status).map(u16::cast_signed)).collect::<Vec<_>>())
        .bind(each(&attempts, |attempt| attempt.answer.clone()))
        .bind(each(&attempts, |attempt| attempt.error.clone()))
        .bind(sender)
        .bind(done.iter().map(|one| one.claimed.attempts).collect::<Vec<_>>());
    finish.execute(&mut *tx).await?;
    note_silence(tx, done).await
}

/// What was tried says whether the receivers are there.
async fn note_silence(tx: &mut PgConnection, done: &[Done]) -> Result<(), sqlx::Error> {
    let mut heard = std::collections::BTreeMap::<Uuid, (bool, DateTime<Utc>)>::new();
    for one in done {
        let (Some(registration), Some(attempt)) = (&one.claimed.registration, &one.attempt) else { continue };
        let took = one.state == State::Delivered;
        let known = heard.entry(registration.webhook_id.as_uuid()).or_insert((took, attempt.at));
        *known = (known.0 || took, known.1.min(attempt.at));
    }
    if heard.is_empty() {
        return Ok(());
    }
    let silence = sqlx::query(SILENCE)
        .bind(heard.keys().copied().collect::<Vec<_>>())
        .bind(heard.values().map(|(took, _)| *took).collect::<Vec<_>>())
        .bind(heard.values().map(|(_, at)| *at).collect::<Vec<_>>());
    silence.execute(tx).await.map(|_| ())
}

/// Keeps what is sent from now on, since every try sends the same.
pub(crate) async fn complete_body(
    connection: &mut PgConnection,
    key: &Key,
    body: &str,
) -> Result<(), sqlx::Error> {
    let complete = sqlx::query(COMPLETE_BODY)
        .bind(key.msn.as_str())
        .bind(key.endpoint_id.as_uuid())
        .bind(&key.reference)
        .bind(key.number)
        .bind(body);
    complete.execute(connection).await.map(|_| ())
}

fn each<T>(attempts: &[Option<&Attempt>], of: impl Fn(&Attempt) -> T) -> Vec<Option<T>> {
    attempts.iter().map(|attempt| attempt.map(&of)).collect()
}
