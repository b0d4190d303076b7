//! Brings the inbox up to date with payment's log.

use sqlx::PgPool;

use crate::{domain::inbox::Changes, error::Error, store::inbox};

/// A step along one part of the log.
#[derive(Debug, Clone)]
pub(crate) struct Step<'a> {
    pub(crate) part: i32,
    /// The cursor the changes follow on.
    pub(crate) old: &'a str,
    /// The cursor after them.
    pub(crate) new: &'a str,
}

/// Applies the changes and moves the cursor at once, so that each event has its effect exactly once. False, and nothing
/// done, when the cursor does not stand where the changes begin.
pub(crate) async fn apply_events(pool: &PgPool, step: &Step<'_>, changes: &Changes) -> Result<bool, Error> {
    let mut connection = pool.acquire().await?;
    Ok(inbox::apply(&mut connection, step.part, (step.old, step.new), changes).await?)
}

#[cfg(test)]
mod tests;
