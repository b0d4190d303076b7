//! A report, told out of the ledger and written to a file as it is told. What is read is one look at the database, a page at
//! a time, and what has been read and not yet written is bounded, so that memory does not grow with rows. The file lies on
//! disk until it has been read, so that a slow reader holds up nothing.

use std::{fs::File, io::Seek as _, sync::Arc, time::Duration};

use chrono::NaiveDate;
use kvitt_primitives::Msn;
use kvitt_reports::{Format, Head, Language, Row, Settlement, Unit};
use sqlx::PgConnection;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, mpsc},
    task::spawn_blocking,
    time::timeout,
};

use self::{fold::Fold, out::Out};
use super::{App, Error};
use crate::{
    domain::LedgerId,
    store::report_rows::{self, Named, Payers, Reported, Span},
};

mod fold;
mod out;

/// Reports that are written at once; each has a connection and a thread.
const MOST_WRITTEN: usize = 3;
/// Reports that are written or read at once; each has a file.
const MOST_READ: usize = 48;
/// Lines on a page.
const PAGE: i64 = 2_000;
/// Parts that are told and not yet written.
const AHEAD: usize = 2;
/// How long a report may take to be told.
const LONGEST: Duration = Duration::from_secs(600);

/// Which report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wanted {
    /// Each once.
    pub(crate) msns: Vec<Msn>,
    pub(crate) from: NaiveDate,
    pub(crate) to: NaiveDate,
    pub(crate) format: Format,
    pub(crate) language: Language,
    /// Whether to name those who paid VM numbers, where the format can.
    pub(crate) payers: Payers,
}

/// How many reports may be written and read at once; clones share it.
#[derive(Debug, Clone)]
pub(crate) struct Room {
    writing: Arc<Semaphore>,
    reading: Arc<Semaphore>,
}

/// A report's place among those that are written or read.
pub(crate) struct Place {
    pub(super) writing: OwnedSemaphorePermit,
    pub(super) reading: OwnedSemaphorePermit,
}

impl Default for Room {
    fn default() -> Self {
        Self { writing: Arc::new(Semaphore::new(MOST_WRITTEN)), reading: Arc::new(Semaphore::new(MOST_READ)) }
    }
}

impl Room {
    /// A place, if there is one now.
    pub(crate) fn take(&self) -> Result<Place, Error> {
        let now = |room: &Arc<Semaphore>| Arc::clone(room).try_acquire_owned().map_err(|_| Error::Busy);
        Ok(Place { reading: now(&self.reading)?, writing: now(&self.writing)? })
    }

    /// A place to write a report that nobody waits for.
    pub(super) async fn wait(&self) -> Result<OwnedSemaphorePermit, Error> {
        Arc::clone(&self.writing).acquire_owned().await.map_err(|_| Error::Busy)
    }
}

/// What is told of a report, one after the other.
enum Part {
    Unit(Unit),
    Settlement(Settlement),
    Unsettled,
    Rows(Vec<Row>),
    /// All has been told.
    End,
}

impl Wanted {
    /// Whether it is made of settlements, with all their dates; otherwise it is made of dates.
    fn is_classic(&self) -> bool {
        match self.format {
            Format::ClassicXlsx
            | Format::ClassicCsv
            | Format::ClassicXml
            | Format::ClassicXmlZip
            | Format::ClassicPdf => true,
            Format::SettlementXlsx | Format::SettlementCsv | Format::PeriodPdf => false,
        }
    }

    /// Who is told of in this unit's rows.
    fn payers(&self, ledger: &Reported) -> Payers {
        let can = matches!(self.format, Format::SettlementXlsx | Format::SettlementCsv | Format::ClassicXlsx);
        if can && ledger.vm_number { self.payers } else { Payers::Unnamed }
    }
}

impl App {
    /// Writes the report, whose dates are closed, to a file that goes when it is let go of; it stands at its beginning.
    pub(crate) async fn write_report(&self, wanted: &Wanted) -> Result<File, Error> {
        let mut snapshot = kvitt_postgres::snapshot(&self.pool).await?;
        let ledgers = report_rows::ledgers(&mut snapshot, &wanted.msns).await?;
        let head = head(&mut snapshot, wanted, &ledgers).await?;
        let (to, told) = mpsc::channel(AHEAD);
        let format = wanted.format;
        let writing = spawn_blocking(move || write(format, head, told));
        let telling = Telling { connection: &mut snapshot, wanted, to, before: Vec::new() };
        let told = timeout(LONGEST, telling.all(&ledgers)).await;
        // Ends the writing, however the telling ended.
        let written = writing.await.map_err(|_| broken("the writer of the report failed"))?;
        match told {
            Ok(Err(Error::Report(stopped))) => Err(written.err().unwrap_or(stopped).into()),
            Ok(Err(error)) => Err(error),
            Err(_elapsed) => Err(broken("the report took too long").into()),
            Ok(Ok(())) => Ok(written?),
        }
    }
}

