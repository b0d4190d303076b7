//! Zones, ledger dates, banking days and value dates (contract-merchant section 4.3).

mod banking_days;

use chrono::{
    DateTime, Datelike as _, NaiveDate, NaiveDateTime, NaiveTime, Offset as _, TimeDelta, TimeZone as _, Utc,
    Weekday,
};
use chrono_tz::Tz;
use kvitt_primitives::Market;

use super::Frequency;
use banking_days::next_banking_day;

/// When banks take what they are asked: minutes after midnight.
const BANKS_OPEN: u16 = 6 * 60;

/// No clock in the markets was ever set forward by more than this, in minutes.
const LONGEST_GAP: i64 = 180;

/// The zone whose midnights part ledger dates.
pub(crate) fn zone(market: Market) -> Tz {
    match market {
        Market::No => Tz::Europe__Oslo,
        Market::Dk => Tz::Europe__Copenhagen,
        Market::Fi => Tz::Europe__Helsinki,
    }
}

/// The ledger date of an instant, where each date ends that many minutes after its midnight.
pub(crate) fn date_of(market: Market, at: DateTime<Utc>, cut_off_minutes: u16) -> NaiveDate {
    let utc = at.naive_utc();
    let offset = zone(market).offset_from_utc_datetime(&utc).fix();
    let date = utc.checked_add_offset(offset).unwrap_or(utc).date();
    match date.pred_opt() {
        Some(before) if at < date_ends_at(market, before, cut_off_minutes) => before,
        _ => date,
    }
}

/// The first instant that is no longer of the ledger date: when the unit's clock shows that many minutes after midnight for
/// the first time, or jumps over it.
pub(crate) fn date_ends_at(market: Market, date: NaiveDate, cut_off_minutes: u16) -> DateTime<Utc> {
    date.succ_opt().map_or(DateTime::<Utc>::MAX_UTC, |next| at_local(market, next, cut_off_minutes))
}

/// Whether what a unit with this frequency has earned is paid out when the date closes.
pub(crate) fn ends_period(frequency: Frequency, date: NaiveDate) -> bool {
    match frequency {
        Frequency::Daily => true,
        Frequency::Weekly => date.weekday() == Weekday::Sun,
        Frequency::Monthly => date.succ_opt().is_none_or(|next| next.month() != date.month()),
    }
}

/// The banking day on which a payout of that date is on the merchant's account. Banks are given it on the first banking day
/// after the date; in Norway it takes them until the next one. `delay_days` are banking days on top.
pub(crate) fn value_date(market: Market, ledger_date: NaiveDate, delay_days: u8) -> NaiveDate {
    let days = match market {
        Market::No => 1,
        Market::Dk | Market::Fi => 0,
    };
    let given = next_banking_day(market.into(), ledger_date);
    (0..days + u16::from(delay_days)).fold(given, |date, _| next_banking_day(market.into(), date))
}

/// When the banks of the market begin their day.
pub(crate) fn bank_opens_at(market: Market, date: NaiveDate) -> DateTime<Utc> {
    at_local(market, date, BANKS_OPEN)
}

/// When clocks show that many minutes after midnight for the first time, or jump over it.
fn at_local(market: Market, date: NaiveDate, minutes: u16) -> DateTime<Utc> {
    let midnight = NaiveDateTime::new(date, NaiveTime::MIN);
    let shown = |late: i64| midnight.checked_add_signed(TimeDelta::minutes(i64::from(minutes) + late));
    (0..=LONGEST_GAP)
        .filter_map(shown)
        .find_map(|local| zone(market).from_local_datetime(&local).earliest())
        .map_or(DateTime::<Utc>::MAX_UTC, |at| at.to_utc())
}

#[cfg(test)]
pub(super) use banking_days::tests::is_open_by_table;

#[cfg(test)]
mod tests;
