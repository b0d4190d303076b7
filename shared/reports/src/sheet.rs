//! Workbooks that are written as their rows come: each finished row goes to a temporary file, so memory stays flat. A sheet
//! that is full goes on in the next one. Text is never a formula, and nothing says when the file was made.

use std::{borrow::Cow, io::Write};

use chrono::NaiveTime;
use rust_xlsxwriter::{
    Color, DocProperties, Format, FormatAlign, FormatBorder, IgnoreError, Workbook, Worksheet, XlsxError,
};

use crate::{Error, Head, amount, text};

/// The rows that Excel has in a sheet.
const SHEET_ROWS: u32 = 1_048_576;
/// What the palette is made of.
const NAVY: Color = Color::RGB(0x17_45_6B);
const MIST: Color = Color::RGB(0xEE_F3_F7);

/// What a cell holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Cell<'a> {
    /// Words.
    Text(Cow<'a, str>),
    /// Minor units.
    Amount(i128),
    /// A whole number.
    Number(i64),
    /// Nothing.
    Empty,
}

impl<'a> Cell<'a> {
    /// Somebody's words, made safe.
    pub(crate) fn of(words: &'a str) -> Self {
        Self::Text(text::cell(words))
    }

    /// As a CSV has it.
    pub(crate) fn to_csv(&self) -> Cow<'_, str> {
        match self {
            Self::Text(words) => Cow::Borrowed(words),
            Self::Amount(minor) => Cow::Owned(amount::dotted(*minor)),
            Self::Number(number) => Cow::Owned(number.to_string()),
            Self::Empty => Cow::Borrowed(""),
        }
    }
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Column {
    /// Above it.
    pub(crate) label: &'static str,
    /// In characters.
    width: u16,
    /// Whether its cells stand to the right.
    right: bool,
}

impl Column {
    /// Of words.
    pub(crate) fn text(label: &'static str, width: u16) -> Self {
        Self { label, width: width.max(room_for(label)), right: false }
    }

    /// Of numbers.
    pub(crate) fn number(label: &'static str, width: u16) -> Self {
        Self { label, width: width.max(room_for(label)), right: true }
    }
}

/// A label stands beside the button of its filter.
fn room_for(label: &str) -> u16 {
    u16::try_from(label.chars().count()).unwrap_or(u16::MAX).saturating_add(5).min(60)
}

/// How a row looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Look {
    /// As most do.
    Plain,
    /// A sum.
    Total,
}

/// A workbook in the making.
pub(crate) struct Book {
    workbook: Workbook,
    plain: Formats,
    total: Formats,
    rows: u32,
}

struct Formats {
    text: Format,
    amount: Format,
    number: Format,
}

impl Formats {
    fn new(base: &Format) -> Self {
        // Away from the words that may stand right of it.
        let right = base.clone().set_align(FormatAlign::Right).set_indent(1);
        Self {
            text: base.clone().set_num_format("@"),
            amount: right.clone().set_num_format("#,##0.00"),
            number: right.set_num_format("0"),
        }
    }
}

/// A table, on as many sheets as it takes.
pub(crate) struct Table {
    name: &'static str,
    columns: Vec<Column>,
    part: u32,
    index: usize,
    header: u32,
    next: u32,
}

impl Book {
    /// An empty one. It is dated by what it reports.
    pub(crate) fn new(title: &str, head: &Head) -> Self {
        let mut workbook = Workbook::new();
        let made = head.to.and_time(NaiveTime::MIN).and_utc();
        workbook.set_properties(
            &DocProperties::new()
                .set_title(title)
                .set_author("Kvitt")
                .set_company(text::plain(&head.organization_name))
                .set_creation_datetime(&made),
        );
        let total = Format::new().set_bold().set_background_color(MIST).set_border_top(FormatBorder::Thin);
        Self { workbook, plain: Formats::new(&Format::new()), total: Formats::new(&total), rows: SHEET_ROWS }
    }

    /// With shorter sheets, for tests.
    #[cfg(test)]
    pub(crate) fn with_rows(mut self, rows: u32) -> Self {
        self.rows = rows;
        self
    }

    /// A table on a sheet of its own, below a title and what stands with it where there is one.
    pub(crate) fn table(
        &mut self,
        name: &'static str,
        columns: Vec<Column>,
        above: &[(&str, String)],
    ) -> Result<Table, Error> {
        let mut table = Table { name, columns, part: 1, index: 0, header: 0, next: 0 };
        self.begin_sheet(&mut table, above)?;
        Ok(table)
    }

