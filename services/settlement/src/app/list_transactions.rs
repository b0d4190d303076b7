//! The entries of `funds` by dates or by payout, as the first version of the Report API had them.

use chrono::NaiveDate;
use kvitt_proto::refusal::FieldViolation;

use super::{App, Error, list_entries_of_date::Page, readable::Readable};
use crate::store::{entries, ledgers};

/// Which dates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Dates {
    /// From the first to the last, both if they are given, and behind those of a payout if one is given.
    Between { from: Option<NaiveDate>, to: Option<NaiveDate>, since_payout: Option<i64> },
    /// Those that a payout covers.
    InPayout(i64),
    /// Where the page before ended, and the last date.
    Rest(Rest),
}

/// What is left after a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rest {
    /// The date and the transfer of the last entry.
    pub(crate) after: (NaiveDate, i64),
    pub(crate) to: NaiveDate,
}

/// A page of them, and what is left; only of closed dates.
pub(crate) async fn list_transactions(
    app: &App,
    ledger: &Readable,
    dates: Dates,
    size: i64,
) -> Result<(Page, Option<Rest>), Error> {
    let msn = ledger.msn();
    let mut connection = app.pool.acquire().await?;
    let payout = match &dates {
        Dates::InPayout(number) => Some(("inPayout", *number)),
        Dates::Between { since_payout, .. } => since_payout.map(|number| ("sincePayout", number)),
        Dates::Rest(_) => None,
    };
    let covered = match payout {
        Some((field, number)) => {
            let covered = entries::dates_of_payout(&mut connection, msn, number).await?;
            Some(covered.ok_or_else(|| no_such_payout(field))?)
        }
        None => None,
    };
    let Some(known) = ledgers::find(&mut connection, msn).await? else { return Ok((Page::default(), None)) };
    let Rest { after, to } = bounds(dates, covered);
    let to = to.min(known.closed_through);
    let page = Page::of(entries::of_dates(&mut connection, msn, after, to, size + 1).await?, size);
    let last = page.entries.last().filter(|_| page.more);
    let rest = last.map(|last| Rest { after: (last.ledger_date, last.number), to });
    Ok((page, rest))
}

/// Where to begin and to end. Transfers are numbered from 1.
fn bounds(dates: Dates, covered: Option<(NaiveDate, NaiveDate)>) -> Rest {
    match (dates, covered) {
        (Dates::Rest(rest), _) => rest,
        (Dates::InPayout(_), Some((from, to))) => Rest { after: (from, 0), to },
        // A payout that is not there has been refused.
        (Dates::InPayout(_), None) => Rest { after: (LAST_DATE, 0), to: FIRST_DATE },
        (Dates::Between { from, to, .. }, covered) => {
            let behind = covered.and_then(|(_, last)| last.succ_opt());
            let from = from.max(behind).unwrap_or(FIRST_DATE);
            Rest { after: (from, 0), to: to.unwrap_or(LAST_DATE) }
        }
    }
}

/// Before everything, and after it, as PostgreSQL knows dates.
const FIRST_DATE: NaiveDate = NaiveDate::from_ymd_opt(1, 1, 1).expect("there was such a day");
const LAST_DATE: NaiveDate = NaiveDate::from_ymd_opt(9999, 12, 31).expect("there will be such a day");

fn no_such_payout(field: &str) -> Error {
    Error::Fields(vec![FieldViolation::new(field, "must be the number of a payout of this ledger")])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 11, day).expect("a date")
    }

    #[test]
    fn dates_are_bounded_by_what_is_asked_for() {
        let between = |from: Option<u32>, to: Option<u32>| Dates::Between {
            from: from.map(date),
            to: to.map(date),
            since_payout: None,
        };
        let covered = Some((date(3), date(5)));
        let rest = Rest { after: (date(7), 12), to: date(9) };
        let table = [
            (between(None, None), None, (FIRST_DATE, 0), LAST_DATE),
            (between(Some(2), Some(4)), None, (date(2), 0), date(4)),
            (between(None, None), covered, (date(6), 0), LAST_DATE),
            (between(Some(2), Some(9)), covered, (date(6), 0), date(9)),
            (between(Some(8), None), covered, (date(8), 0), LAST_DATE),
            (Dates::InPayout(1), covered, (date(3), 0), date(5)),
            (Dates::Rest(rest), None, (date(7), 12), date(9)),
        ];
        for (dates, covered, after, to) in table {
            assert_eq!(bounds(dates.clone(), covered), Rest { after, to }, "{dates:?}");
        }
    }
}
