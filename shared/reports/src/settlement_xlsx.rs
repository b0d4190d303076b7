//! Current: the sheets `Summary` (one row for each unit and booking date) and `Details` (one row for each ledger entry).

use std::{borrow::Cow, collections::BTreeMap, io::Write};

use crate::{
    Error, Head, Report, Row, Settlement, Unit, dates,
    days::{Day, Days, Sums},
    details,
    sheet::{Book, Cell, Column, Look, Table},
    words::Words,
};

/// The workbook.
pub(crate) struct SettlementXlsx {
    head: Head,
    out: Box<dyn Write + Send>,
    book: Book,
    summary: Table,
    details: Option<Table>,
    unit: Option<Unit>,
    days: Days,
    /// By currency: two of them never meet in a sum.
    totals: BTreeMap<&'static str, Sums>,
}

impl SettlementXlsx {
    /// An empty one.
    pub(crate) fn new(head: Head, out: Box<dyn Write + Send>) -> Result<Self, Error> {
        let book = Book::new(Words::of(head.language).settlement_report, &head);
        Self::in_book(head, out, book)
    }

    fn in_book(head: Head, out: Box<dyn Write + Send>, mut book: Book) -> Result<Self, Error> {
        let summary = book.table("Summary", summary_columns(Words::of(head.language)), &[])?;
        Ok(Self {
            head,
            out,
            book,
            summary,
            details: None,
            unit: None,
            days: Days::default(),
            totals: BTreeMap::new(),
        })
    }

    fn end_unit(&mut self) -> Result<(), Error> {
        if let (Some(day), Some(unit)) = (self.days.end(), self.unit.take()) {
            self.day(&unit, &day)?;
        }
        Ok(())
    }

    fn day(&mut self, unit: &Unit, day: &Day) -> Result<(), Error> {
        let words = Words::of(self.head.language);
        self.totals.entry(unit.currency.code()).or_default().add(&day.sums);
        let mut cells =
            vec![Cell::of(&unit.name), Cell::of(&unit.msn), Cell::Text(Cow::Owned(dates::iso(day.date)))];
        cells.extend(sum_cells(&day.sums));
        cells.extend([
            Cell::Amount(day.balance_minor),
            Cell::of(if unit.gross { words.invoiced } else { words.retained }),
        ]);
        if let Some(payout) = &day.payout {
            cells.extend([
                Cell::of(&payout.account_id),
                Cell::of(&payout.text),
                Cell::Text(Cow::Owned(dates::iso(payout.value_date))),
            ]);
        }
        self.book.row(&mut self.summary, Look::Plain, &cells)
    }

    fn total(&mut self, label: &str, sums: &Sums) -> Result<(), Error> {
        let mut cells = vec![Cell::of(label), Cell::Empty, Cell::Empty];
        cells.extend(sum_cells(sums));
        cells.extend([const { Cell::Empty }; 5]);
        self.book.row(&mut self.summary, Look::Total, &cells)
    }
}

impl Report for SettlementXlsx {
    fn unit(&mut self, unit: &Unit) -> Result<(), Error> {
        self.end_unit()?;
        if self.details.is_none() {
            let columns = details::columns(&self.head, Some(unit));
            self.details = Some(self.book.table("Details", columns, &[])?);
        }
        self.unit = Some(unit.clone());
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
        let (Some(unit), Some(table)) = (self.unit.take(), self.details.as_mut()) else {
            return Err(Error::out_of_order());
        };
        self.book.row(table, Look::Plain, &details::cells(&self.head, &unit, row))?;
        if let Some(day) = self.days.row(&unit, row) {
            self.day(&unit, &day)?;
        }
        self.unit = Some(unit);
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<(), Error> {
        self.end_unit()?;
        let word = Words::of(self.head.language).total;
        let totals = std::mem::take(&mut self.totals);
        if totals.is_empty() {
            self.total(word, &Sums::default())?;
        }
        for (currency, sums) in &totals {
            if totals.len() == 1 {
                self.total(word, sums)?;
            } else {
                self.total(&format!("{word} {currency}"), sums)?;
            }
        }
        let details = match self.details.take() {
            Some(table) => table,
            None => self.book.table("Details", details::columns(&self.head, None), &[])?,
        };
        self.book.end(&self.summary)?;
        self.book.end(&details)?;
        self.book.save(&mut *self.out)
    }
}

fn sum_cells(sums: &Sums) -> [Cell<'static>; 5] {
    [sums.captures, sums.refunds, sums.fees, sums.other, sums.payout].map(Cell::Amount)
}

fn summary_columns(words: &Words) -> Vec<Column> {
    vec![
        Column::text(words.sales_unit, 28),
        Column::text("MSN", 11),
        Column::text(words.booking_date, 14),
        Column::number(words.captures, 15),
        Column::number(words.refunds, 15),
        Column::number(words.fees, 13),
        Column::number(words.other, 13),
        Column::number(words.payout, 15),
        Column::number(words.remaining_balance, 19),
        Column::text(words.fee_status, 14),
        Column::text(words.payout_account, 26),
        Column::text(words.payout_reference, 36),
        Column::text(words.payout_date, 24),
    ]
}

#[cfg(test)]
mod tests;