/// The merchant is called what it was called when the last payout of the first unit that has one was made.
async fn head(
    connection: &mut PgConnection,
    wanted: &Wanted,
    ledgers: &[Reported],
) -> Result<Head, sqlx::Error> {
    let mut named = None;
    for ledger in ledgers {
        named = report_rows::named(connection, &ledger.msn, wanted.to).await?;
        if named.is_some() {
            break;
        }
    }
    let Named { organization_name, organization_number, .. } = named.unwrap_or_default();
    Ok(Head {
        organization_name,
        organization_number,
        from: wanted.from,
        to: wanted.to,
        language: wanted.language,
        personal: wanted.payers == Payers::Named,
    })
}

/// Tells of units and their rows.
struct Telling<'a> {
    connection: &'a mut PgConnection,
    wanted: &'a Wanted,
    to: mpsc::Sender<Part>,
    /// What is told only if something follows.
    before: Vec<Part>,
}

impl Telling<'_> {
    async fn all(mut self, ledgers: &[Reported]) -> Result<(), Error> {
        for ledger in ledgers {
            self.unit(ledger).await?;
            self.before.clear();
        }
        self.tell(Part::End).await
    }

    async fn unit(&mut self, ledger: &Reported) -> Result<(), Error> {
        let dates = (self.wanted.from, self.wanted.to);
        let settlements = report_rows::settlements(self.connection, &ledger.msn, dates).await?;
        let named = report_rows::named(self.connection, &ledger.msn, self.wanted.to).await?;
        self.before.push(Part::Unit(unit(ledger, named)));
        let mut open = Some(self.wanted.from);
        for settlement in settlements {
            let (from, to) = (settlement.from, settlement.to);
            let from = if self.wanted.is_classic() { from } else { from.max(self.wanted.from) };
            self.tell(Part::Settlement(settlement)).await?;
            self.rows(ledger, (from, to)).await?;
            open = to.succ_opt();
        }
        let rest = open.filter(|from| *from <= self.wanted.to && !self.wanted.is_classic());
        let Some(from) = rest else { return Ok(()) };
        self.before.push(Part::Unsettled);
        self.rows(ledger, (from, self.wanted.to)).await
    }

    /// The rows of these dates.
    async fn rows(&mut self, ledger: &Reported, (from, to): (NaiveDate, NaiveDate)) -> Result<(), Error> {
        // It has a line for each settlement, and none for what it is made of.
        if self.wanted.format == Format::ClassicPdf {
            return Ok(());
        }
        let payers = self.wanted.payers(ledger);
        let (mut after, mut fold) = ((from, 0), Fold::default());
        loop {
            let span = Span { msn: &ledger.msn, after, to, payers };
            let page = report_rows::lines(self.connection, span, PAGE).await?;
            let Some(last) = page.last() else { break };
            after = last.place;
            let whole = i64::try_from(page.len()).is_ok_and(|lines| lines == PAGE);
            self.tell_rows(fold.add(page)).await?;
            if !whole {
                break;
            }
        }
        self.tell_rows(fold.end()).await
    }

    async fn tell_rows(&mut self, rows: Vec<Row>) -> Result<(), Error> {
        if rows.is_empty() { Ok(()) } else { self.tell(Part::Rows(rows)).await }
    }

    async fn tell(&mut self, part: Part) -> Result<(), Error> {
        for part in std::mem::take(&mut self.before).into_iter().chain([part]) {
            // Why the writer has ended by itself is what it says.
            self.to.send(part).await.map_err(|_| broken("the writer of the report ended"))?;
        }
        Ok(())
    }
}

/// A unit as it was when its last payout was made. One that has had none has a number and no name.
fn unit(ledger: &Reported, named: Option<Named>) -> Unit {
    let msn = ledger.msn.to_string();
    let named = named.unwrap_or_else(|| Named { sales_unit_name: msn.clone(), ..Named::default() });
    Unit {
        msn,
        ledger_id: LedgerId::of(ledger.msn.clone()).to_string(),
        name: named.sales_unit_name,
        product: named.product,
        market: ledger.market,
        currency: ledger.currency,
        gross: named.gross,
        account_id: named.account_id,
        organization_name: named.organization_name,
        organization_number: named.organization_number,
        address: named.address,
        post_code: named.post_code,
        city: named.city,
        country_code: named.country_code,
    }
}

/// Writes what it is told, on a thread of its own.
fn write(format: Format, head: Head, mut told: mpsc::Receiver<Part>) -> Result<File, kvitt_reports::Error> {
    let out = Out::new(tempfile::tempfile()?);
    let mut report = kvitt_reports::open(format, head, Box::new(out.clone()))?;
    loop {
        match told.blocking_recv() {
            Some(Part::Unit(unit)) => report.unit(&unit)?,
            Some(Part::Settlement(settlement)) => report.settlement(&settlement)?,
            Some(Part::Unsettled) => report.unsettled()?,
            Some(Part::Rows(rows)) => rows.iter().try_for_each(|row| report.row(row))?,
            Some(Part::End) => break,
            None => return Err(broken("the report was not told to its end")),
        }
    }
    report.finish()?;
    let mut file = out.file()?;
    file.rewind()?;
    Ok(file)
}

fn broken(what: &str) -> kvitt_reports::Error {
    kvitt_reports::Error::Format(what.to_owned())
}

#[cfg(test)]
mod tests;
