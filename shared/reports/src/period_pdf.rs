//! Current: totals by category, and the days of each unit. It holds one line for each day of a unit, never one for each entry.

use std::{collections::BTreeMap, io::Write};

use kvitt_primitives::Currency;

use crate::{
    Error, Head, Kind, Report, Row, Settlement, Unit, amount, dates,
    days::{Day, Days, Sums},
    pdf::{Align, Paper, RowLook, Table},
    words::Words,
};

/// The paper.
pub(crate) struct PeriodPdf {
    head: Head,
    out: Box<dyn Write + Send>,
    unit: Option<Unit>,
    days: Days,
    told: Vec<(Unit, Vec<Day>)>,
    totals: BTreeMap<Currency, Totals>,
}

/// Of one currency.
#[derive(Debug, Default)]
struct Totals {
    kinds: BTreeMap<Kind, (u64, i128)>,
    /// Of gross units: what they will be invoiced.
    invoiced: i128,
}

impl PeriodPdf {
    /// An empty one.
    pub(crate) fn new(head: Head, out: Box<dyn Write + Send>) -> Self {
        Self { head, out, unit: None, days: Days::default(), told: Vec::new(), totals: BTreeMap::new() }
    }

    fn keep(&mut self, day: Option<Day>) {
        if let (Some(day), Some((_, days))) = (day, self.told.last_mut()) {
            days.push(day);
        }
    }

    fn minor(&self, minor: i128) -> String {
        amount::grouped(minor, self.head.language)
    }

    fn totals(&self, paper: &mut Paper) {
        let words = Words::of(self.head.language);
        for (currency, totals) in &self.totals {
            let mut table = Table::new(vec![
                (words.category, Align::Left),
                (words.kind, Align::Left),
                (words.count, Align::Right),
                (words.amount, Align::Right),
            ])
            .narrow();
            let mut kinds: Vec<_> = totals.kinds.iter().collect();
            // What was paid out comes last: it is what all the others left.
            kinds.sort_by_key(|(kind, _)| (**kind == Kind::PayoutScheduled, **kind));
            for (kind, (count, sum)) in kinds {
                // Payouts are told as what was paid, as everywhere in the current reports.
                let sum = if *kind == Kind::PayoutScheduled { -sum } else { *sum };
                table.row(
                    RowLook::Plain,
                    vec![
                        words.category(*kind).to_owned(),
                        words.kind(*kind).to_owned(),
                        count.to_string(),
                        self.minor(sum),
                    ],
                );
            }
            if totals.invoiced != 0 {
                let status = words.invoiced.to_owned();
                table.row(
                    RowLook::Plain,
                    vec![words.fees.to_owned(), status, String::new(), self.minor(totals.invoiced)],
                );
            }
            paper.heading(&format!("{} {currency}", words.total));
            paper.table(table);
        }
    }

    fn unit_days(&self, paper: &mut Paper, unit: &Unit, days: &[Day]) {
        let words = Words::of(self.head.language);
        paper.heading(&unit.name);
        let status = if unit.gross { words.invoiced } else { words.retained };
        let mut note = format!("{} {}", words.number(unit.market), unit.msn);
        for part in [unit.product.as_str(), unit.currency.code(), unit.account_id.as_str()] {
            if !part.is_empty() {
                note.push_str("   ·   ");
                note.push_str(part);
            }
        }
        paper.note(&format!("{note}   ·   {}: {status}", words.fees));
        let mut table = Table::new(vec![
            (words.booking_date, Align::Left),
            (words.captures, Align::Right),
            (words.refunds, Align::Right),
            (words.fees, Align::Right),
            (words.other, Align::Right),
            (words.payout, Align::Right),
            (words.remaining_balance, Align::Right),
        ]);
        let mut total = Sums::default();
        for day in days {
            total.add(&day.sums);
            let mut cells = vec![dates::spoken(day.date, self.head.language)];
            cells.extend(self.sum_cells(&day.sums));
            cells.push(self.minor(day.balance_minor));
            table.row(RowLook::Plain, cells);
        }
        let mut cells = vec![words.total.to_owned()];
        cells.extend(self.sum_cells(&total));
        cells.push(days.last().map_or_else(String::new, |day| self.minor(day.balance_minor)));
        table.row(RowLook::Total, cells);
        paper.table(table);
    }

    fn sum_cells(&self, sums: &Sums) -> [String; 5] {
        [sums.captures, sums.refunds, sums.fees, sums.other, sums.payout].map(|minor| self.minor(minor))
    }
}

impl Report for PeriodPdf {
    fn unit(&mut self, unit: &Unit) -> Result<(), Error> {
        let last = self.days.end();
        self.keep(last);
        self.unit = Some(unit.clone());
        self.told.push((unit.clone(), Vec::new()));
        Ok(())
    }

    fn settlement(&mut self, settlement: &Settlement) -> Result<(), Error> {
        self.days.settlement(Some(settlement));
        Ok(())
    }

    fn unsettled(&mut self) -> Result<(), Error> {
        self.days.settlement(None);
        Ok(())
    }

    fn row(&mut self, row: &Row) -> Result<(), Error> {
        let unit = self.unit.as_ref().ok_or_else(Error::out_of_order)?;
        let totals = self.totals.entry(unit.currency).or_default();
        let (count, sum) = totals.kinds.entry(row.kind).or_default();
        *count += 1;
        *sum += i128::from(row.amount_minor);
        if unit.gross {
            totals.invoiced -= i128::from(row.fee_minor);
        }
        let ended = self.days.row(unit, row);
        self.keep(ended);
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<(), Error> {
        let last = self.days.end();
        self.keep(last);
        let language = self.head.language;
        let words = Words::of(language);
        let mut paper = Paper::new(words.period_report, &self.head.organization_name);
        let period = format!(
            "{} – {}",
            dates::spoken(self.head.from, language),
            dates::spoken(self.head.to, language)
        );
        paper.facts(&[
            (words.organization, &self.head.organization_name),
            (words.organization_number, &self.head.organization_number),
            (words.period, &period),
        ]);
        self.totals(&mut paper);
        for (unit, days) in self.told.iter().filter(|(_, days)| !days.is_empty()) {
            self.unit_days(&mut paper, unit, days);
        }
        paper.write(&self.head, &mut *self.out)
    }
}
