//! One ledger, folded from its transfers in their order, and what differs from that.

use std::{collections::BTreeMap, fmt::Display};

use chrono::NaiveDate;

use super::Wrong;
use crate::store::audit::{Booked, Ledger, Payout, Transfer};

/// The first payout of a ledger.
const FIRST_PAYOUT: i64 = 2_000_001;

/// Numbers of accounts, as in the migration.
const FUNDS: i16 = 1;
const FEES: i16 = 2;
const PAYOUTS: i16 = 3;
/// Numbers of types.
const PAYOUT_SCHEDULED: i16 = 7;
const PAYOUT_ABORTED: i16 = 8;
const PAYOUT_EXECUTED: i16 = 100;
/// Numbers of states of a payout.
const SCHEDULED: i16 = 1;
const EXECUTED: i16 = 2;
const ABORTED: i16 = 3;

/// One ledger.
pub(super) struct Fold {
    ledger: Ledger,
    /// What payouts leave, from a date on; oldest first.
    reserves: Vec<(NaiveDate, i64)>,
    /// The last transfer's.
    number: i64,
    date: NaiveDate,
    /// Entries and balance.
    funds: (i64, i64),
    fees: (i64, i64),
    payouts_balance: i128,
    paid_through: NaiveDate,
    next_payout: i64,
    /// Made ready, and neither executed nor aborted so far.
    open: BTreeMap<i64, Payout>,
}

impl Fold {
    pub(super) fn new(ledger: Ledger, reserves: Vec<(NaiveDate, i64)>) -> Self {
        let paid_through = ledger.opened_on.pred_opt().unwrap_or(ledger.opened_on);
        Self {
            date: ledger.opened_on,
            ledger,
            reserves,
            number: 0,
            funds: (0, 0),
            fees: (0, 0),
            payouts_balance: 0,
            paid_through,
            next_payout: FIRST_PAYOUT,
            open: BTreeMap::new(),
        }
    }

    /// Whose it is.
    pub(super) fn msn(&self) -> &str {
        &self.ledger.msn
    }

    /// Whether a transfer makes a payout ready.
    pub(super) fn is_payout(&self, transfer: &Transfer) -> bool {
        transfer.entry_type == PAYOUT_SCHEDULED
    }

    /// Takes the next transfer, and the payout that it makes ready.
    pub(super) fn take(&mut self, transfer: &Transfer, payout: Option<Payout>, wrong: &mut Vec<Wrong>) {
        let number = transfer.number;
        if number != self.number.saturating_add(1) {
            wrong.push(Wrong::Hole { number, what: "transfer", expected: self.number.saturating_add(1) });
        }
        self.number = number;
        let Transfer { entry_type, debit, credit, .. } = *transfer;
        if !moves(entry_type, (debit, credit)) {
            wrong.push(Wrong::Sides { number, entry_type, debit, credit });
        }
        let from = self.date.max(self.paid_through.succ_opt().unwrap_or(self.paid_through));
        let to = self.ledger.closed_through.succ_opt().unwrap_or(self.ledger.closed_through);
        if !(from..=to).contains(&transfer.ledger_date) {
            wrong.push(Wrong::Date { number, date: transfer.ledger_date, from, to });
        }
        self.date = transfer.ledger_date;
        self.funds = chain((transfer, FUNDS, "funds"), self.funds, transfer.funds, wrong);
        self.fees = chain((transfer, FEES, "fees"), self.fees, transfer.fees, wrong);
        self.payouts_balance += i128::from(moved(transfer, PAYOUTS));
        match entry_type {
            PAYOUT_SCHEDULED => self.schedule(transfer, payout, wrong),
            PAYOUT_ABORTED => self.finish(transfer, ABORTED, wrong),
            PAYOUT_EXECUTED => self.finish(transfer, EXECUTED, wrong),
            _ => {}
        }
    }

