//! The order of the log: each part's positions from 1 without gaps, each once, up to its head.

use std::collections::BTreeMap;

use kvitt_primitives::PaymentId;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Disorder, Finding, Page, Part};
use crate::{
    engine::Head,
    store::{self, audit::Position},
};

/// Walks the log in the order of its positions.
#[derive(Debug)]
pub(super) struct Positions {
    parts: Vec<Part>,
    after: Position,
    /// The last position of each part that has rows.
    last: BTreeMap<i16, i64>,
    ended: bool,
}

impl Positions {
    pub(super) fn new(parts: Vec<Part>) -> Self {
        Self { parts, after: beginning(i16::MIN), last: BTreeMap::new(), ended: false }
    }

    pub(super) async fn next(&mut self, connection: &mut PgConnection) -> Result<Option<Page>, sqlx::Error> {
        if self.ended {
            return Ok(None);
        }
        let rows = store::audit::positions(connection, self.after).await?;
        let Some(last) = rows.last() else {
            let Some(part) = store::audit::next_part(connection, self.after.0).await? else {
                self.ended = true;
                return Ok(Some(Page { findings: self.heads(), ..Page::default() }));
            };
            self.after = beginning(part);
            return Ok(Some(Page::default()));
        };
        self.after = *last;
        let findings = rows.into_iter().filter_map(|row| self.take(row)).collect();
        Ok(Some(Page { findings, ..Page::default() }))
    }

    fn take(&mut self, (part, pos, payment_id, seq): Position) -> Option<Finding> {
        let last = self.last.entry(part).or_insert(0);
        let expected = *last + 1;
        *last = pos.max(*last);
        let wrong = match pos.cmp(&expected) {
            std::cmp::Ordering::Equal => return None,
            std::cmp::Ordering::Greater => Disorder::Gap { from: expected, to: pos - 1 },
            std::cmp::Ordering::Less => {
                Disorder::Twice { pos, payment_id: PaymentId::from_uuid(payment_id), seq }
            }
        };
        Some(Finding::Part { part, wrong })
    }

    /// Every part has a head right behind its last row, and a clearing cursor not behind the head.
    fn heads(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        let mut found = |part, wrong| findings.push(Finding::Part { part, wrong });
        for &Part { head: Head { part, next_pos, .. }, cleared } in &self.parts {
            let last = self.last.get(&part).copied().unwrap_or(0);
            if next_pos != last + 1 {
                found(part, Disorder::Head { next_pos, last });
            }
            match cleared {
                None => found(part, Disorder::NoCursor),
                Some(pos) if !(0..next_pos).contains(&pos) => {
                    found(part, Disorder::Cursor { pos, last: next_pos - 1 });
                }
                Some(_) => {}
            }
        }
        for &part in self.last.keys().filter(|part| !self.parts.iter().any(|known| known.head.part == **part))
        {
            found(part, Disorder::NoHead);
        }
        findings
    }
}

/// Before every row of a part.
fn beginning(part: i16) -> Position {
    (part, i64::MIN, Uuid::nil(), i32::MIN)
}
