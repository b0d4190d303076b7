//! Instants on the wire and in the code; UTC, whole microseconds.

use chrono::{DateTime, SubsecRound as _, Utc};
use prost_types::Timestamp;

use crate::refusal::FieldViolation;

/// The wire's form of an instant.
pub fn to_proto(at: DateTime<Utc>) -> Timestamp {
    let nanos = i32::try_from(at.timestamp_subsec_nanos()).expect("a second has fewer than 2^31 nanoseconds");
    Timestamp { seconds: at.timestamp(), nanos: nanos.min(999_999_999) }
}

/// The code's form of an instant, cut to microseconds as PostgreSQL keeps it; `field` is its path for the violation.
pub fn from_proto(at: Timestamp, field: &str) -> Result<DateTime<Utc>, FieldViolation> {
    u32::try_from(at.nanos)
        .ok()
        .and_then(|nanos| DateTime::from_timestamp(at.seconds, nanos))
        .filter(|at| (1..=9999).contains(&chrono::Datelike::year(at)))
        .map(|at| at.trunc_subsecs(6))
        .ok_or_else(|| FieldViolation::new(field, "must be an instant of the years 1 to 9999"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_goes_over_the_wire_and_back() {
        let at = DateTime::from_timestamp(1_780_000_000, 123_456_000).expect("valid");
        assert_eq!(from_proto(to_proto(at), "at"), Ok(at));
    }

    #[test]
    fn an_instant_out_of_range_is_named() {
        for (seconds, nanos) in [(i64::MAX, 0), (0, -1), (253_402_300_800, 0)] {
            assert_eq!(from_proto(Timestamp { seconds, nanos }, "expiresAt").unwrap_err().field, "expiresAt");
        }
    }
}
