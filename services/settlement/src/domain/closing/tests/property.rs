//! Ten thousand random merchant-days against the model.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use chrono::Timelike as _;
use uuid::Uuid;

use crate::domain::{
    calendar::date_of,
    ledger::{Place, Unit},
};

use super::{
    model::{Line, Model, Paid, date_at, local},
    random::{Life, Random, Step, What, crosses_a_year, on},
    *,
};

const LIVES: u64 = 260;
const DAYS: i64 = 40;

/// A life as the code lives it.
struct Run<'a> {
    life: &'a Life,
    ledger: Ledger,
    entries: Vec<Transfer>,
    payouts: Vec<NewPayout>,
    waiting: VecDeque<(i64, i64)>,
    closed: usize,
}

impl<'a> Run<'a> {
    fn of(life: &'a Life) -> Self {
        let first = life.steps[0].occurred_at;
        let cut_off = on(&life.agreements, NaiveDate::MIN).cut_off_minutes;
        let opened_on = date_of(life.market, first, cut_off);
        let msn = "123456".parse().expect("an MSN");
        let unit = Unit { msn, market: life.market, currency: life.market.currency(), vm_number: false };
        let ledger = Ledger::open(unit, opened_on, cut_off);
        let (entries, payouts, waiting) = (Vec::new(), Vec::new(), VecDeque::new());
        let mut run = Self { life, ledger, entries, payouts, waiting, closed: 0 };
        for (number, step) in (1..).zip(&life.steps) {
            run.close_while(|ledger| {
                ledger.is_behind(if life.prompt { step.known_at } else { step.occurred_at })
            });
            run.step(Uuid::from_u128(number), step);
        }
        let end = opened_on + TimeDelta::days(life.days);
        run.close_while(|ledger| ledger.first_open() < end);
        run
    }

    fn close_while(&mut self, over: impl Fn(&Ledger) -> bool) {
        while over(&self.ledger) {
            let date = self.ledger.first_open();
            let next_cut_off = on(&self.life.agreements, self.ledger.first_open() + TimeDelta::days(1));
            let (terms, agreement) = (on(&self.life.terms, date), on(&self.life.agreements, date));
            let closing = close(&mut self.ledger, terms, agreement, next_cut_off.cut_off_minutes);
            let closing = closing.expect("it fits");
            self.entries.extend(closing.transfers);
            self.waiting.extend(closing.payout.iter().map(|payout| (payout.number, payout.amount_minor)));
            self.payouts.extend(closing.payout);
            self.closed += 1;
        }
    }

    fn step(&mut self, source: Uuid, step: &Step) {
        let mut post = |entry_type, sides, amount| {
            let psp_reference = source.to_string();
            let cause =
                Cause { psp_reference, reference: String::new(), occurred_at: step.occurred_at, source };
            self.entries.push(self.ledger.post(entry_type, sides, amount, cause).expect("it fits"));
            self.ledger.first_open()
        };
        match &step.what {
            What::Capture(amount) => {
                let date = post(EntryType::Capture, (Account::Acquirer, Account::Funds), *amount);
                let fee = on(&self.life.agreements, date).fee(*amount);
                if fee > 0 {
                    post(EntryType::CaptureFee, (Account::Fees, Account::Income), fee);
                }
            }
            What::Refund(amount) => {
                post(EntryType::Refund, (Account::Funds, Account::Acquirer), *amount);
            }
            What::ByHand(manual) => {
                let (sides, amount) = manual.sides().expect("it can be posted");
                post(manual.entry_type, sides, amount);
            }
            What::Executed => {
                if let Some((_, amount)) = self.waiting.pop_front() {
                    post(EntryType::PayoutExecuted, (Account::Payouts, Account::Bank), amount);
                }
            }
            What::Aborted => {
                if let Some((_, amount)) = self.waiting.pop_front() {
                    post(EntryType::PayoutAborted, (Account::Payouts, Account::Funds), amount);
                }
            }
        }
    }
}

fn signed(entry: &Transfer, account: Account) -> i64 {
    entry.amount_minor * (i64::from(entry.credit == account) - i64::from(entry.debit == account))
}

/// Entries are numbered without holes, balances chain, dates never go back, and nothing is posted twice.
fn the_books_chain(run: &Run<'_>) {
    let mut names = BTreeSet::new();
    let (mut funds, mut fees, mut payouts) =
        (Place { seq: 0, after_minor: 0 }, Place { seq: 0, after_minor: 0 }, 0);
    let mut date = run.ledger.opened_on;
    let moved = |place: &mut Place, shown: Option<Place>, entry: &Transfer, account: Account| {
        let touched = entry.debit == account || entry.credit == account;
        place.seq += i64::from(touched);
        place.after_minor += signed(entry, account);
        assert_eq!(shown, touched.then_some(*place), "{entry:?}");
    };
    for (number, entry) in (1..).zip(&run.entries) {
        assert_eq!(entry.number, number);
        assert!(
            entry.amount_minor > 0 && entry.debit != entry.credit && entry.ledger_date >= date,
            "{entry:?}"
        );
        assert!(names.insert((entry.cause.source, entry.entry_type)), "{entry:?}");
        moved(&mut funds, entry.funds, entry, Account::Funds);
        moved(&mut fees, entry.fees, entry, Account::Fees);
        payouts += signed(entry, Account::Payouts);
        date = entry.ledger_date;
    }
    let ledger = &run.ledger;
    assert_eq!((ledger.funds, ledger.fees, ledger.payouts_balance_minor), (funds, fees, payouts));
    assert_eq!(ledger.last_number, run.entries.len() as i64);
}

