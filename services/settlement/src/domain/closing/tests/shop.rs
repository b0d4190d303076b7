//! A unit whose days can be played through by hand.

use uuid::Uuid;

use crate::domain::ledger::Unit;

use super::*;

pub(super) struct Shop {
    pub(super) ledger: Ledger,
    pub(super) terms: Terms,
    pub(super) agreement: Agreement,
    pub(super) entries: Vec<Transfer>,
    pub(super) payouts: Vec<NewPayout>,
    events: u128,
}

pub(super) fn date(text: &str) -> NaiveDate {
    text.parse().expect("a date")
}

pub(super) fn at(text: &str) -> DateTime<Utc> {
    text.parse().expect("an instant")
}

/// Daily and net, with an account.
pub(super) fn terms(market: Market) -> Terms {
    Terms {
        market,
        frequency: Frequency::Daily,
        gross: false,
        account: Some(("BBAN:NO".to_owned(), "86011117947".to_owned())),
        sales_unit_name: "Fjordbutikken".to_owned(),
        product: String::new(),
        owner: crate::domain::Owner::default(),
    }
}

impl Shop {
    /// A unit without fees whose first date is `opened_on`.
    pub(super) fn new(market: Market, opened_on: &str) -> Self {
        let msn = "123456".parse().expect("an MSN");
        let unit = Unit { msn, market, currency: market.currency(), vm_number: false };
        Self {
            ledger: Ledger::open(unit, date(opened_on), 0),
            terms: terms(market),
            agreement: Agreement::default(),
            entries: Vec::new(),
            payouts: Vec::new(),
            events: 0,
        }
    }

    /// Closes what is over, then posts.
    pub(super) fn post(
        &mut self,
        instant: &str,
        entry_type: EntryType,
        sides: (Account, Account),
        amount_minor: i64,
    ) {
        self.close_until(instant);
        self.events += 1;
        self.post_named(instant, entry_type, sides, ("order-1", amount_minor));
    }

    fn post_named(
        &mut self,
        instant: &str,
        entry_type: EntryType,
        sides: (Account, Account),
        (reference, amount_minor): (&str, i64),
    ) {
        let source = Uuid::from_u128(self.events);
        let cause = Cause {
            psp_reference: source.to_string(),
            reference: reference.to_owned(),
            occurred_at: at(instant),
            source,
        };
        self.entries.push(self.ledger.post(entry_type, sides, amount_minor, cause).expect("it fits"));
    }

    pub(super) fn capture(&mut self, instant: &str, reference: &str, amount_minor: i64) {
        self.close_until(instant);
        self.events += 1;
        let (from_payer, fee_sides) = ((Account::Acquirer, Account::Funds), (Account::Fees, Account::Income));
        self.post_named(instant, EntryType::Capture, from_payer, (reference, amount_minor));
        let fee = self.agreement.fee(amount_minor);
        if fee > 0 {
            self.post_named(instant, EntryType::CaptureFee, fee_sides, (reference, fee));
        }
    }

    pub(super) fn refund(&mut self, instant: &str, reference: &str, amount_minor: i64) {
        self.close_until(instant);
        self.events += 1;
        let to_payer = (Account::Funds, Account::Acquirer);
        self.post_named(instant, EntryType::Refund, to_payer, (reference, amount_minor));
    }

    /// Closes every date that is over at that instant.
    pub(super) fn close_until(&mut self, instant: &str) {
        while self.ledger.is_behind(at(instant)) {
            let next_cut_off = self.agreement.cut_off_minutes;
            let closing = close(&mut self.ledger, &self.terms, &self.agreement, next_cut_off);
            let closing = closing.expect("it fits");
            self.entries.extend(closing.transfers);
            self.payouts.extend(closing.payout);
        }
    }

    /// Number, first and last date, and amount of each payout.
    pub(super) fn paid(&self) -> Vec<(i64, &'static str, &'static str, i64)> {
        let text = |day: NaiveDate| &*day.to_string().leak();
        let row = |paid: &NewPayout| (paid.number, text(paid.from), text(paid.to), paid.amount_minor);
        self.payouts.iter().map(row).collect()
    }
}

/// What a stream shows: type, signed amount, balance after it.
pub(super) fn lines(entries: &[Transfer], account: Account) -> Vec<(EntryType, i64, i64)> {
    let line = |entry: &Transfer| {
        let place = if account == Account::Funds { entry.funds } else { entry.fees };
        let amount = if entry.credit == account { entry.amount_minor } else { -entry.amount_minor };
        place.map(|place| (entry.entry_type, amount, place.after_minor))
    };
    entries.iter().filter_map(line).collect()
}
