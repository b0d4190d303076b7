//! Classic: one sheet, a line for each transaction and a total for each settlement. Its words are always Norwegian, since
//! accounting systems read it.

use std::{borrow::Cow, io::Write};

use crate::{
    Error, Head, Report, Row, Settlement, Unit, dates,
    lines::{Line, Settling},
    sheet::{Book, Cell, Column, Look, Table},
    text,
};

/// The workbook.
pub(crate) struct ClassicXlsx {
    out: Box<dyn Write + Send>,
    book: Book,
    table: Table,
    personal: bool,
    unit: Option<Unit>,
    settling: Option<Settling>,
}

impl ClassicXlsx {
    /// An empty one, with 17 columns where people are named and 14 where not.
    pub(crate) fn new(head: &Head, out: Box<dyn Write + Send>) -> Result<Self, Error> {
        let mut book = Book::new("Oppgjørsrapport", head);
        let above = [
            ("Oppgjørsrapport", String::new()),
            ("Bedriften", text::cell(&head.organization_name).into_owned()),
            ("Organisasjonsnummer", text::cell(&head.organization_number).into_owned()),
            ("Fra dato", dates::dotted(head.from)),
            ("Til dato", dates::dotted(head.to)),
        ];
        let table = book.table("Rapport", columns(head), &above)?;
        Ok(Self { out, book, table, personal: head.personal, unit: None, settling: None })
    }

    fn line(&mut self, settling: &Settling, line: &Line<'_>) -> Result<(), Error> {
        let (unit, settlement) = (&settling.unit, &settling.settlement);
        let mut cells = vec![
            Cell::Text(Cow::Owned(dates::dotted(line.date))),
            Cell::of(&unit.name),
            Cell::of(&unit.msn),
            Cell::of(&unit.product),
            Cell::Text(Cow::Owned(line.transaction_id.to_string())),
            Cell::of(line.reference),
            Cell::Amount(line.sums.gross()),
            Cell::Amount(-line.sums.fees),
            Cell::Amount(line.sums.net()),
            Cell::of(line.kind),
            Cell::Text(Cow::Owned(settlement.number.to_string())),
            Cell::Text(Cow::Owned(dates::dotted(settlement.to))),
            Cell::Empty,
            Cell::Empty,
        ];
        if let Some(person) = line.personal.filter(|_| self.personal) {
            let (first, last) = first_and_last(&person.name);
            cells.extend([Cell::of(first), Cell::of(last), Cell::of(&person.message)]);
        }
        self.book.row(&mut self.table, Look::Plain, &cells)
    }

    fn end_settlement(&mut self) -> Result<(), Error> {
        let Some(mut settling) = self.settling.take() else {
            return Ok(());
        };
        if let Some(rest) = settling.rest() {
            self.line(&settling, &rest)?;
        }
        let (unit, settlement) = (&settling.unit, &settling.settlement);
        let mut cells = [const { Cell::Empty }; 17];
        cells[0] = Cell::of("Til utbetaling netto");
        cells[1] = Cell::of(&unit.name);
        cells[2] = Cell::of(&unit.msn);
        cells[10] = Cell::Text(Cow::Owned(settlement.number.to_string()));
        cells[11] = Cell::Text(Cow::Owned(dates::dotted(settlement.to)));
        cells[12] = Cell::Amount(settlement.payout_minor.into());
        cells[13] = Cell::of(&settlement.account_id);
        let columns = if self.personal { 17 } else { 14 };
        self.book.row(&mut self.table, Look::Total, &cells[..columns])
    }
}

impl Report for ClassicXlsx {
    fn unit(&mut self, unit: &Unit) -> Result<(), Error> {
        self.end_settlement()?;
        self.unit = Some(unit.clone());
        Ok(())
    }

    fn settlement(&mut self, settlement: &Settlement) -> Result<(), Error> {
        self.end_settlement()?;
        let unit = self.unit.as_ref().ok_or_else(Error::out_of_order)?;
        self.settling = Some(Settling::new(unit, settlement));
        Ok(())
    }

    fn unsettled(&mut self) -> Result<(), Error> {
        self.end_settlement()
    }

    fn row(&mut self, row: &Row) -> Result<(), Error> {
        let Some(mut settling) = self.settling.take() else {
            return Ok(());
        };
        if let Some(line) = settling.line(row) {
            self.line(&settling, &line)?;
        }
        self.settling = Some(settling);
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<(), Error> {
        self.end_settlement()?;
        self.book.end(&self.table)?;
        self.book.save(&mut *self.out)
    }
}

/// The last word of a name is the family's.
fn first_and_last(name: &str) -> (&str, &str) {
    name.trim().rsplit_once(' ').unwrap_or((name.trim(), ""))
}

fn columns(head: &Head) -> Vec<Column> {
    let mut columns = vec![
        Column::text("Salgsdato", 20),
        Column::text("Salgssted", 24),
        Column::text("Vippsnummer", 13),
        Column::text("Produkt", 18),
        Column::text("Transaksjons-ID", 19),
        Column::text("Ordre-ID", 28),
        Column::number("Brutto", 14),
        Column::number("Gebyr", 12),
        Column::number("Netto", 14),
        Column::text("Transaksjonstype", 18),
        Column::text("Oppgjørs-ID", 13),
        Column::text("Oppgjørsdato", 14),
        Column::number("Oppgjørssum", 15),
        Column::text("Oppgjørskonto", 18),
    ];
    if head.personal {
        columns.extend([
            Column::text("Fornavn", 20),
            Column::text("Etternavn", 20),
            Column::text("Melding", 40),
        ]);
    }
    columns
}
