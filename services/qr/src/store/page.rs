//! Pages of a unit's codes, oldest first.

use chrono::{DateTime, Utc};

/// Which codes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Page {
    /// The codes behind this one.
    pub(crate) after: Place,
    /// How many at most.
    pub(crate) size: i64,
}

/// Where a code stands in its unit's list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) created_at: DateTime<Utc>,
    /// The merchant's.
    pub(crate) id: String,
}

impl Place {
    /// Before every code.
    pub(crate) fn start() -> Self {
        Self { created_at: DateTime::UNIX_EPOCH, id: String::new() }
    }
}

impl Page {
    /// How many rows to read: one more than are given out tells whether more follow.
    pub(super) fn limit(&self) -> i64 {
        self.size + 1
    }

    /// The rows to give out, and where the next page begins, if there is one.
    pub(super) fn cut<T>(&self, mut rows: Vec<T>, place: fn(&T) -> Place) -> (Vec<T>, Option<Place>) {
        let size = usize::try_from(self.size).unwrap_or_default();
        let more = rows.len() > size;
        rows.truncate(size);
        let next = rows.last().map(place).filter(|_| more);
        (rows, next)
    }
}
