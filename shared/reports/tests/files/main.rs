//! Every format is written, read back by another's reader, and compared with what was told.

mod classic;
mod hostile;
mod settlement;
#[path = "../../examples/pages/story.rs"]
mod story;

use std::io::{Cursor, Read};

use calamine::{Data, Range, Reader, Xlsx};

/// The rows of a CSV, its byte order mark taken off.
fn csv_rows(bytes: &[u8]) -> Vec<Vec<String>> {
    let text = std::str::from_utf8(bytes).expect("UTF-8");
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes())
        .records()
        .map(|record| record.expect("a record").iter().map(str::to_owned).collect())
        .collect()
}

/// A sheet of a workbook.
fn sheet(bytes: &[u8], name: &str) -> Range<Data> {
    Xlsx::new(Cursor::new(bytes.to_vec())).expect("a workbook").worksheet_range(name).expect("the sheet")
}

/// A cell as a CSV would have it. Amounts must be numbers.
fn cell_text(cell: &Data) -> String {
    match cell {
        Data::String(text) => text.clone(),
        Data::Float(number) => format!("{number:.2}"),
        Data::Empty => String::new(),
        other => panic!("a report has no such cell: {other:?}"),
    }
}

/// The one file in a zip.
fn unzipped(bytes: &[u8]) -> (String, Vec<u8>) {
    let mut zip = zip::ZipArchive::new(Cursor::new(bytes.to_vec())).expect("a zip");
    assert_eq!(zip.len(), 1);
    let mut file = zip.by_index(0).expect("the file");
    let mut content = Vec::new();
    file.read_to_end(&mut content).expect("its content");
    (file.name().expect("a name").to_string(), content)
}
