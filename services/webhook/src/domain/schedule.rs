//! When a delivery that failed is tried again (contract-payments section 7.5): a few tries at once, then after a minute and
//! two, hourly up to the 29th, then daily, for a week.

use chrono::{DateTime, TimeDelta, Utc};

use super::Kind;

/// How long it is tried.
pub(crate) const LONGEST: TimeDelta = TimeDelta::days(7);

/// After so long without a try that succeeded, a registration ends (contract-payments section 7.1).
pub(crate) const SILENCE: TimeDelta = TimeDelta::days(14);

/// How long it is of use to hear that a payer is there: as long as the customer token that comes with it is good.
pub(crate) const CHECK_IN: TimeDelta = TimeDelta::minutes(15);

/// The pause after so many tries have failed.
fn pause(failures: i32) -> TimeDelta {
    match failures {
        ..=3 => TimeDelta::seconds(2),
        4 => TimeDelta::seconds(60),
        5 => TimeDelta::seconds(120),
        6..=28 => TimeDelta::hours(1),
        29.. => TimeDelta::days(1),
    }
}

/// When it is tried again after `failures` tries failed, the last of them just `now`; None when it is given up. `began_at`
/// is when trying began. What is told once is told once, whatever came of it.
pub(crate) fn next_at(
    kind: Kind,
    failures: i32,
    now: DateTime<Utc>,
    began_at: DateTime<Utc>,
) -> Option<DateTime<Utc>> {
    let longest = match kind {
        Kind::EcomCallback | Kind::Ping => return None,
        Kind::Webhook | Kind::ConsentRemoval => LONGEST,
        Kind::CheckIn => CHECK_IN,
    };
    Some(now + pause(failures)).filter(|at| *at <= began_at + longest)
}

/// Whether it is too late even for a try that was to be made before.
pub(crate) fn is_over(kind: Kind, now: DateTime<Utc>, began_at: DateTime<Utc>) -> bool {
    kind == Kind::CheckIn && now >= began_at + CHECK_IN
}

#[cfg(test)]
mod tests {
    use super::*;

    fn began() -> DateTime<Utc> {
        "2026-11-22T00:00:00Z".parse().unwrap()
    }

    #[test]
    fn the_schedule_is_that_of_upstream_and_ends_after_a_week() {
        let (mut now, mut pauses) = (began(), Vec::new());
        for failures in 1.. {
            let Some(next) = next_at(Kind::Webhook, failures, now, began()) else { break };
            pauses.push((next - now).num_seconds());
            now = next;
        }
        let hourly = [3_600; 23];
        let daily = [86_400; 6];
        let expected: Vec<i64> = [&[2, 2, 2, 60, 120][..], &hourly, &daily].concat();
        assert_eq!(pauses, expected);
        assert!(now <= began() + LONGEST && now + TimeDelta::days(1) > began() + LONGEST);
    }

    #[test]
    fn what_is_told_once_is_not_told_again() {
        for kind in [Kind::EcomCallback, Kind::Ping] {
            assert_eq!(next_at(kind, 1, began(), began()), None);
        }
        assert!(next_at(Kind::ConsentRemoval, 1, began(), began()).is_some());
    }

    #[test]
    fn that_a_payer_is_there_is_told_for_as_long_as_their_token_is_good() {
        let at = |seconds| began() + TimeDelta::seconds(seconds);
        let next = |failures, now| next_at(Kind::CheckIn, failures, now, began());
        assert_eq!(next(5, at(66)), Some(at(186)));
        assert_eq!(next(6, at(186)), None);
        assert_eq!(next(1, at(898)), Some(at(900)));
        assert_eq!(next(1, at(899)), None);
        assert!(!is_over(Kind::CheckIn, at(899), began()) && is_over(Kind::CheckIn, at(900), began()));
        assert!(!is_over(Kind::Webhook, at(900), began()));
    }

    #[test]
    fn a_try_that_comes_late_counts_from_when_it_was_made() {
        let late = began() + TimeDelta::days(6);
        assert_eq!(next_at(Kind::Webhook, 6, late, began()), Some(late + TimeDelta::hours(1)));
        assert_eq!(next_at(Kind::Webhook, 29, late + TimeDelta::hours(1), began()), None);
    }
}
