//! From blocks to marks on pages.

use std::borrow::Cow;

use super::{
    HEIGHT, Ink, WIDTH,
    face::{Faces, Weight},
    table::{Align, PADDING, RowLook, Table},
};
use crate::Error;

const LEFT: f32 = 48.0;
const RIGHT: f32 = WIDTH - 48.0;
const TOP: f32 = 54.0;
const BOTTOM: f32 = HEIGHT - 64.0;
const FOOT: f32 = HEIGHT - 34.0;
const ROW: f32 = 16.0;
const HEADER: f32 = 20.0;

/// How words look.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Style {
    pub(super) weight: Weight,
    pub(super) size: f32,
    pub(super) ink: Ink,
}

const fn style(weight: Weight, size: f32, ink: Ink) -> Style {
    Style { weight, size, ink }
}

const KICKER: Style = style(Weight::Bold, 9.0, Ink::Soft);
const TITLE: Style = style(Weight::Bold, 22.0, Ink::Navy);
const LABEL: Style = style(Weight::Regular, 9.0, Ink::Soft);
const FACT: Style = style(Weight::Regular, 9.0, Ink::Dark);
const HEADING: Style = style(Weight::Bold, 12.5, Ink::Dark);
const SMALL: Style = style(Weight::Regular, 8.0, Ink::Soft);

/// Something on a page.
#[derive(Debug)]
pub(super) enum Mark<'a> {
    /// Words on a base line.
    Words { x: f32, y: f32, style: Style, words: Cow<'a, str> },
    /// A filled rectangle; lines are thin ones.
    Area { x: f32, y: f32, width: f32, height: f32, ink: Ink },
}

/// The page that is being filled, and where full ones go.
pub(super) struct Flow<'a, 'b> {
    faces: &'a Faces,
    page: &'b mut dyn FnMut(Vec<Mark<'_>>) -> Result<(), Error>,
    marks: Vec<Mark<'a>>,
    y: f32,
}

