//! Where business time may be moved to: ahead, and not too far.

use std::time::Duration;

use chrono::{DateTime, Months, Utc};

/// How far it may be moved at once.
const FURTHEST: Months = Months::new(120);

/// Business time ends here: what is due later than now must still be an instant that can be written.
const END_OF_TIME: DateTime<Utc> = DateTime::from_timestamp(221_845_392_000, 0).expect("the year 9000");

/// Where time should go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    By(Duration),
    To(DateTime<Utc>),
}

/// Why it cannot go there. Told to the caller as the rule of the field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unreachable {
    #[error("must be ahead of the present, since time never goes back")]
    NotAhead,
    #[error("must be at most ten years ahead, and before the year 9000")]
    TooFar,
}

impl Target {
    /// The instant, seen from `now`.
    pub(crate) fn instant(self, now: DateTime<Utc>) -> Result<DateTime<Utc>, Unreachable> {
        let instant = match self {
            Self::To(at) => Some(at),
            Self::By(by) => chrono::TimeDelta::from_std(by).ok().and_then(|by| now.checked_add_signed(by)),
        };
        let furthest = now.checked_add_months(FURTHEST).unwrap_or(END_OF_TIME).min(END_OF_TIME);
        match instant {
            Some(at) if at <= now => Err(Unreachable::NotAhead),
            Some(at) if at <= furthest => Ok(at),
            Some(_) | None => Err(Unreachable::TooFar),
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    #[test]
    fn time_is_moved_ahead_by_no_more_than_ten_years() {
        let now: DateTime<Utc> = "2026-09-01T12:00:00Z".parse().unwrap();
        let (to, by) = (Target::To, |seconds| Target::By(Duration::from_secs(seconds)));
        let microsecond = TimeDelta::microseconds(1);
        let ten_years: DateTime<Utc> = "2036-09-01T12:00:00Z".parse().unwrap();
        let table = [
            (to(now + microsecond), Ok(now + microsecond)),
            (to(ten_years), Ok(ten_years)),
            (to(ten_years + microsecond), Err(Unreachable::TooFar)),
            (to(DateTime::<Utc>::MAX_UTC), Err(Unreachable::TooFar)),
            (to(now), Err(Unreachable::NotAhead)),
            (to(now - microsecond), Err(Unreachable::NotAhead)),
            (to(DateTime::<Utc>::MIN_UTC), Err(Unreachable::NotAhead)),
            (by(86_400), Ok(now + TimeDelta::days(1))),
            (by(3653 * 86_400), Ok(ten_years)),
            (by(3653 * 86_400 + 1), Err(Unreachable::TooFar)),
            (by(u64::MAX), Err(Unreachable::TooFar)),
            (by(0), Err(Unreachable::NotAhead)),
        ];
        for (target, instant) in table {
            assert_eq!(target.instant(now), instant, "{target:?}");
        }
    }

    #[test]
    fn time_ends_before_years_have_five_digits() {
        let now: DateTime<Utc> = "8999-12-31T00:00:00Z".parse().unwrap();
        assert!(Target::By(Duration::from_secs(86_400)).instant(now).is_ok());
        assert_eq!(Target::By(Duration::from_secs(86_401)).instant(now), Err(Unreachable::TooFar));
    }
}
