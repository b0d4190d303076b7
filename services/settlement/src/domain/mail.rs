//! When people are sent reports: which periods there are, and when a mail that could not be sent is tried again.

use chrono::{DateTime, Datelike as _, Days, Months, NaiveDate, TimeDelta, Utc};

/// How often people are sent a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Interval {
    /// After each ledger date.
    Daily,
    /// After each Sunday, of the week.
    Weekly,
    /// After the last date of each month, of the month.
    Monthly,
}

/// How long a mail is tried.
pub(crate) const LONGEST: TimeDelta = TimeDelta::days(3);

/// How long mails are kept.
pub(crate) const KEPT: TimeDelta = TimeDelta::days(30);

impl Interval {
    /// The first and the last date of the period that `date` is in.
    pub(crate) fn period(self, date: NaiveDate) -> (NaiveDate, NaiveDate) {
        match self {
            Self::Daily => (date, date),
            Self::Weekly => {
                let week = date.week(chrono::Weekday::Mon);
                let monday = week.checked_first_day().unwrap_or(date);
                (monday, week.checked_last_day().unwrap_or(date))
            }
            Self::Monthly => {
                let first = date.with_day(1).unwrap_or(date);
                let next = first.checked_add_months(Months::new(1));
                (first, next.and_then(|next| next.checked_sub_days(Days::new(1))).unwrap_or(date))
            }
        }
    }
}

/// The pause after so many tries have failed.
fn pause(failures: i32) -> TimeDelta {
    match failures {
        ..=1 => TimeDelta::minutes(1),
        2 => TimeDelta::minutes(5),
        3 => TimeDelta::minutes(15),
        4 => TimeDelta::hours(1),
        5 => TimeDelta::hours(3),
        6.. => TimeDelta::hours(6),
    }
}

/// When a mail is tried again after `failures` tries failed, the last of them just `now`; `None` when it is given up.
/// `made_at` is when it was made.
pub(crate) fn next_try(failures: i32, now: DateTime<Utc>, made_at: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let last = made_at.checked_add_signed(LONGEST)?;
    now.checked_add_signed(pause(failures)).filter(|at| *at <= last)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> NaiveDate {
        text.parse().expect("a date")
    }

    #[test]
    fn a_period_is_a_date_a_week_to_its_sunday_or_a_month() {
        let table = [
            (Interval::Daily, "2026-11-22", "2026-11-22", "2026-11-22"),
            (Interval::Weekly, "2026-11-22", "2026-11-16", "2026-11-22"),
            (Interval::Weekly, "2026-11-23", "2026-11-23", "2026-11-29"),
            (Interval::Weekly, "2026-12-31", "2026-12-28", "2027-01-03"),
            (Interval::Monthly, "2026-11-01", "2026-11-01", "2026-11-30"),
            (Interval::Monthly, "2028-02-29", "2028-02-01", "2028-02-29"),
            (Interval::Monthly, "2026-12-31", "2026-12-01", "2026-12-31"),
        ];
        for (interval, on, from, to) in table {
            assert_eq!(interval.period(date(on)), (date(from), date(to)), "{interval:?} {on}");
        }
    }

    #[test]
    fn a_mail_is_tried_ever_more_seldom_for_three_days() {
        let made: DateTime<Utc> = "2026-11-22T00:00:00Z".parse().unwrap();
        let (mut now, mut pauses) = (made, Vec::new());
        for failures in 1.. {
            let Some(next) = next_try(failures, now, made) else { break };
            pauses.push((next - now).num_minutes());
            now = next;
        }
        assert_eq!(pauses[..6], [1, 5, 15, 60, 180, 360]);
        assert!(pauses[6..].iter().all(|minutes| *minutes == 360));
        assert!(now <= made + LONGEST && now + TimeDelta::hours(6) > made + LONGEST);
    }
}
