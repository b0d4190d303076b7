//! Classic: one row for each settlement, no transactions.

use std::io::Write;

use crate::{
    Error, Head, Language, Report, Row, Settlement, Unit, amount, dates,
    pdf::{Align, Paper, RowLook, Table},
    words::Words,
};

/// The paper. A unit that is paid out to another account in between is told again.
pub(crate) struct ClassicPdf {
    head: Head,
    out: Box<dyn Write + Send>,
    unit: Option<Unit>,
    told: Vec<(Unit, Vec<Settlement>)>,
}

impl ClassicPdf {
    /// An empty one.
    pub(crate) fn new(head: Head, out: Box<dyn Write + Send>) -> Self {
        Self { head, out, unit: None, told: Vec::new() }
    }
}

impl Report for ClassicPdf {
    fn unit(&mut self, unit: &Unit) -> Result<(), Error> {
        self.unit = Some(unit.clone());
        Ok(())
    }

    fn settlement(&mut self, settlement: &Settlement) -> Result<(), Error> {
        let unit = self.unit.as_ref().ok_or_else(Error::out_of_order)?;
        match self.told.last_mut() {
            Some((last, settlements)) if last.msn == unit.msn && last.account_id == settlement.account_id => {
                settlements.push(settlement.clone());
            }
            _ => {
                let unit = Unit { account_id: settlement.account_id.clone(), ..unit.clone() };
                self.told.push((unit, vec![settlement.clone()]));
            }
        }
        Ok(())
    }

    fn unsettled(&mut self) -> Result<(), Error> {
        Ok(())
    }

    fn row(&mut self, _: &Row) -> Result<(), Error> {
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<(), Error> {
        let words = Words::of(self.head.language);
        let mut paper = Paper::new(words.settlement, &self.head.organization_name);
        let period = format!("{} – {}", dates::dotted(self.head.from), dates::dotted(self.head.to));
        paper.facts(&[
            (words.organization, &self.head.organization_name),
            (words.organization_number, &self.head.organization_number),
            (words.period, &period),
        ]);
        for (unit, settlements) in &self.told {
            paper.part();
            paper.facts(&[
                (words.sales_unit, &unit.name),
                (words.vipps_number, &unit.msn),
                (words.settlement_form, if unit.gross { words.gross } else { words.net }),
                (words.bank_account, &spaced(&unit.account_id)),
            ]);
            paper.table(table(words, unit, settlements));
        }
        paper.write(&self.head, &mut *self.out)
    }
}

fn table(words: &Words, unit: &Unit, settlements: &[Settlement]) -> Table {
    let mut table = Table::new(vec![
        (words.date, Align::Left),
        (words.settlement_id, Align::Left),
        (words.gross_sales, Align::Right),
        (words.fee, Align::Right),
        (words.refunded, Align::Right),
        (words.settlement_total, Align::Right),
    ]);
    for settlement in settlements {
        // The decimal comma is part of the format, whatever the language of its labels.
        let minor = |minor: i128| amount::grouped(minor, Language::Norwegian);
        let (captures, refunds) =
            (i128::from(settlement.captures_minor), i128::from(settlement.refunds_minor));
        let (fees, payout) = (i128::from(settlement.fees_minor), i128::from(settlement.payout_minor));
        // Whatever else moved the settlement stands with what it resembles, so that each row adds up.
        let rest = payout - captures - refunds + if unit.gross { 0 } else { fees };
        table.row(
            RowLook::Plain,
            vec![
                dates::dotted_short(settlement.to),
                settlement.number.to_string(),
                minor(captures + rest.max(0)),
                minor(-fees),
                minor(refunds + rest.min(0)),
                minor(payout),
            ],
        );
    }
    table
}

/// A Norwegian account number with its points: `NNNN.NN.NNNNN`.
fn spaced(account: &str) -> String {
    if account.len() == 11 && account.bytes().all(|byte| byte.is_ascii_digit()) {
        format!("{}.{}.{}", &account[..4], &account[4..6], &account[6..])
    } else {
        account.to_owned()
    }
}
