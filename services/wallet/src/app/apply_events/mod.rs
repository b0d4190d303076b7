//! Brings the inbox up to date with payment's log.

use kvitt_postgres::transaction;
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

/// Applies the changes and moves the cursor in one transaction, so that each event has its effect exactly once.
/// False, and nothing done, when the cursor does not stand where the changes begin.
pub(crate) async fn apply_events(pool: &PgPool, step: &Step<'_>, changes: &Changes) -> Result<bool, Error> {
    transaction!(pool, "apply_events", async |tx| -> Result<bool, Error> {
        if !inbox::advance_cursor(tx, step.part, step.old, step.new).await? {
            return Ok(false);
        }
        if !changes.added.is_empty() {
            inbox::insert(tx, &changes.added).await?;
        }
        if !changes.removed.is_empty() {
            inbox::remove(tx, &changes.removed).await?;
        }
        Ok(true)
    })
}

#[cfg(test)]
mod tests;
