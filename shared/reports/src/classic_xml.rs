//! Classic: SettlementReport 3.0, alone or in a zip. What a settlement sums up to stands after its transactions, so nothing
//! has to wait.

use std::io::{self, BufWriter, Write};

use quick_xml::{
    Writer,
    events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event},
};
use zip::{
    CompressionMethod, DateTime, ZipWriter,
    write::{SimpleFileOptions, StreamWriter},
};

use crate::{
    Error, Head, Report, Row, Settlement, Unit, amount, dates,
    lines::{Line, Settling, Sums},
    provider, text,
};

const NAMESPACE: &str = "http://vipps.no/xmlschema/SettlementReport-3.0.xsd";

/// Where the document goes.
enum Out {
    Plain(Box<dyn Write + Send>),
    Zip(Box<ZipWriter<StreamWriter<Box<dyn Write + Send>>>>),
}

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(out) => out.write(bytes),
            Self::Zip(out) => out.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(out) => out.flush(),
            Self::Zip(out) => out.flush(),
        }
    }
}

/// The document. A unit that is paid out to another account in between is told again.
pub(crate) struct ClassicXml {
    head: Head,
    xml: Writer<BufWriter<Out>>,
    unit: Option<Unit>,
    /// The account of the unit that is open.
    account: Option<String>,
    settlements: u64,
    settling: Option<Settling>,
    any: bool,
}

impl ClassicXml {
    /// A document of its own.
    pub(crate) fn new(head: Head, out: Box<dyn Write + Send>) -> Result<Self, Error> {
        Self::begin(head, Out::Plain(out))
    }

    /// A document in a zip, which says nothing of when it was made.
    pub(crate) fn zipped(head: Head, out: Box<dyn Write + Send>) -> Result<Self, Error> {
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .unix_permissions(0o644)
            .last_modified_time(DateTime::default())
            .large_file(true);
        let mut zip = ZipWriter::new_stream(out);
        let name = format!("settlement-report-{}-{}.xml", dates::iso(head.from), dates::iso(head.to));
        zip.start_file(name, options)?;
        Self::begin(head, Out::Zip(Box::new(zip)))
    }

    fn begin(head: Head, out: Out) -> Result<Self, Error> {
        let mut xml = Writer::new_with_indent(BufWriter::new(out), b' ', 2);
        xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), Some("yes"))))?;
        let root = BytesStart::new("SettlementReport").with_attributes([("xmlns", NAMESPACE)]);
        xml.write_event(Event::Start(root))?;
        Ok(Self { head, xml, unit: None, account: None, settlements: 0, settling: None, any: false })
    }

    fn open(&mut self, name: &str) -> Result<(), Error> {
        Ok(self.xml.write_event(Event::Start(BytesStart::new(name)))?)
    }

    fn close(&mut self, name: &str) -> Result<(), Error> {
        Ok(self.xml.write_event(Event::End(BytesEnd::new(name)))?)
    }

    fn element(&mut self, name: &str, words: &str) -> Result<(), Error> {
        let words = text::line(words);
        self.xml.create_element(name).write_text_content(BytesText::new(&words))?;
        Ok(())
    }

    fn money(&mut self, name: &str, minor: i128) -> Result<(), Error> {
        self.element(name, &amount::dotted(minor))
    }

    fn open_unit(&mut self, unit: &Unit, account: &str) -> Result<(), Error> {
        self.open("SettlementDetailsInfo")?;
        self.element("SaleUnitName", &unit.name)?;
        self.element("SerialNumber", &unit.msn)?;
        self.element("OrganizationName", &unit.organization_name)?;
        self.element("OrganizationNumber", &unit.organization_number)?;
        self.element("MainAddress", &unit.address)?;
        self.element("MainAddressZipCode", &unit.post_code)?;
        self.element("MainAddressCity", &unit.city)?;
        self.element("MainAddressCountryCode", three_letters(&unit.country_code))?;
        self.open("PaymentsInfo")?;
        self.element("ReportDateFrom", &dates::iso(self.head.from))?;
        self.element("ReportDateTo", &dates::iso(self.head.to))?;
        self.element("SettlementCurrencyCode", unit.currency.code())?;
        self.element("SettlementAccountNum", account)?;
        self.account = Some(account.to_owned());
        self.any = true;
        Ok(())
    }

    fn close_unit(&mut self) -> Result<(), Error> {
        if self.account.take().is_some() {
            self.element("NumOfSettlements", &self.settlements.to_string())?;
            self.close("PaymentsInfo")?;
            self.close("SettlementDetailsInfo")?;
            self.settlements = 0;
        }
        Ok(())
    }

    fn line(&mut self, settling: &Settling, line: &Line<'_>) -> Result<(), Error> {
        self.open("TransactionInfo")?;
        self.element("TransactionTime", &dates::with_offset(line.time, settling.unit.market))?;
        self.money("TransactionCaptureAmount", line.sums.captures)?;
        self.money("TransactionRefundAmount", line.sums.refunds)?;
        self.money("TransactionGrossAmount", line.sums.gross())?;
        self.money("TransactionNetAmount", line.sums.net())?;
        self.money("TransactionFeeAmount", line.sums.fees)?;
        self.element("SettlementCurrencyCode", settling.unit.currency.code())?;
        self.element("TransactionID", &line.transaction_id.to_string())?;
        self.element("OrderID", line.reference)?;
        self.close("TransactionInfo")
    }

    fn end_settlement(&mut self) -> Result<(), Error> {
        let Some(mut settling) = self.settling.take() else {
            return Ok(());
        };
        if let Some(rest) = settling.rest() {
            self.line(&settling, &rest)?;
        }
        self.settlement_sums(&settling.sums, &settling.unit)?;
        self.close("SettlementInfo")?;
        self.settlements += 1;
        Ok(())
    }

    fn settlement_sums(&mut self, sums: &Sums, unit: &Unit) -> Result<(), Error> {
        self.element("NumOfTransactions", &sums.lines.to_string())?;
        self.money("CaptureSettlementAmount", sums.captures)?;
        self.money("RefundSettlementAmount", sums.refunds)?;
        self.money("GrossSettlementAmount", sums.gross())?;
        self.money("NetSettlementAmount", sums.net())?;
        self.money("FeeSettlementAmount", sums.fees)?;
        self.money("SettledAmount", sums.settled(unit))
    }
}

