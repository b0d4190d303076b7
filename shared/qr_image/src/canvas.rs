use std::ops::Range;

use crate::layout::PARTS;
use crate::shape::Shape;

/// A pixel of a picture that is black and white only.
pub(crate) const BLACK_AND_WHITE_BITS: usize = 1;
/// A pixel of a picture with shapes: a step between white and [`FULL_INK`], or [`BLACK`].
pub(crate) const SHAPES_BITS: usize = 4;
/// The shapes' colour as it is; the steps below it are for the edges of shapes, down to 0, which is white.
pub(crate) const FULL_INK: u8 = 14;
/// What modules are drawn with.
pub(crate) const BLACK: u8 = 15;

/// The lines through a pixel whose covered length stands for how much of it a shape covers.
const LINES: [i32; 4] = [PARTS / 8, PARTS * 3 / 8, PARTS * 5 / 8, PARTS * 7 / 8];
const FULLY_COVERED: i32 = LINES.len() as i32 * PARTS;

/// A square picture in memory, white at first, several pixels to a byte as PNG packs them.
pub(crate) struct Canvas {
    bits: usize,
    row_bytes: usize,
    bytes: Vec<u8>,
}

impl Canvas {
    pub(crate) fn new(size: i32, bits: usize) -> Self {
        let size = index(size);
        let row_bytes = (size * bits).div_ceil(8);
        Self { bits, row_bytes, bytes: vec![0; row_bytes * size] }
    }

    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// Makes pixels of a row black.
    pub(crate) fn blacken(&mut self, row: i32, pixels: Range<i32>) {
        self.fill(row, pixels, BLACK);
    }

    /// Replaces pixels of a row, whole bytes of them at a time. `ink` is written as the four bits it has; on a canvas with
    /// fewer bits to a pixel, white and black are still what they are.
    fn fill(&mut self, row: i32, pixels: Range<i32>, ink: u8) {
        let (start, end) = (index(pixels.start) * self.bits, index(pixels.end) * self.bits);
        if start >= end {
            return;
        }
        let row = &mut self.bytes[index(row) * self.row_bytes..][..self.row_bytes];
        let (first, last) = (start / 8, (end - 1) / 8);
        let (first_mask, last_mask) = (0xff >> (start % 8), 0xff << ((8 - end % 8) % 8));
        let filled = ink << 4 | ink;
        let replace = |byte: &mut u8, mask: u8| *byte = *byte & !mask | filled & mask;
        if first == last {
            replace(&mut row[first], first_mask & last_mask);
        } else {
            replace(&mut row[first], first_mask);
            row[first + 1..last].fill(filled);
            replace(&mut row[last], last_mask);
        }
    }

    /// Makes rows like the one before them.
    pub(crate) fn repeat(&mut self, row: i32, rows: Range<i32>) {
        let row = index(row) * self.row_bytes..(index(row) + 1) * self.row_bytes;
        for other in rows {
            self.bytes.copy_within(row.clone(), index(other) * self.row_bytes);
        }
    }

    /// Draws a shape over what is there, with `ink` where it covers a pixel and with a mixture where it covers a part of
    /// it. Only a canvas with [`SHAPES_BITS`] has colours to do it with, and a mixture with black there is none.
    pub(crate) fn paint(&mut self, shape: &Shape, ink: u8) {
        let rows = shape.rows();
        for row in rows.start / PARTS..ceil(rows.end) {
            let lines = LINES.map(|line| shape.spans(row * PARTS + line));
            for part in 0..2 {
                self.paint_row(row, &lines.each_ref().map(|spans| spans[part].clone()), ink);
            }
        }
    }

    fn paint_row(&mut self, row: i32, lines: &[Range<i32>], ink: u8) {
        let touched = lines.iter().filter(|line| !line.is_empty());
        let first = touched.clone().map(|line| line.start / PARTS).min().unwrap_or(0);
        let end = touched.map(|line| ceil(line.end)).max().unwrap_or(0);
        let full_from = lines.iter().map(|line| ceil(line.start)).max().unwrap_or(0).min(end);
        let full_to = lines.iter().map(|line| line.end / PARTS).min().unwrap_or(0).max(full_from);
        self.fill(row, full_from..full_to, ink);
        for pixel in (first..full_from).chain(full_to..end) {
            let (from, to) = (pixel * PARTS, (pixel + 1) * PARTS);
            let covered = lines.iter().map(|line| (line.end.min(to) - line.start.max(from)).max(0)).sum();
            self.blend(row, pixel, ink, covered);
        }
    }

    fn blend(&mut self, row: i32, pixel: i32, ink: u8, covered: i32) {
        let byte = &mut self.bytes[index(row) * self.row_bytes + index(pixel) / 2];
        let shift = if pixel % 2 == 0 { 4 } else { 0 };
        let before = *byte >> shift & 0xf;
        let mixed = i32::from(before) * (FULLY_COVERED - covered) + i32::from(ink) * covered;
        let after = (mixed + FULLY_COVERED / 2) / FULLY_COVERED;
        *byte = *byte & !(0xf << shift) | (after as u8) << shift;
    }
}

/// The first whole pixel at or after a place.
fn ceil(parts: i32) -> i32 {
    (parts + PARTS - 1) / PARTS
}

/// A coordinate as what it is in memory. Layouts and shapes begin at zero, so none is ever below.
fn index(coordinate: i32) -> usize {
    coordinate.max(0) as usize
}
