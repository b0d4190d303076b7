//! What a failure of the database means. A service maps constraint names and these questions, never messages.

use std::borrow::Cow;

use sqlx::error::DatabaseError;

/// The name of the constraint or unique index that refused the statement.
pub fn violated_constraint(error: &sqlx::Error) -> Option<&str> {
    error.as_database_error()?.constraint()
}

/// The five characters with which PostgreSQL classifies a refusal.
pub fn sql_state(error: &sqlx::Error) -> Option<Cow<'_, str>> {
    error.as_database_error()?.code()
}

/// Whether the database could not be reached or is going away, so that the same call may succeed later.
///
/// Whether a lost connection had committed is unknown: the caller reads again before it writes again.
pub fn unavailable(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed
        | sqlx::Error::BeginFailed => true,
        _ => sql_state(error).is_some_and(|state| is_outage(&state)),
    }
}

/// Class 08 is a broken connection, 57P an intervention by the operator, 53 a lack of resources.
fn is_outage(state: &str) -> bool {
    state.starts_with("08") || state.starts_with("57P") || state.starts_with("53")
}

/// Whether PostgreSQL chose this transaction as the victim of a conflict, and asks for it to be run again.
///
/// Looks through the chain of causes, so that a service's own error type needs no method for it.
pub(crate) fn asks_for_retry(error: &(dyn std::error::Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(current) = cause {
        if let Some(state) = state_of(current) {
            return state == SERIALIZATION_FAILURE || state == DEADLOCK_DETECTED;
        }
        cause = current.source();
    }
    false
}

const SERIALIZATION_FAILURE: &str = "40001";
const DEADLOCK_DETECTED: &str = "40P01";

/// A transparent wrapper shows sqlx's cause instead of sqlx's error, so both types are asked.
fn state_of<'a>(error: &'a (dyn std::error::Error + 'static)) -> Option<Cow<'a, str>> {
    if let Some(error) = error.downcast_ref::<sqlx::Error>() {
        return sql_state(error);
    }
    error.downcast_ref::<Box<dyn DatabaseError>>()?.code()
}