    /// Compares with the ledger's row, once there are no more transfers.
    pub(super) fn end(self, wrong: &mut Vec<Wrong>) {
        let ledger = &self.ledger;
        let mut compare = |what: &'static str, stored: String, summed: String| {
            if stored != summed {
                wrong.push(Wrong::Ledger { what, stored, summed });
            }
        };
        let place = |(seq, balance): (i64, i64)| format!("{balance} after {seq} entries");
        compare("transfers", ledger.last_number.to_string(), self.number.to_string());
        compare("funds", place(ledger.funds), place(self.funds));
        compare("fees", place(ledger.fees), place(self.fees));
        compare("payouts", ledger.payouts_balance_minor.to_string(), self.payouts_balance.to_string());
        compare("next payout", ledger.next_payout_number.to_string(), self.next_payout.to_string());
        compare("dates paid through", ledger.paid_through.to_string(), self.paid_through.to_string());
        let ended = self.open.values().filter(|payout| payout.state != SCHEDULED);
        wrong.extend(ended.map(|payout| Wrong::Open { number: payout.number }));
    }

    fn schedule(&mut self, transfer: &Transfer, payout: Option<Payout>, wrong: &mut Vec<Wrong>) {
        let Some(payout) = payout else {
            let payout = transfer.psp_reference.clone();
            wrong.push(Wrong::NoPayout { number: transfer.number, payout });
            return;
        };
        let number = payout.number;
        let mut compare = |what: &'static str, stored: &dyn Display, summed: &dyn Display| {
            let (stored, summed) = (stored.to_string(), summed.to_string());
            if stored != summed {
                wrong.push(Wrong::Payout { number, what, stored, summed });
            }
        };
        let named = payout_of(transfer).unwrap_or_default();
        compare("number", &number, &self.next_payout);
        compare("its entry's number", &number, &named);
        compare("amount", &payout.amount_minor, &transfer.amount_minor);
        compare("currency", &payout.currency, &self.ledger.currency);
        let first = self.paid_through.succ_opt().unwrap_or(self.paid_through);
        compare("first date", &payout.from, &first);
        compare("last date", &payout.to, &transfer.ledger_date);
        let reserve = self.reserves.iter().rev().find(|(from, _)| *from <= transfer.ledger_date);
        compare("left on the ledger", &reserve.map_or(0, |(_, minor)| *minor), &self.funds.1);
        self.next_payout = number.saturating_add(1);
        self.paid_through = transfer.ledger_date;
        self.open.insert(number, payout);
    }

    fn finish(&mut self, transfer: &Transfer, state: i16, wrong: &mut Vec<Wrong>) {
        let payout = payout_of(transfer).and_then(|number| self.open.remove(&number));
        let as_said =
            payout.is_some_and(|one| (one.state, one.amount_minor) == (state, transfer.amount_minor));
        if !as_said {
            wrong.push(Wrong::Ended { number: transfer.number, payout: transfer.psp_reference.clone() });
        }
    }
}

/// What the bank has done that a payout does not say. It may have answered what nobody has written down yet.
pub(super) fn bank(payout: &Payout, booked: Option<&Booked>) -> Option<Wrong> {
    let number = payout.number;
    let what = match (payout.state, booked) {
        (SCHEDULED, None) => return None,
        (_, None) => "never heard of it".to_owned(),
        (state, Some(booked)) => {
            let Booked { amount_minor, currency, account: (scheme, id), executed, .. } = booked;
            let done = if *executed { "executed" } else { "refused" };
            let same = (*amount_minor, currency, &booked.account)
                == (payout.amount_minor, &payout.currency, &payout.account);
            let known = match state {
                EXECUTED => *executed,
                ABORTED => !executed,
                _ => true,
            };
            if same && known {
                return None;
            }
            format!("{done} {amount_minor} {currency} to {scheme} {id}")
        }
    };
    Some(Wrong::Bank { number, what })
}

/// Whether a type of entry ever moves money between these accounts.
fn moves(entry_type: i16, sides: (i16, i16)) -> bool {
    match entry_type {
        1 | 10 => sides == (4, 1),
        2 | 9 => sides == (1, 4),
        3 | 4 => sides == (2, 5),
        5 => sides == (1, 2) || sides == (2, 1),
        6 => sides == (6, 2),
        PAYOUT_SCHEDULED => sides == (1, 3),
        PAYOUT_ABORTED => sides == (3, 1),
        11 | 13 => [(8, 1), (1, 8), (8, 2), (2, 8)].contains(&sides),
        12 => sides == (7, 1),
        PAYOUT_EXECUTED => sides == (3, 7),
        _ => false,
    }
}

/// What a transfer adds to an account.
fn moved(transfer: &Transfer, account: i16) -> i64 {
    if transfer.credit == account {
        transfer.amount_minor
    } else if transfer.debit == account {
        transfer.amount_minor.saturating_neg()
    } else {
        0
    }
}

/// The place in a stream after a transfer, as its row says.
fn chain(
    (transfer, account, what): (&Transfer, i16, &'static str),
    (seq, balance): (i64, i64),
    place: Option<(i64, i64)>,
    wrong: &mut Vec<Wrong>,
) -> (i64, i64) {
    let (number, moved) = (transfer.number, moved(transfer, account));
    let Some((stored_seq, stored)) = place else {
        if moved != 0 {
            wrong.push(Wrong::Hole { number, what, expected: seq.saturating_add(1) });
        }
        return (seq, balance);
    };
    if stored_seq != seq.saturating_add(1) {
        wrong.push(Wrong::Hole { number, what, expected: seq.saturating_add(1) });
    }
    let summed = i128::from(balance) + i128::from(moved);
    if i128::from(stored) != summed {
        wrong.push(Wrong::Chain { number, what, stored, summed });
    }
    (stored_seq, stored)
}

/// The payout that a transfer belongs to: the end of its name.
fn payout_of(transfer: &Transfer) -> Option<i64> {
    transfer.psp_reference.rsplit('-').next()?.parse().ok()
}
