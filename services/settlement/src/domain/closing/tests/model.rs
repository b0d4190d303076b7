//! The rules again, in the simplest way: whole dates, lists and sums. Shares nothing with the code but its words, and the table
//! of real years.

use std::collections::{BTreeMap, VecDeque};

use chrono::{Datelike as _, NaiveDateTime, NaiveTime, Timelike as _};
use kvitt_primitives::Country;

use crate::domain::{Topic, calendar::is_open_by_table};

use super::{
    random::{Life, Step, What, on},
    *,
};

/// What an entry does to the two streams.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) entry_type: EntryType,
    pub(super) funds: i64,
    pub(super) fees: i64,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Paid {
    pub(super) number: i64,
    pub(super) from: NaiveDate,
    pub(super) to: NaiveDate,
    pub(super) amount: i64,
    pub(super) value_date: NaiveDate,
}

pub(super) struct Model<'a> {
    life: &'a Life,
    pub(super) opened: NaiveDate,
    pub(super) open: NaiveDate,
    pub(super) dates: BTreeMap<NaiveDate, Vec<Line>>,
    pub(super) payouts: Vec<Paid>,
    /// Payouts that the bank has not answered.
    waiting: VecDeque<i64>,
    /// Closings that found less than nothing.
    pub(super) negative: usize,
}

impl<'a> Model<'a> {
    /// What becomes of the life.
    pub(super) fn of(life: &'a Life) -> Self {
        let opened = date_at(life, life.steps[0].occurred_at);
        let dates = BTreeMap::new();
        let (payouts, waiting) = (Vec::new(), VecDeque::new());
        let mut model = Self { life, opened, open: opened, dates, payouts, waiting, negative: 0 };
        for step in &life.steps {
            let until = date_at(life, if life.prompt { step.known_at } else { step.occurred_at });
            model.close_before(until);
            model.add(step);
        }
        model.close_before(opened + TimeDelta::days(life.days));
        model
    }

    /// How much is with the bank, which has not answered.
    pub(super) fn with_bank(&self) -> i64 {
        self.waiting.iter().sum()
    }

    fn line(&mut self, entry_type: EntryType, funds: i64, fees: i64) {
        self.dates.entry(self.open).or_default().push(Line { entry_type, funds, fees });
    }

    fn add(&mut self, step: &Step) {
        match &step.what {
            What::Capture(amount) => {
                self.line(EntryType::Capture, *amount, 0);
                let fee = fee(on(&self.life.agreements, self.open), *amount);
                if fee > 0 {
                    self.line(EntryType::CaptureFee, 0, -fee);
                }
            }
            What::Refund(amount) => self.line(EntryType::Refund, -amount, 0),
            What::ByHand(manual) => {
                let amount = manual.amount_minor;
                let (funds, fees) = match (manual.entry_type, manual.topic) {
                    (EntryType::ServiceFee, _) => (0, -amount),
                    (EntryType::RetainedDisputedCapture, _) => (-amount, 0),
                    (EntryType::ReturnedDisputedCapture | EntryType::TopUp, _) => (amount, 0),
                    (_, Some(Topic::Fees)) => (0, amount),
                    _ => (amount, 0),
                };
                self.line(manual.entry_type, funds, fees);
            }
            What::Executed => {
                if self.waiting.pop_front().is_some() {
                    self.line(EntryType::PayoutExecuted, 0, 0);
                }
            }
            What::Aborted => {
                if let Some(amount) = self.waiting.pop_front() {
                    self.line(EntryType::PayoutAborted, amount, 0);
                }
            }
        }
    }

    fn sum(&self, part: impl Fn(&Line) -> i64) -> i64 {
        self.dates.values().flatten().map(part).sum()
    }

