//! How calls to the APIs went: what is counted together, and what a unit is shown of it.

use std::{cmp::Reverse, collections::BTreeMap};

use chrono::{DateTime, NaiveDate, Utc};
use kvitt_primitives::{Msn, WebhookId};
use uuid::Uuid;

/// The first status of an error.
const FIRST_ERROR: i16 = 400;

/// What calls have in common that are counted together.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Alike {
    pub(crate) msn: Msn,
    /// In UTC.
    pub(crate) day: NaiveDate,
    /// The first segment of the path.
    pub(crate) api: String,
    pub(crate) status: i16,
    /// Empty for a success.
    pub(crate) code: String,
}

/// Calls that went alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Calls {
    pub(crate) calls: i64,
    /// The time that they took together.
    pub(crate) total_us: i64,
    pub(crate) slowest_us: i64,
    /// What the slowest one called.
    pub(crate) slowest_operation: String,
}

/// Calls by what they have in common.
pub(crate) type Counts = BTreeMap<Alike, Calls>;

/// An answer that was an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sample {
    pub(crate) msn: Msn,
    pub(crate) api: String,
    pub(crate) at: DateTime<Utc>,
    /// Method and path template.
    pub(crate) operation: String,
    pub(crate) status: i16,
    pub(crate) code: String,
    pub(crate) trace_id: String,
    /// Its beginning.
    pub(crate) body: String,
}

/// What the edge has counted since its last report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Report {
    pub(crate) report_id: Uuid,
    pub(crate) counts: Counts,
    pub(crate) samples: Vec<Sample>,
}

/// A day of an API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Day {
    pub(crate) day: NaiveDate,
    pub(crate) api: String,
    /// All of them.
    pub(crate) all: Calls,
    /// How many were refused or failed.
    pub(crate) errors: i64,
    /// The errors, the most frequent first.
    pub(crate) by_error: Vec<(Alike, Calls)>,
}

/// A registration that ended by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Notice {
    pub(crate) webhook_id: WebhookId,
    pub(crate) url: String,
    pub(crate) events: Vec<String>,
    pub(crate) silent_since: DateTime<Utc>,
    pub(crate) ended_at: DateTime<Utc>,
}

impl Calls {
    /// Adds others to these.
    pub(crate) fn add(&mut self, others: &Self) {
        self.calls = self.calls.saturating_add(others.calls);
        self.total_us = self.total_us.saturating_add(others.total_us);
        if others.slowest_us > self.slowest_us {
            self.slowest_us = others.slowest_us;
            self.slowest_operation.clone_from(&others.slowest_operation);
        }
    }

    /// What one of them took.
    pub(crate) fn mean_us(&self) -> i64 {
        self.total_us / self.calls.max(1)
    }
}

/// Adds calls to those that went alike.
pub(crate) fn add(counts: &mut Counts, alike: Alike, calls: Calls) {
    match counts.get_mut(&alike) {
        Some(known) => known.add(&calls),
        None => _ = counts.insert(alike, calls),
    }
}

/// A unit's days, newest first, each API by itself in alphabetical order.
pub(crate) fn days(counted: impl IntoIterator<Item = (Alike, Calls)>) -> Vec<Day> {
    let mut days: BTreeMap<(Reverse<NaiveDate>, String), Day> = BTreeMap::new();
    for (alike, calls) in counted {
        let day = match days.get_mut(&(Reverse(alike.day), alike.api.clone())) {
            Some(day) => {
                day.all.add(&calls);
                day
            }
            None => days.entry((Reverse(alike.day), alike.api.clone())).or_insert(Day {
                day: alike.day,
                api: alike.api.clone(),
                all: calls.clone(),
                errors: 0,
                by_error: Vec::new(),
            }),
        };
        if alike.status >= FIRST_ERROR {
            day.errors = day.errors.saturating_add(calls.calls);
            day.by_error.push((alike, calls));
        }
    }
    let sorted = |mut day: Day| {
        day.by_error.sort_by(|(one, of_one), (other, of_other)| {
            of_other.calls.cmp(&of_one.calls).then_with(|| one.cmp(other))
        });
        day
    };
    days.into_values().map(sorted).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alike(day: u32, api: &str, (status, code): (i16, &str)) -> Alike {
        Alike {
            msn: "123456".parse().unwrap(),
            day: NaiveDate::from_ymd_opt(2026, 11, day).unwrap(),
            api: api.to_owned(),
            status,
            code: code.to_owned(),
        }
    }

    fn calls(calls: i64, total_us: i64, (slowest_us, operation): (i64, &str)) -> Calls {
        Calls { calls, total_us, slowest_us, slowest_operation: operation.to_owned() }
    }

    #[test]
    fn calls_that_went_alike_are_added_up_and_the_slowest_is_remembered() {
        let mut counts = Counts::new();
        add(&mut counts, alike(22, "epayment", (200, "")), calls(2, 30, (20, "GET /a")));
        add(&mut counts, alike(22, "epayment", (200, "")), calls(1, 40, (40, "GET /b")));
        add(&mut counts, alike(22, "epayment", (200, "")), calls(1, 40, (40, "GET /c")));
        add(&mut counts, alike(22, "epayment", (400, "6090")), calls(1, 5, (5, "POST /d")));
        let all: Vec<_> = counts.into_values().collect();
        assert_eq!(all, [calls(4, 110, (40, "GET /b")), calls(1, 5, (5, "POST /d"))]);
        assert_eq!((all[0].mean_us(), calls(0, 0, (0, "")).mean_us()), (27, 0));
    }

    #[test]
    fn days_are_told_newest_first_with_the_most_frequent_errors_first() {
        let counted = [
            (alike(21, "epayment", (200, "")), calls(5, 500, (200, "GET /a"))),
            (alike(22, "webhooks", (204, "")), calls(1, 7, (7, "DELETE /w"))),
            (alike(22, "epayment", (400, "6090")), calls(2, 20, (15, "POST /c"))),
            (alike(22, "epayment", (404, "6160")), calls(3, 30, (14, "GET /a"))),
            (alike(22, "epayment", (400, "FIELD_INVALID")), calls(2, 20, (10, "POST /a"))),
            (alike(22, "epayment", (201, "")), calls(4, 400, (300, "POST /a"))),
        ];
        let days = days(counted);
        let told: Vec<_> = days
            .iter()
            .map(|day| (day.day.to_string(), day.api.as_str(), day.all.calls, day.errors, day.all.mean_us()))
            .collect();
        assert_eq!(
            told,
            [
                ("2026-11-22".to_owned(), "epayment", 11, 7, 42),
                ("2026-11-22".to_owned(), "webhooks", 1, 0, 7),
                ("2026-11-21".to_owned(), "epayment", 5, 0, 100),
            ]
        );
        assert_eq!((days[0].all.slowest_us, days[0].all.slowest_operation.as_str()), (300, "POST /a"));
        let errors: Vec<_> =
            days[0].by_error.iter().map(|(alike, calls)| (alike.code.as_str(), calls.calls)).collect();
        assert_eq!(errors, [("6160", 3), ("6090", 2), ("FIELD_INVALID", 2)]);
    }
}
