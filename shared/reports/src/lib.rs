//! Settlement reports as files (contract-merchant section 7). A report is told what there is in its order (a unit, a
//! settlement of it, the rows of that settlement; then rows that no settlement covers) and writes as it is told, so that
//! memory does not grow with rows. The same telling gives the same bytes: nothing here looks at a clock.
//!
//! To add a format: its value in [`Format`], a module with its [`Report`], and its line in [`open`].

mod amount;
mod classic_csv;
mod classic_pdf;
mod classic_xlsx;
mod classic_xml;
mod dates;
mod days;
mod details;
mod lines;
mod pdf;
mod period_pdf;
mod provider;
mod settlement_csv;
mod settlement_xlsx;
mod sheet;
mod text;
mod words;

use std::io::Write;

use chrono::{DateTime, NaiveDate, Utc};
use kvitt_primitives::{Currency, Market};

/// What a file is like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// Sheets `Summary` and `Details`.
    SettlementXlsx,
    /// The rows of `Details`.
    SettlementCsv,
    /// Totals by category, and days for each unit.
    PeriodPdf,
    /// One sheet of 14 columns, 17 with personal information.
    ClassicXlsx,
    /// Records of several kinds.
    ClassicCsv,
    /// SettlementReport 3.0.
    ClassicXml,
    /// The same, zipped.
    ClassicXmlZip,
    /// One row for each settlement.
    ClassicPdf,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 8] = [
        Self::SettlementXlsx,
        Self::SettlementCsv,
        Self::PeriodPdf,
        Self::ClassicXlsx,
        Self::ClassicCsv,
        Self::ClassicXml,
        Self::ClassicXmlZip,
        Self::ClassicPdf,
    ];

    /// How a file's name ends.
    pub fn extension(self) -> &'static str {
        match self {
            Self::SettlementXlsx | Self::ClassicXlsx => "xlsx",
            Self::SettlementCsv | Self::ClassicCsv => "csv",
            Self::PeriodPdf | Self::ClassicPdf => "pdf",
            Self::ClassicXml => "xml",
            Self::ClassicXmlZip => "xml.zip",
        }
    }

    /// What a server says it is.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::SettlementXlsx | Self::ClassicXlsx => {
                "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
            }
            Self::SettlementCsv | Self::ClassicCsv => "text/csv; charset=utf-8",
            Self::PeriodPdf | Self::ClassicPdf => "application/pdf",
            Self::ClassicXml => "application/xml",
            Self::ClassicXmlZip => "application/zip",
        }
    }
}

/// The language of labels, where a format has one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Language {
    /// English.
    English,
    /// Norwegian, bokmål.
    Norwegian,
    /// Danish.
    Danish,
    /// Finnish.
    Finnish,
    /// Swedish.
    Swedish,
}

impl Language {
    /// Every language.
    pub const ALL: [Self; 5] = [Self::English, Self::Norwegian, Self::Danish, Self::Finnish, Self::Swedish];
}

/// What the whole report is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The merchant.
    pub organization_name: String,
    /// As the register writes it.
    pub organization_number: String,
    /// The first ledger date.
    pub from: NaiveDate,
    /// The last one.
    pub to: NaiveDate,
    /// Of labels.
    pub language: Language,
    /// Whether to name payers, where the format can.
    pub personal: bool,
}

/// A sales unit, as the report's rows name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unit {
    /// Merchant serial number.
    pub msn: String,
    /// Its ledger's name.
    pub ledger_id: String,
    /// What payers see.
    pub name: String,
    /// For example `Vipps Netthandel`.
    pub product: String,
    /// Decides the zone of local times.
    pub market: Market,
    /// Of every amount.
    pub currency: Currency,
    /// Whether fees are invoiced, not retained.
    pub gross: bool,
    /// Where it is paid out to; empty when there is no account.
    pub account_id: String,
    /// The merchant's, at the time of its last settlement.
    pub organization_name: String,
    /// As above.
    pub organization_number: String,
    /// Street.
    pub address: String,
    /// Post code.
    pub post_code: String,
    /// City.
    pub city: String,
    /// Two letters.
    pub country_code: String,
}