    fn close_before(&mut self, date: NaiveDate) {
        while self.open < date {
            let terms = on(&self.life.terms, self.open);
            let tomorrow = self.open + TimeDelta::days(1);
            let fees = self.sum(|line| line.fees);
            match terms.gross {
                false if fees != 0 => self.line(EntryType::FeesRetained, fees, -fees),
                true if fees < 0 && tomorrow.day() == 1 => self.line(EntryType::FeesInvoiced, 0, -fees),
                _ => {}
            }
            let frequency = if self.life.market == Market::No { terms.frequency } else { Frequency::Daily };
            let due = match frequency {
                Frequency::Daily => true,
                // 1 January of the year 1 was a Monday.
                Frequency::Weekly => self.open.num_days_from_ce() % 7 == 0,
                Frequency::Monthly => tomorrow.day() == 1,
            };
            let agreement = on(&self.life.agreements, self.open);
            let funds = self.sum(|line| line.funds);
            self.negative += usize::from(funds < 0);
            if due && terms.account.is_some() && funds > agreement.reserve_minor {
                self.pay_out(funds - agreement.reserve_minor, agreement.payout_delay_days);
            }
            self.open = tomorrow;
        }
    }

    fn pay_out(&mut self, amount: i64, delay: u8) {
        let from = self.payouts.last().map_or(self.opened, |last| last.to + TimeDelta::days(1));
        let number = self.payouts.last().map_or(2_000_001, |last| last.number + 1);
        let on_top = i64::from(self.life.market == Market::No) + i64::from(delay);
        let open = |day: &NaiveDate| is_open_by_table(Country::from(self.life.market), *day);
        let mut days = self.open.iter_days().skip(1).filter(open);
        let value_date = days.nth(usize::try_from(on_top).expect("a count")).expect("a date");
        self.payouts.push(Paid { number, from, to: self.open, amount, value_date });
        self.waiting.push_back(amount);
        self.line(EntryType::PayoutScheduled, -amount, 0);
    }
}

/// In millionths of the capture, by whole numbers; half of one goes to the even one.
fn fee(agreement: &Agreement, amount: i64) -> i64 {
    let mut percentage = agreement.percentage;
    percentage.rescale(4);
    let millionths = i128::from(amount) * percentage.mantissa();
    let (whole, rest) = (millionths / 1_000_000, millionths % 1_000_000);
    let up = rest > 500_000 || rest == 500_000 && whole % 2 == 1;
    let part = i64::try_from(whole).expect("a part of the capture") + i64::from(up);
    amount.min(agreement.minimum_minor.max(part + agreement.fixed_minor))
}

/// The ledger date of an instant, by the cut-offs that are agreed on for the dates.
pub(super) fn date_at(life: &Life, at: DateTime<Utc>) -> NaiveDate {
    let shown = local(life.market, at);
    let yesterday = shown.date() - TimeDelta::days(1);
    let cut_off = on(&life.agreements, yesterday).cut_off_minutes;
    if shown.num_seconds_from_midnight() < u32::from(cut_off) * 60 { yesterday } else { shown.date() }
}

/// What clocks show by the rule of the European Union: an hour more from the last Sunday of March, 01:00 UTC, to that of
/// October. While they show an hour again, what they showed last before it stands.
pub(super) fn local(market: Market, at: DateTime<Utc>) -> NaiveDateTime {
    let utc = at.naive_utc();
    let changes = |month| {
        let last = NaiveDate::from_ymd_opt(utc.year(), month, 31).expect("a date");
        let sunday = last - TimeDelta::days(i64::from(last.weekday().num_days_from_sunday()));
        sunday.and_time(NaiveTime::from_hms_opt(1, 0, 0).expect("a time"))
    };
    let (spring, autumn) = (changes(3), changes(10));
    let winter = TimeDelta::hours(if market == Market::Fi { 2 } else { 1 });
    let hour = TimeDelta::hours(1);
    if utc < spring || utc >= autumn + hour {
        utc + winter
    } else if utc < autumn {
        utc + winter + hour
    } else {
        autumn + winter + hour - TimeDelta::microseconds(1)
    }
}
