//! Pages of A4: a title, facts, headings and tables with repeated headers, a foot with page x of y. What a page holds is laid
//! out twice, once to count the pages and once to draw them, and only one page is in memory at a time.
//!
//! Floats are points on paper here, never money.
#![allow(clippy::float_arithmetic, reason = "a place on a page is a float")]

mod face;
mod flow;
mod table;

use std::io::Write;

use chrono::Datelike;
use krilla::{
    Document,
    color::rgb,
    geom::{Path, PathBuilder, Point, Rect},
    metadata::{DateTime, Metadata},
    page::PageSettings,
    paint::Fill,
    surface::Surface,
};

use self::{
    face::Faces,
    flow::{Flow, Mark},
};
use crate::{Error, Head, text, words::Words};

pub(crate) use self::table::{Align, RowLook, Table};

/// A4 in points.
const WIDTH: f32 = 595.28;
/// As above.
const HEIGHT: f32 = 841.89;

/// A colour of the palette.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ink {
    /// Of most words.
    Dark,
    /// Of what matters less.
    Soft,
    /// Of headings.
    Navy,
    /// Behind every other row.
    Mist,
    /// Of lines.
    Line,
}

impl Ink {
    fn color(self) -> rgb::Color {
        match self {
            Self::Dark => rgb::Color::new(0x1f, 0x29, 0x33),
            Self::Soft => rgb::Color::new(0x66, 0x70, 0x85),
            Self::Navy => rgb::Color::new(0x17, 0x45, 0x6b),
            Self::Mist => rgb::Color::new(0xf3, 0xf6, 0xf9),
            Self::Line => rgb::Color::new(0xd0, 0xd7, 0xde),
        }
    }
}

/// A part of a paper.
#[derive(Debug)]
enum Block {
    Title { kicker: String, text: String },
    Facts(Vec<(String, String)>),
    Heading(String),
    Part,
    Note(String),
    Table(Table),
}

/// A document in the making.
#[derive(Debug)]
pub(crate) struct Paper {
    title: String,
    blocks: Vec<Block>,
}

impl Paper {
    /// With a title, and a small line above it.
    pub(crate) fn new(title: &str, kicker: &str) -> Self {
        let text = title.to_owned();
        let kicker = text::plain(kicker).into_owned();
        Self { title: text.clone(), blocks: vec![Block::Title { kicker, text }] }
    }

    /// Labels with their words.
    pub(crate) fn facts(&mut self, facts: &[(&str, &str)]) {
        self.blocks.push(Block::Facts(
            facts
                .iter()
                .map(|(label, words)| ((*label).to_owned(), text::plain(words).into_owned()))
                .collect(),
        ));
    }

    /// A heading; it stays with what follows.
    pub(crate) fn heading(&mut self, words: &str) {
        self.blocks.push(Block::Heading(text::plain(words).into_owned()));
    }

    /// A line across the page; what follows begins anew.
    pub(crate) fn part(&mut self) {
        self.blocks.push(Block::Part);
    }

    /// A small line below a heading.
    pub(crate) fn note(&mut self, words: &str) {
        self.blocks.push(Block::Note(text::plain(words).into_owned()));
    }

    /// A table.
    pub(crate) fn table(&mut self, table: Table) {
        self.blocks.push(Block::Table(table));
    }

    /// Draws it. Its date is the report's last one and its id is what it reports, so it is always the same.
    pub(crate) fn write(self, head: &Head, out: &mut dyn Write) -> Result<(), Error> {
        let words = Words::of(head.language);
        let faces = Faces::new()?;
        let mut pages = 0_usize;
        self.lay_out(&faces, &mut |_| {
            pages += 1;
            Ok(())
        })?;
        let mut document = Document::new();
        document.set_metadata(metadata(&self.title, head, words));
        let mut number = 0_usize;
        self.lay_out(&faces, &mut |mut marks| {
            number += 1;
            let foot = format!("{} {number} {} {pages}", words.page, words.of);
            flow::foot(&faces, &mut marks, &foot, (number > 1).then_some(self.title.as_str()));
            draw(&mut document, &faces, &marks)
        })?;
        let bytes = document.finish().map_err(|error| Error::Format(format!("{error:?}")))?;
        out.write_all(&bytes)?;
        out.flush()?;
        Ok(())
    }

    fn lay_out(
        &self,
        faces: &Faces,
        page: &mut dyn FnMut(Vec<Mark<'_>>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut flow = Flow::new(faces, page);
        for block in &self.blocks {
            match block {
                Block::Title { kicker, text } => flow.title(kicker, text)?,
                Block::Facts(facts) => flow.facts(facts)?,
                Block::Heading(words) => flow.heading(words)?,
                Block::Part => flow.part()?,
                Block::Note(words) => flow.note(words)?,
                Block::Table(table) => flow.table(table)?,
            }
        }
        flow.end()
    }
}

fn metadata(title: &str, head: &Head, words: &Words) -> Metadata {
    let date = DateTime::new(u16::try_from(head.to.year()).unwrap_or(0))
        .month(u8::try_from(head.to.month()).unwrap_or(1))
        .day(u8::try_from(head.to.day()).unwrap_or(1))
        .hour(0)
        .minute(0)
        .second(0)
        .utc_offset_hour(0);
    Metadata::new()
        .title(title.to_owned())
        .creator("Kvitt".to_owned())
        .producer("Kvitt".to_owned())
        .language(words.tag.to_owned())
        .creation_date(date)
        .document_id(format!("{title}/{}/{}/{}", head.organization_number, head.from, head.to))
}

fn draw(document: &mut Document, faces: &Faces, marks: &[Mark<'_>]) -> Result<(), Error> {
    let settings = PageSettings::from_wh(WIDTH, HEIGHT)
        .ok_or_else(|| Error::Format("a page has no such size".to_owned()))?;
    let mut page = document.start_page_with(settings);
    let mut surface = page.surface();
    for mark in marks {
        match mark {
            Mark::Words { x, y, style, words } => {
                fill(&mut surface, style.ink);
                let face = faces.of(style.weight);
                let glyphs = face.glyphs(words);
                surface.draw_glyphs(Point::from_xy(*x, *y), &glyphs, face.font(), words, style.size, false);
            }
            Mark::Area { x, y, width, height, ink } => {
                fill(&mut surface, *ink);
                if let Some(path) = rectangle(*x, *y, *width, *height) {
                    surface.draw_path(&path);
                }
            }
        }
    }
    surface.finish();
    page.finish();
    Ok(())
}

fn fill(surface: &mut Surface<'_>, ink: Ink) {
    surface.set_fill(Some(Fill { paint: ink.color().into(), ..Fill::default() }));
}

fn rectangle(x: f32, y: f32, width: f32, height: f32) -> Option<Path> {
    let mut path = PathBuilder::new();
    path.push_rect(Rect::from_xywh(x, y, width, height)?);
    path.finish()
}
