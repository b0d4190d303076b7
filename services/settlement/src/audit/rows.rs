//! Rows of one table in the order of units, read as they are needed.

use std::collections::VecDeque;

use sqlx::PgConnection;

use crate::store::audit::{self, Walked};

/// Rows of one table.
pub(super) struct Rows<R> {
    read: VecDeque<R>,
    /// The key of the last one read.
    after: (String, i64),
    ended: bool,
}

impl<R> Default for Rows<R> {
    fn default() -> Self {
        Self { read: VecDeque::new(), after: (String::new(), 0), ended: false }
    }
}

impl<R: Walked> Rows<R> {
    /// The next one.
    pub(super) async fn next(&mut self, connection: &mut PgConnection) -> Result<Option<R>, sqlx::Error> {
        self.next_if(connection, |_| true).await
    }

    /// The next one, if it is of this unit.
    pub(super) async fn next_of(
        &mut self,
        connection: &mut PgConnection,
        msn: &str,
    ) -> Result<Option<R>, sqlx::Error> {
        self.next_if(connection, |row| row.key().0 == msn).await
    }

    /// The next one, if it is of this unit and as wanted.
    pub(super) async fn next_of_if(
        &mut self,
        connection: &mut PgConnection,
        msn: &str,
        wanted: impl Fn(&R) -> bool,
    ) -> Result<Option<R>, sqlx::Error> {
        self.next_if(connection, |row| row.key().0 == msn && wanted(row)).await
    }

    /// The next one, if it is of a unit before this one; of any unit where there is none.
    pub(super) async fn next_before(
        &mut self,
        connection: &mut PgConnection,
        msn: Option<&str>,
    ) -> Result<Option<R>, sqlx::Error> {
        self.next_if(connection, |row| msn.is_none_or(|msn| row.key().0 < msn)).await
    }

    async fn next_if(
        &mut self,
        connection: &mut PgConnection,
        wanted: impl Fn(&R) -> bool,
    ) -> Result<Option<R>, sqlx::Error> {
        if self.read.is_empty() && !self.ended {
            let page: Vec<R> = audit::page(connection, (&self.after.0, self.after.1)).await?;
            match page.last().map(Walked::key) {
                Some((msn, number)) => self.after = (msn.to_owned(), number),
                None => self.ended = true,
            }
            self.read = page.into();
        }
        Ok(match self.read.front() {
            Some(row) if wanted(row) => self.read.pop_front(),
            Some(_) | None => None,
        })
    }
}
