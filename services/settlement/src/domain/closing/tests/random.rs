//! Random lives of sales units, each made of one number.

use chrono::Datelike as _;
use rust_decimal::Decimal;

use crate::domain::{Topic, manual::Manual};

use super::*;

/// What happens to a unit.
#[derive(Debug, Clone)]
pub(super) struct Life {
    pub(super) market: Market,
    /// How many dates are closed.
    pub(super) days: i64,
    /// Whether dates are closed as soon as they are over, or only before something later is posted.
    pub(super) prompt: bool,
    /// What holds from a date on; the first from the beginning.
    pub(super) terms: Vec<(NaiveDate, Terms)>,
    pub(super) agreements: Vec<(NaiveDate, Agreement)>,
    /// In the order in which it becomes known.
    pub(super) steps: Vec<Step>,
}

#[derive(Debug, Clone)]
pub(super) struct Step {
    pub(super) occurred_at: DateTime<Utc>,
    pub(super) known_at: DateTime<Utc>,
    pub(super) what: What,
}

#[derive(Debug, Clone)]
pub(super) enum What {
    Capture(i64),
    Refund(i64),
    ByHand(Manual),
    /// The bank executes the oldest payout that it has not answered.
    Executed,
    /// It cannot.
    Aborted,
}

/// SplitMix64.
pub(super) struct Random(pub(super) u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn between(&mut self, least: i64, most: i64) -> i64 {
        let span = u64::try_from(most - least + 1).expect("more than none");
        least + i64::try_from(self.next() % span).expect("a small number")
    }

    fn one_in(&mut self, cases: i64) -> bool {
        self.between(1, cases) == 1
    }

    fn of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[usize::try_from(self.between(0, choices.len() as i64 - 1)).expect("an index")]
    }

    /// A life of that many dates.
    pub(super) fn life(&mut self, days: i64) -> Life {
        let market = self.of(&Market::ALL);
        let first = self.first_date();
        let terms = self.changes(first, days, |random| random.terms(market));
        let agreements = self.changes(first, days, Self::agreement);
        let mut steps = Vec::new();
        for day in first.iter_days().take(usize::try_from(days).expect("a count")) {
            // Some days are quiet, but not the first.
            let most = if day == first { 6 } else { self.of(&[0, 0, 1, 4, 12]) };
            let least = i64::from(day == first);
            for _ in 0..self.between(least, most.max(least)) {
                steps.push(self.step(day));
            }
        }
        steps.sort_by_key(|step| step.known_at);
        // The unit's first date is that of its first step, wherever the others may have happened before.
        let opens_at = steps[0].known_at;
        for step in &mut steps {
            step.occurred_at = step.occurred_at.max(opens_at);
        }
        Life { market, days, prompt: self.one_in(2), terms, agreements, steps }
    }

    /// Often shortly before a year ends, clocks change or banks close for Easter.
    fn first_date(&mut self) -> NaiveDate {
        let (year, day) = (i32::try_from(self.between(2019, 2026)).expect("a year"), self.between(0, 9));
        let (month, day) = match self.between(1, 6) {
            1 => (12, 1 + day),
            2 => (3, 1 + day),
            3 => (10, 1 + day),
            4 => (5, 1 + day),
            _ => (u32::try_from(self.between(1, 12)).expect("a month"), self.between(1, 28)),
        };
        NaiveDate::from_ymd_opt(year, month, u32::try_from(day).expect("a day")).expect("a date")
    }

    /// One of the beginning, and up to two others later on; the first dates are all alike.
    fn changes<T>(
        &mut self,
        first: NaiveDate,
        days: i64,
        mut make: impl FnMut(&mut Self) -> T,
    ) -> Vec<(NaiveDate, T)> {
        let mut dates = vec![NaiveDate::MIN];
        for _ in 0..self.between(0, 2) {
            dates.push(first + TimeDelta::days(self.between(4, days)));
        }
        dates.sort_unstable();
        dates.into_iter().map(|date| (date, make(self))).collect()
    }

    fn terms(&mut self, market: Market) -> Terms {
        let frequency = self.of(&[Frequency::Daily, Frequency::Weekly, Frequency::Monthly]);
        let terms = shop::terms(market);
        let account = terms.account.clone().filter(|_| !self.one_in(6));
        Terms { frequency, gross: self.one_in(3), account, ..terms }
    }

    fn agreement(&mut self) -> Agreement {
        Agreement {
            product: String::new(),
            percentage: Decimal::new(self.of(&[0, 5_000, 15_000, 29_900, 29_999, 500_000, 1_000_000]), 4),
            fixed_minor: self.of(&[0, 0, 100, 175]),
            minimum_minor: self.of(&[0, 0, 100, 700]),
            reserve_minor: self.of(&[0, 0, 0, 10_000, 1_000_000]),
            payout_delay_days: u8::try_from(self.of(&[0, 0, 0, 1, 5])).expect("a small number"),
            cut_off_minutes: u16::try_from(self.of(&[0, 0, 0, 30, 120, 150, 210, 240, 720]))
                .expect("minutes"),
        }
    }

    /// Something around that day: often near midnight or where clocks change, and sometimes long before it is known.
    fn step(&mut self, day: NaiveDate) -> Step {
        let midnight = day.and_time(chrono::NaiveTime::MIN).and_utc();
        let minute = match self.between(1, 4) {
            1 => self.between(20 * 60, 26 * 60),
            2 => self.of(&[0, 30, 59, 60, 61, 90, 120, 1320, 1380]),
            _ => self.between(0, 24 * 60),
        };
        let micros = self.of(&[0, 0, 1, 59_999_999]);
        let known_at = midnight + TimeDelta::minutes(minute) + TimeDelta::microseconds(micros);
        let late = if self.one_in(10) { self.between(1, 4 * 24 * 60) } else { 0 };
        Step { occurred_at: known_at - TimeDelta::minutes(late), known_at, what: self.what() }
    }

    fn what(&mut self) -> What {
        let amount = match self.between(1, 3) {
            1 => self.between(1, 500),
            2 => self.between(1, 50) * 1_000,
            _ => self.between(1, 5_000_000),
        };
        match self.between(1, 20) {
            1..=10 => What::Capture(amount),
            11..=14 => What::Refund(amount),
            15 => What::Aborted,
            16 | 17 => What::Executed,
            _ => What::ByHand(self.by_hand(amount)),
        }
    }

    fn by_hand(&mut self, amount: i64) -> Manual {
        let entry_type = self.of(&[
            EntryType::ServiceFee,
            EntryType::RetainedDisputedCapture,
            EntryType::ReturnedDisputedCapture,
            EntryType::Correction,
            EntryType::TopUp,
            EntryType::CreditNote,
        ]);
        let signed = matches!(entry_type, EntryType::Correction | EntryType::CreditNote);
        let amount_minor = if signed && self.one_in(2) { -amount } else { amount };
        Manual { entry_type, topic: Some(self.of(&[Topic::Funds, Topic::Fees])), amount_minor }
    }
}

/// What holds on a date.
pub(super) fn on<T>(changes: &[(NaiveDate, T)], date: NaiveDate) -> &T {
    changes
        .iter()
        .rev()
        .find(|(from, _)| *from <= date)
        .map(|(_, held)| held)
        .expect("the first holds always")
}

/// Whether the life has the end of a year in it.
pub(super) fn crosses_a_year(first: NaiveDate, last: NaiveDate) -> bool {
    first.year() != last.year()
}
