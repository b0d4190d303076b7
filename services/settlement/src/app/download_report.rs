//! Give somebody a report as a file, in pieces.

use std::{collections::BTreeSet, fs::File, time::Duration};

use kvitt_proto::{
    error::v1::Reason,
    refusal::{FieldViolation, status},
};
use kvitt_reports::Format;
use tokio::{io::AsyncReadExt as _, sync::mpsc, time::timeout};
use tracing::Instrument as _;

use super::{
    App, Error,
    report::{Place, Wanted},
};
use crate::store::report_rows;

/// Most units of one report.
pub(crate) const MOST_UNITS: usize = 100;
/// Most dates of one report.
pub(crate) const MOST_DATES: i64 = 366;
/// The largest piece.
const PIECE: usize = 64 * 1024;
/// Pieces that are read and not yet taken.
const AHEAD: usize = 2;
/// How long somebody may leave a piece alone.
const PATIENCE: Duration = Duration::from_secs(60);

/// A report on its way.
#[derive(Debug)]
pub(crate) struct Download {
    pub(crate) file_name: String,
    pub(crate) media_type: &'static str,
    /// At most 64 KiB each; an error is the last of them.
    pub(crate) pieces: mpsc::Receiver<Result<Vec<u8>, Error>>,
}

/// The report of units that the caller may read, once it is known that there is one.
pub(crate) async fn download_report(app: &App, wanted: Wanted) -> Result<Download, Error> {
    app.of_one_merchant(&wanted).await?;
    app.is_settled(&wanted).await?;
    let place = app.room.take()?;
    let (file_name, media_type) = (wanted.file_name(), wanted.format.media_type());
    let (to, pieces) = mpsc::channel(AHEAD);
    let app = app.clone();
    let serving = async move {
        // Nobody writes what nobody waits for any more.
        tokio::select! {
            () = to.closed() => {}
            () = serve(&app, &wanted, place, &to) => {}
        }
    };
    tokio::spawn(serving.in_current_span());
    Ok(Download { file_name, media_type, pieces })
}

impl App {
    async fn of_one_merchant(&self, wanted: &Wanted) -> Result<(), Error> {
        if wanted.msns.len() < 2 {
            return Ok(());
        }
        let mut merchants = BTreeSet::new();
        for msn in &wanted.msns {
            merchants.insert(self.find_unit(msn).await?.ok_or(Error::LedgerNotFound)?.merchant_id);
        }
        if merchants.len() == 1 { Ok(()) } else { Err(field("msns", "must be units of one merchant")) }
    }

    /// Passes when everything that is asked for is closed, and some of it was paid out.
    async fn is_settled(&self, wanted: &Wanted) -> Result<(), Error> {
        let mut connection = self.pool.acquire().await?;
        let ledgers = report_rows::ledgers(&mut connection, &wanted.msns).await?;
        let closed_through = ledgers.iter().map(|ledger| ledger.closed_through).min();
        if closed_through.is_some_and(|closed_through| closed_through < wanted.to) {
            return Err(field("toDate", "must be a ledger date that is closed"));
        }
        let dates = (wanted.from, wanted.to);
        let settled = report_rows::settled(&mut connection, &wanted.msns, dates).await?;
        if settled { Ok(()) } else { Err(Error::ReportEmpty) }
    }
}

impl Wanted {
    /// What the file may be called: letters, digits, hyphens and points.
    pub(super) fn file_name(&self) -> String {
        let kind = match self.format {
            Format::SettlementXlsx | Format::SettlementCsv => "settlements",
            Format::PeriodPdf => "period-report",
            Format::ClassicXlsx
            | Format::ClassicCsv
            | Format::ClassicXml
            | Format::ClassicXmlZip
            | Format::ClassicPdf => "settlement-report",
        };
        let unit = match self.msns.as_slice() {
            [only] => format!("-{only}"),
            _ => String::new(),
        };
        format!("{kind}{unit}-{}-{}.{}", self.from, self.to, self.format.extension())
    }
}

fn field(name: &str, rule: &str) -> Error {
    Error::Fields(vec![FieldViolation::new(name, rule)])
}

/// Writes the report, then hands it on as it is taken.
async fn serve(app: &App, wanted: &Wanted, place: Place, to: &mpsc::Sender<Result<Vec<u8>, Error>>) {
    let Place { writing, reading } = place;
    let written = app.write_report(wanted).await;
    drop(writing);
    let handed_on = match written {
        Ok(file) => hand_on(file, to).await,
        Err(error) => Err(error),
    };
    drop(reading);
    if let Err(error) = handed_on {
        // Whoever does not listen any more does not want to know.
        to.send(Err(error)).await.ok();
    }
}

async fn hand_on(file: File, to: &mpsc::Sender<Result<Vec<u8>, Error>>) -> Result<(), Error> {
    let mut file = tokio::fs::File::from_std(file);
    loop {
        let mut piece = Vec::with_capacity(PIECE);
        let read = (&mut file).take(PIECE as u64).read_to_end(&mut piece).await;
        read.map_err(kvitt_reports::Error::Write)?;
        if piece.is_empty() {
            return Ok(());
        }
        let taken = timeout(PATIENCE, to.send(Ok(piece))).await;
        if !matches!(taken, Ok(Ok(()))) {
            return Err(Error::Refused(status(Reason::DeadlineExceeded, "the report was not read in time")));
        }
    }
}
