//! What the current reports say of a unit's day: its rows added up, by category.

use chrono::NaiveDate;

use crate::{Kind, Row, Settlement, Unit};

/// A ledger date of a unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Day {
    /// Which.
    pub(crate) date: NaiveDate,
    /// Its sums.
    pub(crate) sums: Sums,
    /// After its last row.
    pub(crate) balance_minor: i128,
    /// The payout that ended it.
    pub(crate) payout: Option<Payout>,
}

/// Where a payout went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Payout {
    /// The account.
    pub(crate) account_id: String,
    /// The bank's text.
    pub(crate) text: String,
    /// When the money is there.
    pub(crate) value_date: NaiveDate,
}

/// Amounts by category: what came in is positive, but a payout is what was paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Sums {
    /// Sales.
    pub(crate) captures: i128,
    /// Never positive.
    pub(crate) refunds: i128,
    /// Retained, or of a gross unit to be invoiced; negative.
    pub(crate) fees: i128,
    /// All else.
    pub(crate) other: i128,
    /// Paid out, never negative.
    pub(crate) payout: i128,
}

impl Sums {
    /// Adds a row. Fees of a gross unit never leave its funds: what its captures cost is told all the same.
    pub(crate) fn take(&mut self, row: &Row, unit: &Unit) {
        let amount = i128::from(row.amount_minor);
        match row.kind {
            Kind::Capture => self.captures += amount,
            Kind::Refund => self.refunds += amount,
            Kind::FeesRetained => self.fees += amount,
            Kind::PayoutScheduled => self.payout -= amount,
            _ => self.other += amount,
        }
        if unit.gross {
            self.fees -= i128::from(row.fee_minor);
        }
    }

    /// Adds other sums.
    pub(crate) fn add(&mut self, more: &Self) {
        self.captures += more.captures;
        self.refunds += more.refunds;
        self.fees += more.fees;
        self.other += more.other;
        self.payout += more.payout;
    }
}

/// The day that is being told.
#[derive(Debug, Default)]
pub(crate) struct Days {
    settlement: Option<Settlement>,
    day: Option<Day>,
}

impl Days {
    /// The settlement whose rows follow.
    pub(crate) fn settlement(&mut self, settlement: Option<&Settlement>) {
        self.settlement = settlement.cloned();
    }

    /// Adds a row; gives the day before when the row begins another.
    pub(crate) fn row(&mut self, unit: &Unit, row: &Row) -> Option<Day> {
        let ended = self.day.take_if(|day| day.date != row.ledger_date);
        let day = self.day.get_or_insert_with(|| Day {
            date: row.ledger_date,
            sums: Sums::default(),
            balance_minor: 0,
            payout: None,
        });
        day.sums.take(row, unit);
        day.balance_minor = row.balance_after_minor.into();
        if row.kind == Kind::PayoutScheduled {
            day.payout = self.settlement.as_ref().map(|settlement| Payout {
                account_id: settlement.account_id.clone(),
                text: settlement.text.clone(),
                value_date: settlement.value_date,
            });
        }
        ended
    }

    /// The unit ends, and its last day with it.
    pub(crate) fn end(&mut self) -> Option<Day> {
        self.settlement = None;
        self.day.take()
    }
}