/// A settlement: a payout, and what it is the sum of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settlement {
    /// The payout's number.
    pub number: i64,
    /// The first ledger date that it covers.
    pub from: NaiveDate,
    /// The last one: the settlement's date.
    pub to: NaiveDate,
    /// When the money is there.
    pub value_date: NaiveDate,
    /// Where it goes.
    pub account_id: String,
    /// What the bank statement says.
    pub text: String,
    /// Sum of the captures, minor units, never negative.
    pub captures_minor: i64,
    /// Sum of the refunds, never positive.
    pub refunds_minor: i64,
    /// Sum of the fees of its captures, never negative.
    pub fees_minor: i64,
    /// Paid out, more than nothing.
    pub payout_minor: i64,
    /// How many captures and refunds there are.
    pub transactions: i64,
}

/// A line of the stream `funds`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Why.
    pub kind: Kind,
    /// When, UTC.
    pub time: DateTime<Utc>,
    /// The date it is booked on.
    pub ledger_date: NaiveDate,
    /// UUID or `<ledgerId>-…`.
    pub psp_reference: String,
    /// The merchant's reference; of a payout the bank's text.
    pub reference: String,
    /// A number of its own.
    pub transaction_id: i64,
    /// Signed, minor units.
    pub amount_minor: i64,
    /// The balance after it.
    pub balance_after_minor: i64,
    /// The fee of a capture, never negative; 0 otherwise.
    pub fee_minor: i64,
    /// Of a payout, its number.
    pub payout_number: Option<i64>,
    /// Who paid, only of payments to a VM number and only where the report may tell.
    pub personal: Option<Personal>,
}

/// Who paid a VM number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Personal {
    /// Full name; may be empty.
    pub name: String,
    /// For example `+47 xxxx 8586`.
    pub masked_phone_no: String,
    /// What the payer wrote.
    pub message: String,
}

/// Why there is a row (contract-merchant section 5.4; only what the stream `funds` has).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// A sale.
    Capture,
    /// Paid back.
    Refund,
    /// A date's fees.
    FeesRetained,
    /// A payout made ready.
    PayoutScheduled,
    /// A payout that the bank could not execute.
    PayoutAborted,
    /// A dispute was opened.
    RetainedDisputedCapture,
    /// And won.
    ReturnedDisputedCapture,
    /// Made by hand.
    Correction,
    /// Paid in.
    TopUp,
    /// Given back.
    CreditNote,
}

/// Why a file could not be written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The place it goes to does not take it.
    #[error("the report cannot be written")]
    Write(#[from] std::io::Error),
    /// The library that writes the format refused.
    #[error("the report cannot be made: {0}")]
    Format(String),
}

impl Error {
    /// The teller left a unit out, which is a fault of ours.
    fn out_of_order() -> Self {
        Self::Format("told of something before the unit it belongs to".to_owned())
    }
}

/// A report in the making. Told of units ascending by MSN; of each unit's settlements and rows in the order of the ledger,
/// a settlement before its rows. What the telling holds beyond the format's columns is passed over.
pub trait Report: Send {
    /// The next unit.
    fn unit(&mut self, unit: &Unit) -> Result<(), Error>;
    /// The next settlement of the unit; its rows follow.
    fn settlement(&mut self, settlement: &Settlement) -> Result<(), Error>;
    /// From here on no settlement covers the rows of the unit.
    fn unsettled(&mut self) -> Result<(), Error>;
    /// The next row.
    fn row(&mut self, row: &Row) -> Result<(), Error>;
    /// Nothing follows; the file is whole when this returns.
    fn finish(self: Box<Self>) -> Result<(), Error>;
}

/// Begins a report that goes to `out`. A workbook or a PDF is there only when it is finished; the rest is written as it is told.
pub fn open(format: Format, head: Head, out: Box<dyn Write + Send>) -> Result<Box<dyn Report>, Error> {
    Ok(match format {
        Format::SettlementXlsx => Box::new(settlement_xlsx::SettlementXlsx::new(head, out)?),
        Format::SettlementCsv => Box::new(settlement_csv::SettlementCsv::new(head, out)?),
        Format::PeriodPdf => Box::new(period_pdf::PeriodPdf::new(head, out)),
        Format::ClassicXlsx => Box::new(classic_xlsx::ClassicXlsx::new(&head, out)?),
        Format::ClassicCsv => Box::new(classic_csv::ClassicCsv::new(&head, out)?),
        Format::ClassicXml => Box::new(classic_xml::ClassicXml::new(head, out)?),
        Format::ClassicXmlZip => Box::new(classic_xml::ClassicXml::zipped(head, out)?),
        Format::ClassicPdf => Box::new(classic_pdf::ClassicPdf::new(head, out)),
    })
}