/// Each date has the entries that the model has, in that order, and each payout is the model's.
fn the_model_agrees(run: &Run<'_>, model: &Model<'_>) {
    let mut dates = BTreeMap::<_, Vec<Line>>::new();
    for entry in &run.entries {
        let (funds, fees) = (signed(entry, Account::Funds), signed(entry, Account::Fees));
        dates.entry(entry.ledger_date).or_default().push(Line { entry_type: entry.entry_type, funds, fees });
    }
    assert_eq!(dates, model.dates);
    let paid = |payout: &NewPayout| Paid {
        number: payout.number,
        from: payout.from,
        to: payout.to,
        amount: payout.amount_minor,
        value_date: payout.value_date,
    };
    assert_eq!(run.payouts.iter().map(paid).collect::<Vec<_>>(), model.payouts);
    assert_eq!(run.ledger.opened_on, model.opened);
    assert_eq!(run.ledger.first_open(), model.open);
    assert_eq!(run.ledger.payouts_balance_minor, model.with_bank());
}

/// Dates follow on each other, so that an entry is in one payout at most; what a payout pays is what its entries and the one
/// before it left, but for the reserve.
fn each_payout_equals_its_entries(run: &Run<'_>) {
    let mut next = (2_000_001, run.ledger.opened_on);
    let mut left = 0;
    for payout in &run.payouts {
        assert_eq!((payout.number, payout.from), next);
        assert!(payout.from <= payout.to && payout.value_date > payout.to && payout.amount_minor > 0);
        let covered = |entry: &&Transfer| (payout.from..=payout.to).contains(&entry.ledger_date);
        let funds: i64 = run.entries.iter().filter(covered).map(|entry| signed(entry, Account::Funds)).sum();
        left += funds;
        assert_eq!(left, on(&run.life.agreements, payout.to).reserve_minor, "{payout:?}");
        next = (payout.number + 1, payout.to + TimeDelta::days(1));
    }
    let after = run.payouts.last().map_or(NaiveDate::MIN, |last| last.to);
    assert_eq!(run.ledger.paid_through, after.max(run.ledger.opened_on - TimeDelta::days(1)));
    assert_eq!(run.ledger.next_payout_number, next.0);
}

/// What closes a date happens as the date ends and is called after it; a payout is its last entry; banks are asked at six.
fn closings_are_dated_and_named(run: &Run<'_>) {
    let closing = [EntryType::FeesRetained, EntryType::FeesInvoiced, EntryType::PayoutScheduled];
    for (place, entry) in run.entries.iter().enumerate() {
        if !closing.contains(&entry.entry_type) {
            continue;
        }
        let ends_at = entry.cause.occurred_at;
        assert_eq!(date_at(run.life, ends_at - TimeDelta::microseconds(1)), entry.ledger_date, "{entry:?}");
        assert_eq!(date_at(run.life, ends_at), entry.ledger_date + TimeDelta::days(1), "{entry:?}");
        let what = match entry.entry_type {
            EntryType::FeesRetained => entry.ledger_date.format("%Y%m%d").to_string(),
            EntryType::FeesInvoiced => entry.ledger_date.format("%Y%m").to_string(),
            _ => {
                let payout = run.payouts.iter().find(|payout| payout.to == entry.ledger_date);
                let payout = payout.expect("there is a payout of the entry");
                assert_eq!((&payout.text, payout.amount_minor), (&entry.cause.reference, entry.amount_minor));
                let asked_at = local(run.life.market, payout.ask_at);
                assert_eq!((asked_at.date(), asked_at.hour(), asked_at.minute()), (payout.value_date, 6, 0));
                let next = run.entries.get(place + 1);
                assert!(next.is_none_or(|next| next.ledger_date > entry.ledger_date), "{entry:?}");
                payout.number.to_string()
            }
        };
        assert_eq!(entry.cause.psp_reference, format!("12345601-{what}"));
    }
}

#[test]
fn ten_thousand_random_merchant_days_come_out_as_the_model_says() {
    let (mut closed, mut seen) = (0, BTreeSet::new());
    for seed in 0..LIVES {
        let life = Random(seed).life(DAYS);
        // Seen only when something fails.
        println!("seed {seed}: {:?}, prompt {}, first step {:?}", life.market, life.prompt, life.steps[0]);
        let (run, model) = (Run::of(&life), Model::of(&life));
        the_books_chain(&run);
        the_model_agrees(&run, &model);
        each_payout_equals_its_entries(&run);
        closings_are_dated_and_named(&run);
        closed += run.closed;
        seen.extend(run.entries.iter().map(|entry| format!("{:?}", entry.entry_type)));
        let mut note = |what: &str, is: bool| {
            if is {
                seen.insert(what.to_owned());
            }
        };
        note("a negative balance", model.negative > 0);
        note("a year's end", crosses_a_year(run.ledger.opened_on, run.ledger.closed_through));
        note("a refund after a payout", refunds_after_payout(&run));
        for (_, terms) in &life.terms {
            note(&format!("{:?} {:?} {}", life.market, terms.frequency, terms.gross), true);
        }
    }
    assert!(closed >= 10_000, "{closed} days");
    // Every type of entry, every frequency in every market net and gross, and the three above.
    assert_eq!(seen.len(), EntryType::ALL.len() + 3 * 3 * 2 + 3, "{seen:#?}");
}

fn refunds_after_payout(run: &Run<'_>) -> bool {
    let paid = run.entries.iter().position(|entry| entry.entry_type == EntryType::PayoutScheduled);
    let refunded = run.entries.iter().rposition(|entry| entry.entry_type == EntryType::Refund);
    paid.zip(refunded).is_some_and(|(paid, refunded)| paid < refunded)
}
