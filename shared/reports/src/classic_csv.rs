//! Classic: records of several kinds, each kind below a header of its own. The transactions come last, so they wait in a
//! temporary file while the settlements are told.

use std::{
    fs::File,
    io::{self, BufWriter, Seek, Write},
};

use csv::{Writer, WriterBuilder};

use crate::{
    Error, Head, Report, Row, Settlement, Unit, amount, dates,
    lines::{Line, Settling},
    provider, text,
};

/// The records.
pub(crate) struct ClassicCsv {
    out: Writer<BufWriter<Box<dyn Write + Send>>>,
    transactions: Writer<BufWriter<File>>,
    unit: Option<Unit>,
    settling: Option<Settling>,
}

impl ClassicCsv {
    /// The organisation and the provider; no settlement yet.
    pub(crate) fn new(head: &Head, out: Box<dyn Write + Send>) -> Result<Self, Error> {
        let mut out = WriterBuilder::new().flexible(true).from_writer(BufWriter::new(out));
        out.write_record(["OrganizationNumber", "MerchantName"])?;
        out.write_record([
            text::cell(&head.organization_number).as_ref(),
            text::cell(&head.organization_name).as_ref(),
        ])?;
        out.write_record([
            "Name",
            "VisitingAddress",
            "Postbox",
            "Zipno",
            "Place",
            "Country",
            "CompanyNumber",
        ])?;
        out.write_record([
            provider::NAME,
            provider::VISITING_ADDRESS,
            provider::POST_BOX,
            provider::POST_CODE,
            provider::PLACE,
            provider::COUNTRY,
            provider::COMPANY_NUMBER,
        ])?;
        out.write_record([
            "SettlementInfo",
            "SalesUnitName",
            "SaleUnitNumber",
            "SettlementDate",
            "SettlementID",
            "SettlementAccount",
            "Gross",
            "Currency",
            "Fee",
            "Refund",
            "Net",
            "NumberOfTransactions",
        ])?;
        let mut transactions = WriterBuilder::new().from_writer(BufWriter::new(tempfile::tempfile()?));
        transactions.write_record([
            "TransactionInfo",
            "SalesDate",
            "SaleUnitName",
            "SaleUnitNumber",
            "TransactionId",
            "SettlementId",
            "OrderID",
            "SettlementDate",
            "Gross",
            "Currency",
            "Fee",
            "Refund",
            "Net",
        ])?;
        Ok(Self { out, transactions, unit: None, settling: None })
    }

    fn line(&mut self, settling: &Settling, line: &Line<'_>) -> Result<(), Error> {
        let (unit, settlement) = (&settling.unit, &settling.settlement);
        self.transactions.write_record([
            "TransactionInfo",
            &dates::dotted(line.date),
            text::cell(&unit.name).as_ref(),
            text::cell(&unit.msn).as_ref(),
            &line.transaction_id.to_string(),
            &settlement.number.to_string(),
            text::cell(line.reference).as_ref(),
            &dates::dotted(settlement.to),
            &amount::dotted(line.sums.captures),
            unit.currency.code(),
            &amount::dotted(-line.sums.fees),
            &amount::dotted(line.sums.refunds),
            &amount::dotted(line.sums.net()),
        ])?;
        Ok(())
    }

    fn end_settlement(&mut self) -> Result<(), Error> {
        let Some(mut settling) = self.settling.take() else {
            return Ok(());
        };
        if let Some(rest) = settling.rest() {
            self.line(&settling, &rest)?;
        }
        let (unit, settlement, sums) = (&settling.unit, &settling.settlement, &settling.sums);
        self.out.write_record([
            "SettlementInfo",
            text::cell(&unit.name).as_ref(),
            text::cell(&unit.msn).as_ref(),
            &dates::dotted(settlement.to),
            &settlement.number.to_string(),
            text::cell(&settlement.account_id).as_ref(),
            &amount::dotted(sums.captures),
            unit.currency.code(),
            &amount::dotted(-sums.fees),
            &amount::dotted(sums.refunds),
            &amount::dotted(sums.net()),
            &sums.lines.to_string(),
        ])?;
        Ok(())
    }
}

impl Report for ClassicCsv {
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
        self.out.write_record([
            "FeeInfo",
            "SettlementDate",
            "SaleUnitName",
            "SaleUnitNumber",
            "FeeAccount",
            "Fee",
            "Currency",
        ])?;
        let mut out = self.out.into_inner().map_err(|error| error.into_error())?;
        let mut transactions = self
            .transactions
            .into_inner()
            .map_err(|error| error.into_error())?
            .into_inner()
            .map_err(|error| error.into_error())?;
        transactions.rewind()?;
        io::copy(&mut transactions, &mut out)?;
        out.flush()?;
        Ok(())
    }
}
