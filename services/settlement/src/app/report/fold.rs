//! Puts captures and their fees together: a fee has the number after its capture's, and may stand on the next page.

use kvitt_reports::{Kind, Row};

use crate::store::report_rows::{Line, Told};

/// What has been read and may still get its fee.
#[derive(Debug, Default)]
pub(super) struct Fold {
    held: Option<(i64, Row)>,
}

impl Fold {
    /// The rows that are whole now.
    pub(super) fn add(&mut self, page: Vec<Line>) -> Vec<Row> {
        let mut whole = Vec::with_capacity(page.len());
        for Line { place: (_, number), told } in page {
            match told {
                Told::Row(row) => whole.extend(self.held.replace((number, row)).map(|(_, row)| row)),
                Told::Fee(minor) => self.charge(number, minor),
            }
        }
        whole
    }

    /// The last row.
    pub(super) fn end(&mut self) -> Vec<Row> {
        self.held.take().map(|(_, row)| row).into_iter().collect()
    }

    fn charge(&mut self, number: i64, minor: i64) {
        if let Some((before, row)) = &mut self.held
            && before.checked_add(1) == Some(number)
            && row.kind == Kind::Capture
        {
            row.fee_minor = minor;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(number: i64, kind: Kind) -> Line {
        let date = "2026-11-22".parse().expect("a date");
        let row = Row {
            kind,
            time: "2026-11-22T12:00:00Z".parse().expect("an instant"),
            ledger_date: date,
            psp_reference: number.to_string(),
            reference: String::new(),
            transaction_id: number,
            amount_minor: 100,
            balance_after_minor: 100,
            fee_minor: 0,
            payout_number: None,
            personal: None,
        };
        Line { place: (date, number), told: Told::Row(row) }
    }

    fn fee(number: i64, minor: i64) -> Line {
        Line { place: ("2026-11-22".parse().expect("a date"), number), told: Told::Fee(minor) }
    }

    #[test]
    fn a_fee_belongs_to_the_capture_before_it_wherever_a_page_ends() {
        let lines = [
            row(1, Kind::Capture),
            fee(2, 7),
            row(3, Kind::Capture),
            row(4, Kind::Refund),
            fee(5, 9),
            row(6, Kind::Capture),
            fee(8, 9),
            row(9, Kind::Capture),
            fee(10, 3),
        ];
        for page in 1..=lines.len() {
            let (mut fold, mut rows) = (Fold::default(), Vec::new());
            for lines in lines.chunks(page) {
                rows.extend(fold.add(lines.to_vec()));
            }
            rows.extend(fold.end());
            let read: Vec<_> = rows.iter().map(|row| (row.transaction_id, row.fee_minor)).collect();
            assert_eq!(read, [(1, 7), (3, 0), (4, 0), (6, 0), (9, 3)], "pages of {page}");
        }
    }
}
