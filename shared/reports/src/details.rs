//! The table `Details`, one row for each ledger entry: the sheet and the CSV are both made of it, so they say the same.

use std::borrow::Cow;

use crate::{
    Head, Row, Unit, dates,
    sheet::{Cell, Column},
    text,
    words::Words,
};

/// Its columns. What the unit's number is called is decided by where the report's first unit sells.
pub(crate) fn columns(head: &Head, first: Option<&Unit>) -> Vec<Column> {
    let words = Words::of(head.language);
    let number = first.map_or(words.msn_vipps, |unit| words.number(unit.market));
    let mut columns = vec![
        Column::text(words.sales_unit, 28),
        Column::text(number, 20),
        Column::text(words.country, 9),
        Column::text(words.payment_solution, 20),
        Column::text(words.time, 20),
        Column::text(words.booking_date, 14),
        Column::text(words.kind, 26),
        Column::number(words.amount, 14),
        Column::number(words.balance, 14),
        Column::number(words.fee, 11),
        Column::number(words.net_amount, 14),
        Column::text(words.currency, 9),
    ];
    if head.personal {
        columns.extend([
            Column::text(words.customer_name, 26),
            Column::text(words.customer_phone, 22),
            Column::text(words.message, 34),
        ]);
    }
    columns.extend([
        Column::text(words.category, 16),
        Column::text(words.psp_reference, 38),
        Column::text(words.reference, 32),
        Column::number(words.payout_number, 16),
    ]);
    columns
}

/// The cells of an entry. Its fee is negative, and what is left of its amount is beside it.
pub(crate) fn cells<'a>(head: &Head, unit: &'a Unit, row: &'a Row) -> Vec<Cell<'a>> {
    let words = Words::of(head.language);
    let (amount, fee) = (i128::from(row.amount_minor), i128::from(row.fee_minor));
    let mut cells = vec![
        Cell::of(&unit.name),
        Cell::of(&unit.msn),
        Cell::of(unit.market.code()),
        Cell::of(&unit.product),
        Cell::Text(Cow::Owned(dates::local(row.time, unit.market))),
        Cell::Text(Cow::Owned(dates::iso(row.ledger_date))),
        Cell::of(words.kind(row.kind)),
        Cell::Amount(amount),
        Cell::Amount(row.balance_after_minor.into()),
        Cell::Amount(-fee),
        Cell::Amount(amount - fee),
        Cell::of(unit.currency.code()),
    ];
    if head.personal {
        match &row.personal {
            Some(person) => cells.extend([
                Cell::of(&person.name),
                Cell::Text(text::phone_cell(&person.masked_phone_no)),
                Cell::of(&person.message),
            ]),
            None => cells.extend([Cell::Empty, Cell::Empty, Cell::Empty]),
        }
    }
    cells.extend([
        Cell::of(words.category(row.kind)),
        Cell::of(&row.psp_reference),
        Cell::of(&row.reference),
        row.payout_number.map_or(Cell::Empty, Cell::Number),
    ]);
    cells
}
