//! Tables: what they hold, and how wide their columns are.

use super::face::{Faces, Weight};

/// The size of letters where there is room.
pub(super) const SIZE: f32 = 8.5;
/// Left and right of what a cell holds.
pub(super) const PADDING: f32 = 5.0;

/// Where a cell's words stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Align {
    /// Words.
    Left,
    /// Amounts.
    Right,
}

/// How a row looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RowLook {
    /// As most do.
    Plain,
    /// A sum, below a line.
    Total,
}

/// A table.
#[derive(Debug)]
pub(crate) struct Table {
    pub(super) columns: Vec<(&'static str, Align)>,
    pub(super) rows: Vec<(RowLook, Vec<String>)>,
    /// The part of the page's width that it takes where it can.
    pub(super) share: f32,
}

impl Table {
    /// An empty one, as wide as the page.
    pub(crate) fn new(columns: Vec<(&'static str, Align)>) -> Self {
        Self { columns, rows: Vec::new(), share: 1.0 }
    }

    /// A narrower one.
    pub(crate) fn narrow(mut self) -> Self {
        self.share = 0.62;
        self
    }

    /// The next row.
    pub(crate) fn row(&mut self, look: RowLook, cells: Vec<String>) {
        self.rows.push((look, cells));
    }

    /// The size of its letters, and the width of each column, in the room there is.
    pub(super) fn measured(&self, faces: &Faces, room: f32) -> (f32, Vec<f32>) {
        let mut widths: Vec<f32> =
            self.columns.iter().map(|(label, _)| faces.of(Weight::Bold).width(label, SIZE)).collect();
        for (look, cells) in &self.rows {
            let face = faces.of(look.weight());
            for (width, cell) in widths.iter_mut().zip(cells) {
                *width = width.max(face.width(cell, SIZE));
            }
        }
        let count: f32 = self.columns.iter().map(|_| 1.0).sum();
        let words: f32 = widths.iter().sum();
        let padding = 2.0 * PADDING * count;
        let shrink = ((room - padding) / words).min(1.0);
        let spare = ((room * self.share - padding - words * shrink) / count).max(0.0);
        let widths = widths.iter().map(|width| width * shrink + 2.0 * PADDING + spare).collect();
        (SIZE * shrink, widths)
    }
}

impl RowLook {
    pub(super) fn weight(self) -> Weight {
        match self {
            Self::Plain => Weight::Regular,
            Self::Total => Weight::Bold,
        }
    }
}