impl<'a, 'b> Flow<'a, 'b> {
    pub(super) fn new(faces: &'a Faces, page: &'b mut dyn FnMut(Vec<Mark<'_>>) -> Result<(), Error>) -> Self {
        Self { faces, page, marks: Vec::new(), y: TOP }
    }

    pub(super) fn end(mut self) -> Result<(), Error> {
        self.turn()
    }

    pub(super) fn title(&mut self, kicker: &'a str, words: &'a str) -> Result<(), Error> {
        let kicker = self.faces.of(KICKER.weight).fitted(kicker, KICKER.size, RIGHT - LEFT);
        self.y += 4.0;
        self.words(LEFT, self.y, KICKER, kicker);
        self.y += 27.0;
        self.words(LEFT, self.y, TITLE, words);
        self.y += 12.0;
        self.area((LEFT, self.y), (44.0, 2.5), Ink::Navy);
        self.y += 24.0;
        Ok(())
    }

    pub(super) fn facts(&mut self, facts: &'a [(String, String)]) -> Result<(), Error> {
        let face = self.faces.of(LABEL.weight);
        let column = facts.iter().map(|(label, _)| face.width(label, LABEL.size)).fold(0.0, f32::max) + 18.0;
        for (label, words) in facts {
            let room = RIGHT - LEFT - column;
            let lines = self.faces.of(FACT.weight).wrapped(words, FACT.size, room, 3);
            self.room_for(14.0)?;
            self.words(LEFT, self.y, LABEL, label.as_str());
            for (at, line) in lines.into_iter().enumerate() {
                if at > 0 {
                    self.y += 12.0;
                }
                self.words(LEFT + column, self.y, FACT, line);
            }
            self.y += 14.5;
        }
        self.y += 8.0;
        Ok(())
    }

    pub(super) fn heading(&mut self, words: &'a str) -> Result<(), Error> {
        let lines = self.faces.of(HEADING.weight).wrapped(words, HEADING.size, RIGHT - LEFT, 2);
        // It stays with its note, a table's header and two rows.
        self.room_for(120.0)?;
        self.y += 18.0;
        for line in lines {
            self.words(LEFT, self.y, HEADING, line);
            self.y += 16.0;
        }
        Ok(())
    }

    pub(super) fn part(&mut self) -> Result<(), Error> {
        self.room_for(150.0)?;
        self.y += 6.0;
        self.area((LEFT, self.y), (RIGHT - LEFT, 0.5), Ink::Line);
        self.y += 22.0;
        Ok(())
    }

    pub(super) fn note(&mut self, words: &'a str) -> Result<(), Error> {
        for line in self.faces.of(SMALL.weight).wrapped(words, SMALL.size, RIGHT - LEFT, 3) {
            self.words(LEFT, self.y, SMALL, line);
            self.y += 11.0;
        }
        Ok(())
    }

    pub(super) fn table(&mut self, table: &'a Table) -> Result<(), Error> {
        let (size, widths) = table.measured(self.faces, RIGHT - LEFT);
        let full: f32 = widths.iter().sum();
        self.room_for(HEADER + 2.0 * ROW)?;
        self.table_header(table, size, &widths);
        let mut odd = false;
        for (at, (look, cells)) in table.rows.iter().enumerate() {
            // The last row is not left alone on a page.
            let rows = if at + 2 == table.rows.len() { 2.0 } else { 1.0 };
            if self.y + rows * ROW > BOTTOM {
                self.turn()?;
                self.table_header(table, size, &widths);
                odd = false;
            }
            match look {
                RowLook::Total => self.area((LEFT, self.y), (full, 0.8), Ink::Navy),
                RowLook::Plain if odd => self.area((LEFT, self.y), (full, ROW), Ink::Mist),
                RowLook::Plain => {}
            }
            odd = !odd;
            let ink = style(look.weight(), size, Ink::Dark);
            let labels = table.columns.iter().zip(&widths).zip(cells);
            let mut x = LEFT;
            for (((_, align), width), cell) in labels {
                self.cell(*align, (x, *width, self.y + 11.2), ink, cell);
                x += width;
            }
            self.y += ROW;
        }
        self.area((LEFT, self.y), (full, 0.5), Ink::Line);
        self.y += 14.0;
        Ok(())
    }

    fn table_header(&mut self, table: &'a Table, size: f32, widths: &[f32]) {
        let mut x = LEFT;
        let ink = style(Weight::Bold, size * 0.94, Ink::Navy);
        for ((label, align), width) in table.columns.iter().zip(widths) {
            self.cell(*align, (x, *width, self.y + 12.5), ink, label);
            x += width;
        }
        self.y += HEADER;
        self.area((LEFT, self.y - 1.0), (x - LEFT, 1.0), Ink::Navy);
    }

    /// Words in a cell that begins at `x`, is so wide, and has its base line at `y`.
    fn cell(&mut self, align: Align, (x, width, y): (f32, f32, f32), style: Style, words: &'a str) {
        let x = match align {
            Align::Left => x + PADDING,
            Align::Right => x + width - PADDING - self.faces.of(style.weight).width(words, style.size),
        };
        self.words(x, y, style, words);
    }

    fn words(&mut self, x: f32, y: f32, style: Style, words: impl Into<Cow<'a, str>>) {
        let words = words.into();
        if !words.is_empty() {
            self.marks.push(Mark::Words { x, y, style, words });
        }
    }

    fn area(&mut self, (x, y): (f32, f32), (width, height): (f32, f32), ink: Ink) {
        self.marks.push(Mark::Area { x, y, width, height, ink });
    }

    fn room_for(&mut self, height: f32) -> Result<(), Error> {
        if self.y + height > BOTTOM { self.turn() } else { Ok(()) }
    }

    fn turn(&mut self) -> Result<(), Error> {
        self.y = TOP;
        (self.page)(std::mem::take(&mut self.marks))
    }
}

/// The foot of a page, and the title again where it is not the first.
pub(super) fn foot(faces: &Faces, marks: &mut Vec<Mark<'_>>, page: &str, title: Option<&str>) {
    let width = faces.of(SMALL.weight).width(page, SMALL.size);
    marks.push(Mark::Area { x: LEFT, y: FOOT - 14.0, width: RIGHT - LEFT, height: 0.5, ink: Ink::Line });
    marks.push(Mark::Words { x: RIGHT - width, y: FOOT, style: SMALL, words: Cow::Owned(page.to_owned()) });
    if let Some(title) = title {
        marks.push(Mark::Words { x: LEFT, y: FOOT, style: SMALL, words: Cow::Owned(title.to_owned()) });
    }
}
