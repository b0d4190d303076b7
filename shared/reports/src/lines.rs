//! What the classic formats say of a settlement: one line for each capture and refund, and for whatever else moved what was
//! paid out. So the lines of a settlement always add up to it: gross = captures + refunds, net = gross - fees, and the one
//! or the other is the payout. What no row tells (a reserve that is kept or given back, a fee of no capture) is the
//! last line.

use chrono::{DateTime, Days, NaiveDate, NaiveTime, TimeDelta, TimeZone, Utc};

use crate::{Kind, Personal, Row, Settlement, Unit, dates};

/// A line of a settlement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line<'a> {
    /// Why, in the words of the format, which are always Norwegian.
    pub(crate) kind: &'static str,
    /// When.
    pub(crate) time: DateTime<Utc>,
    /// The date it is booked on.
    pub(crate) date: NaiveDate,
    /// A number of its own.
    pub(crate) transaction_id: i64,
    /// The merchant's reference.
    pub(crate) reference: &'a str,
    /// What it moved.
    pub(crate) sums: Sums,
    /// Who paid.
    pub(crate) personal: Option<&'a Personal>,
}

/// Amounts of a line or of a whole settlement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Sums {
    /// Never negative.
    pub(crate) captures: i128,
    /// Never positive.
    pub(crate) refunds: i128,
    /// Never negative.
    pub(crate) fees: i128,
    /// How many lines.
    pub(crate) lines: u64,
}

impl Sums {
    fn of(amount: i128, fee: i128) -> Self {
        Self { captures: amount.max(0), refunds: amount.min(0), fees: fee.max(0), lines: 1 }
    }

    /// Captures and refunds.
    pub(crate) fn gross(&self) -> i128 {
        self.captures + self.refunds
    }

    /// Without the fees.
    pub(crate) fn net(&self) -> i128 {
        self.gross() - self.fees
    }

    /// The one that is paid out.
    pub(crate) fn settled(&self, unit: &Unit) -> i128 {
        if unit.gross { self.gross() } else { self.net() }
    }

    fn add(&mut self, line: &Self) {
        self.captures += line.captures;
        self.refunds += line.refunds;
        self.fees += line.fees;
        self.lines += line.lines;
    }
}

/// A settlement whose lines are being told.
#[derive(Debug)]
pub(crate) struct Settling {
    /// Whose.
    pub(crate) unit: Unit,
    /// Which.
    pub(crate) settlement: Settlement,
    /// Of the lines so far.
    pub(crate) sums: Sums,
    closing_id: i64,
}

impl Settling {
    /// A settlement without lines yet.
    pub(crate) fn new(unit: &Unit, settlement: &Settlement) -> Self {
        Self {
            unit: unit.clone(),
            settlement: settlement.clone(),
            sums: Sums::default(),
            closing_id: settlement.number,
        }
    }

    /// The line of a row, where it has one: retained fees stand beside their captures, and the payout is the sum.
    pub(crate) fn line<'a>(&mut self, row: &'a Row) -> Option<Line<'a>> {
        let kind = match row.kind {
            Kind::Capture => "Salg",
            Kind::Refund => "Refundering",
            Kind::FeesRetained => return None,
            Kind::PayoutScheduled => {
                self.closing_id = row.transaction_id;
                return None;
            }
            Kind::PayoutAborted => "Avbrutt utbetaling",
            Kind::RetainedDisputedCapture => "Tilbakeholdt",
            Kind::ReturnedDisputedCapture => "Tilbakeført",
            Kind::Correction => "Korreksjon",
            Kind::TopUp => "Innbetaling",
            Kind::CreditNote => "Kreditnota",
        };
        let sums = Sums::of(row.amount_minor.into(), row.fee_minor.into());
        self.sums.add(&sums);
        Some(Line {
            kind,
            time: row.time,
            date: row.ledger_date,
            transaction_id: row.transaction_id,
            reference: &row.reference,
            sums,
            personal: row.personal.as_ref(),
        })
    }

    /// What the lines lack of the payout, if they lack anything.
    pub(crate) fn rest(&mut self) -> Option<Line<'static>> {
        let missing = i128::from(self.settlement.payout_minor) - self.sums.settled(&self.unit);
        if missing == 0 && self.sums.lines > 0 {
            return None;
        }
        let sums = Sums::of(missing, 0);
        self.sums.add(&sums);
        Some(Line {
            kind: "Justering",
            time: end_of(self.settlement.to, &self.unit),
            date: self.settlement.to,
            transaction_id: self.closing_id,
            reference: "",
            sums,
            personal: None,
        })
    }
}

/// The last second of a date.
fn end_of(date: NaiveDate, unit: &Unit) -> DateTime<Utc> {
    let midnight = date.checked_add_days(Days::new(1)).unwrap_or(date).and_time(NaiveTime::MIN);
    let next = dates::zone(unit.market)
        .from_local_datetime(&midnight)
        .earliest()
        .map_or_else(|| midnight.and_utc(), |time| time.to_utc());
    next - TimeDelta::seconds(1)
}
