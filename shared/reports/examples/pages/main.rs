//! Writes reports to look at: `cargo run -p kvitt-reports --example pages -- FOLDER`. The folder then holds `period.pdf` and
//! `classic.pdf` of a month of sales, and in `hostile/` every format with names that mean harm, for `tests/reports/run`.

mod story;

use std::{env, fs, io, path::PathBuf};

use kvitt_reports::{Format, Language};

use self::story::Story;

fn main() -> io::Result<()> {
    let folder =
        PathBuf::from(env::args().nth(1).ok_or_else(|| io::Error::other("say into which folder to write"))?);
    let hostile = folder.join("hostile");
    fs::create_dir_all(&hostile)?;
    let month = Story::september(Language::Norwegian);
    fs::write(folder.join("period.pdf"), month.written(Format::PeriodPdf))?;
    fs::write(folder.join("classic.pdf"), month.written(Format::ClassicPdf))?;
    fs::write(folder.join("settlement.xlsx"), month.written(Format::SettlementXlsx))?;
    fs::write(folder.join("classic.xlsx"), month.written(Format::ClassicXlsx))?;
    let story = Story::hostile(Language::English);
    for (name, format) in [
        ("settlement.xlsx", Format::SettlementXlsx),
        ("settlement.csv", Format::SettlementCsv),
        ("period.pdf", Format::PeriodPdf),
        ("classic.xlsx", Format::ClassicXlsx),
        ("classic.csv", Format::ClassicCsv),
        ("classic.xml", Format::ClassicXml),
        ("classic.xml.zip", Format::ClassicXmlZip),
        ("classic.pdf", Format::ClassicPdf),
    ] {
        fs::write(hostile.join(name), story.written(format))?;
    }
    Ok(())
}
