//! Current: the rows of `Details`, in UTF-8 with a byte order mark, with commas and CRLF.

use std::io::{BufWriter, Write};

use csv::{Terminator, Writer, WriterBuilder};

use crate::{Error, Head, Report, Row, Settlement, Unit, details};

/// The table.
pub(crate) struct SettlementCsv {
    head: Head,
    out: Writer<BufWriter<Box<dyn Write + Send>>>,
    begun: bool,
    unit: Option<Unit>,
}

impl SettlementCsv {
    /// An empty one.
    pub(crate) fn new(head: Head, out: Box<dyn Write + Send>) -> Result<Self, Error> {
        let mut out = BufWriter::new(out);
        out.write_all("\u{feff}".as_bytes())?;
        let out = WriterBuilder::new().terminator(Terminator::CRLF).from_writer(out);
        Ok(Self { head, out, begun: false, unit: None })
    }

    fn begin(&mut self, first: Option<&Unit>) -> Result<(), Error> {
        if !self.begun {
            self.begun = true;
            self.out.write_record(details::columns(&self.head, first).iter().map(|column| column.label))?;
        }
        Ok(())
    }
}

impl Report for SettlementCsv {
    fn unit(&mut self, unit: &Unit) -> Result<(), Error> {
        self.begin(Some(unit))?;
        self.unit = Some(unit.clone());
        Ok(())
    }

    fn settlement(&mut self, _: &Settlement) -> Result<(), Error> {
        Ok(())
    }

    fn unsettled(&mut self) -> Result<(), Error> {
        Ok(())
    }

    fn row(&mut self, row: &Row) -> Result<(), Error> {
        let Some(unit) = &self.unit else {
            return Err(Error::out_of_order());
        };
        for cell in details::cells(&self.head, unit, row) {
            self.out.write_field(cell.to_csv().as_bytes())?;
        }
        self.out.write_record(None::<&[u8]>)?;
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<(), Error> {
        self.begin(None)?;
        self.out.flush()?;
        Ok(())
    }
}

impl From<csv::Error> for Error {
    fn from(error: csv::Error) -> Self {
        match error.into_kind() {
            csv::ErrorKind::Io(error) => Self::Write(error),
            other => Self::Format(format!("{other:?}")),
        }
    }
}