impl Report for ClassicXml {
    fn unit(&mut self, unit: &Unit) -> Result<(), Error> {
        self.end_settlement()?;
        self.close_unit()?;
        self.unit = Some(unit.clone());
        Ok(())
    }

    fn settlement(&mut self, settlement: &Settlement) -> Result<(), Error> {
        self.end_settlement()?;
        let unit = self.unit.clone().ok_or_else(Error::out_of_order)?;
        if self.account.as_ref() != Some(&settlement.account_id) {
            self.close_unit()?;
            self.open_unit(&unit, &settlement.account_id)?;
        }
        self.open("SettlementInfo")?;
        self.element("SettlementDate", &dates::iso(settlement.to))?;
        self.element("SettlementID", &settlement.number.to_string())?;
        self.element("SettlementCurrencyCode", unit.currency.code())?;
        self.element("SettlementType", if unit.gross { "Gross" } else { "Net" })?;
        self.settling = Some(Settling::new(&unit, settlement));
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
        self.close_unit()?;
        if !self.any {
            return Err(Error::Format("the schema wants at least one settlement".to_owned()));
        }
        self.open("VippsInfo")?;
        self.element("Name", provider::NAME)?;
        self.element("WebSite", provider::WEB_SITE)?;
        self.element("VisitingAddress", provider::VISITING_ADDRESS)?;
        self.element("PostBox", provider::POST_BOX)?;
        self.element("PostAddress", provider::POST_ADDRESS)?;
        self.element("Country", provider::COUNTRY)?;
        self.close("VippsInfo")?;
        self.close("SettlementReport")?;
        let out = self.xml.into_inner().into_inner().map_err(io::IntoInnerError::into_error)?;
        match out {
            Out::Plain(mut out) => out.flush()?,
            Out::Zip(zip) => zip.finish()?.into_inner().flush()?,
        }
        Ok(())
    }
}

/// The document writes countries with three letters.
fn three_letters(code: &str) -> &str {
    match code {
        "NO" => "NOR",
        "DK" => "DNK",
        "FI" => "FIN",
        "SE" => "SWE",
        other => other,
    }
}

impl From<zip::result::ZipError> for Error {
    fn from(error: zip::result::ZipError) -> Self {
        match error {
            zip::result::ZipError::Io(error) => Self::Write(error),
            other => Self::Format(other.to_string()),
        }
    }
}
