//! Dates and times as the formats write them.

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use kvitt_primitives::Market;

use crate::Language;

/// Where the market's clocks are.
pub(crate) fn zone(market: Market) -> Tz {
    match market {
        Market::No => Tz::Europe__Oslo,
        Market::Dk => Tz::Europe__Copenhagen,
        Market::Fi => Tz::Europe__Helsinki,
    }
}

/// `2026-09-01 12:30:00`, local.
pub(crate) fn local(time: DateTime<Utc>, market: Market) -> String {
    time.with_timezone(&zone(market)).format("%Y-%m-%d %H:%M:%S").to_string()
}

/// `2026-09-01T12:30:00.000+02:00`, local.
pub(crate) fn with_offset(time: DateTime<Utc>, market: Market) -> String {
    time.with_timezone(&zone(market)).format("%Y-%m-%dT%H:%M:%S%.3f%:z").to_string()
}

/// `2026-09-01`.
pub(crate) fn iso(date: NaiveDate) -> String {
    date.format("%Y-%m-%d").to_string()
}

/// `01.09.2026`.
pub(crate) fn dotted(date: NaiveDate) -> String {
    date.format("%d.%m.%Y").to_string()
}

/// `01.09.26`.
pub(crate) fn dotted_short(date: NaiveDate) -> String {
    date.format("%d.%m.%y").to_string()
}

/// As people who speak the language write it.
pub(crate) fn spoken(date: NaiveDate, language: Language) -> String {
    match language {
        Language::English | Language::Swedish => iso(date),
        Language::Norwegian | Language::Danish | Language::Finnish => dotted(date),
    }
}