    /// The next row.
    pub(crate) fn row(&mut self, table: &mut Table, look: Look, cells: &[Cell<'_>]) -> Result<(), Error> {
        if table.next >= self.rows {
            self.end_sheet(table)?;
            table.part += 1;
            self.begin_sheet(table, &[])?;
        }
        let formats = match look {
            Look::Plain => &self.plain,
            Look::Total => &self.total,
        };
        let sheet = self.workbook.worksheet_from_index(table.index)?;
        for (column, cell) in (0..).zip(cells) {
            match cell {
                Cell::Text(words) => {
                    sheet.write_string_with_format(table.next, column, words.as_ref(), &formats.text)?;
                }
                Cell::Amount(minor) => {
                    let value = amount::decimal(*minor)?;
                    sheet.write_with_format(table.next, column, value, &formats.amount)?;
                }
                Cell::Number(number) => {
                    let value = rust_decimal::Decimal::from(*number);
                    sheet.write_with_format(table.next, column, value, &formats.number)?;
                }
                Cell::Empty if look == Look::Total => {
                    sheet.write_blank(table.next, column, &formats.text)?;
                }
                Cell::Empty => {}
            }
        }
        table.next += 1;
        Ok(())
    }

    /// Nothing follows in the table.
    pub(crate) fn end(&mut self, table: &Table) -> Result<(), Error> {
        self.end_sheet(table)
    }

    /// Writes the file.
    pub(crate) fn save(mut self, out: &mut (dyn Write + Send)) -> Result<(), Error> {
        self.workbook.save_to_writer(&mut *out)?;
        out.flush()?;
        Ok(())
    }

    fn begin_sheet(&mut self, table: &mut Table, above: &[(&str, String)]) -> Result<(), Error> {
        table.index = self.workbook.worksheets().len();
        let sheet = self.workbook.add_worksheet_with_constant_memory()?;
        let name =
            if table.part == 1 { table.name.to_owned() } else { format!("{} {}", table.name, table.part) };
        sheet.set_name(name)?;
        sheet.set_landscape().set_paper_size(9).set_print_fit_to_pages(1, 0).set_footer("&C&P / &N");
        for (at, column) in (0..).zip(&table.columns) {
            sheet.set_column_width(at, column.width)?;
        }
        table.header = write_above(sheet, above)?;
        sheet.set_row_height(table.header, 22)?;
        let header = Format::new()
            .set_bold()
            .set_font_color(Color::White)
            .set_background_color(NAVY)
            .set_align(FormatAlign::VerticalCenter);
        let right = header.clone().set_align(FormatAlign::Right).set_indent(1);
        for (at, column) in (0..).zip(&table.columns) {
            let format = if column.right { &right } else { &header };
            sheet.write_string_with_format(table.header, at, column.label, format)?;
        }
        sheet.set_freeze_panes(table.header + 1, 0)?;
        sheet.set_repeat_rows(table.header, table.header)?;
        table.next = table.header + 1;
        Ok(())
    }

    fn end_sheet(&mut self, table: &Table) -> Result<(), Error> {
        let Some(last_column) = table.columns.len().checked_sub(1).and_then(|last| u16::try_from(last).ok())
        else {
            return Ok(());
        };
        let last_row = table.next.saturating_sub(1);
        let sheet = self.workbook.worksheet_from_index(table.index)?;
        sheet.autofilter(table.header, 0, last_row, last_column)?;
        sheet.ignore_error_range(0, 0, last_row, last_column, IgnoreError::NumberStoredAsText)?;
        Ok(())
    }
}

/// A title, lines of a label and its words, two empty rows. Gives the row after them.
fn write_above(sheet: &mut Worksheet, above: &[(&str, String)]) -> Result<u32, XlsxError> {
    let Some(((title, _), facts)) = above.split_first() else {
        return Ok(0);
    };
    let large = Format::new().set_bold().set_font_size(15).set_font_color(NAVY);
    sheet.set_row_height(0, 24)?;
    sheet.write_string_with_format(0, 0, *title, &large)?;
    let bold = Format::new().set_bold();
    let mut row = 1;
    for (label, words) in facts {
        sheet.write_string_with_format(row, 0, *label, &bold)?;
        sheet.write_string(row, 2, words.as_str())?;
        row += 1;
    }
    Ok(row + 2)
}

impl From<XlsxError> for Error {
    fn from(error: XlsxError) -> Self {
        match error {
            XlsxError::IoError(error) => Self::Write(error),
            other => Self::Format(other.to_string()),
        }
    }
}
