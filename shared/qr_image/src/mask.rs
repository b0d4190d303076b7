//! Which of the eight masks makes a code easiest to find and to read, by the rules of the standard (ISO/IEC 18004).
//!
//! The encoder can choose too, but it looks at one module at a time, which takes several times as long as all the rest of
//! a picture. Here whole rows are looked at. The bits that name the mask are left as they are: they are 30 modules, and
//! the same for each of the eight.

use std::sync::LazyLock;

use qrcodegen::{Mask, QrCode};

use crate::line::Line;

/// The mask of the code that [`best`] looks at.
pub(crate) const FIRST: u8 = 0;
const MASKS: usize = 8;
/// Each mask repeats itself after as many rows, and columns.
const PERIOD: usize = 12;

/// What each mask changes in a code that has the first one, wherever it has data.
static CHANGES: LazyLock<[Lines<[Line; PERIOD]>; MASKS]> = LazyLock::new(|| {
    std::array::from_fn(|mask| {
        let changes = |x, y| inverts(FIRST, x, y) != inverts(mask as u8, x, y);
        let row = |y| Line::of(Line::MOST, |x| changes(x, y as i32));
        let column = |x| Line::of(Line::MOST, |y| changes(x as i32, y));
        Lines { rows: std::array::from_fn(row), columns: std::array::from_fn(column) }
    })
});

/// The same modules once as rows and once as columns.
struct Lines<L> {
    rows: L,
    columns: L,
}

/// The mask for a code of which all but the mask, now [`FIRST`], is settled.
pub(crate) fn best(code: &QrCode) -> Mask {
    let first = Lines::of(code);
    let data = data(code);
    let best = (0..MASKS).min_by_key(|&mask| first.masked(mask, &data).penalty());
    Mask::new(best.map_or(FIRST, |mask| mask as u8))
}

impl Lines<Vec<Line>> {
    fn of(code: &QrCode) -> Self {
        let length = code.size();
        let row = |y| Line::of(length, |x| code.get_module(x, y));
        let column = |x| Line::of(length, |y| code.get_module(x, y));
        Self { rows: (0..length).map(row).collect(), columns: (0..length).map(column).collect() }
    }

    /// These lines, which have the first mask, with another one. The data lies alike in rows and in columns.
    fn masked(&self, mask: usize, data: &[Line]) -> Self {
        let masked = |lines: &[Line], changes: &[Line]| {
            let lines = lines.iter().zip(changes.iter().cycle()).zip(data);
            lines.map(|((&line, &change), &data)| line ^ (change & data)).collect()
        };
        let changes = &CHANGES[mask];
        Self { rows: masked(&self.rows, &changes.rows), columns: masked(&self.columns, &changes.columns) }
    }

    fn penalty(&self) -> u32 {
        let length = self.rows.len() as i32;
        let lines = self.rows.iter().chain(&self.columns);
        let along: u32 = lines.map(|&line| runs(line, length) + finders(line, length)).sum();
        let blocks: u32 = self.rows.windows(2).map(|pair| blocks(pair[0], pair[1], length)).sum();
        along + blocks + imbalance(self.rows.iter().map(|row| row.count()).sum(), length)
    }
}

/// Three points for five modules alike in a line, and one for each that follows them.
fn runs(line: Line, length: i32) -> u32 {
    let alike = !(line ^ line.after(1)) & Line::first(length - 1);
    let five = alike & alike.after(1) & alike.after(2) & alike.after(3);
    let ends = five & !five.after(1);
    five.count() + 2 * ends.count()
}

/// 40 points for what looks like the middle of a finder pattern with its light margin on one side, and as many again for
/// the other side. What lies around the code is light.
fn finders(line: Line, length: i32) -> u32 {
    let dark = line.before(4);
    let light = !dark & Line::first(length + 8);
    let four_light = light & light.after(1) & light.after(2) & light.after(3);
    let middle = dark.after(2) & dark.after(3) & dark.after(4);
    let finder = dark & light.after(1) & middle & light.after(5) & dark.after(6);
    40 * ((finder & four_light.before(4)).count() + (finder & four_light.after(7)).count())
}

/// Three points for each two by two modules alike.
fn blocks(row: Line, next: Line, length: i32) -> u32 {
    let alike_along = !(row ^ row.after(1)) & Line::first(length - 1);
    let alike_across = !(row ^ next);
    3 * (alike_along & alike_across & alike_across.after(1)).count()
}

/// Ten points for each whole 5 % that the dark modules are more or fewer than half.
fn imbalance(dark: u32, length: i32) -> u32 {
    let all = (length * length).unsigned_abs();
    10 * ((dark * 20).abs_diff(all * 10).div_ceil(all).saturating_sub(1))
}

fn inverts(mask: u8, x: i32, y: i32) -> bool {
    match mask {
        0 => (x + y) % 2 == 0,
        1 => y % 2 == 0,
        2 => x % 3 == 0,
        3 => (x + y) % 3 == 0,
        4 => (x / 3 + y / 2) % 2 == 0,
        5 => x * y % 2 + x * y % 3 == 0,
        6 => (x * y % 2 + x * y % 3) % 2 == 0,
        _ => ((x + y) % 2 + x * y % 3) % 2 == 0,
    }
}

/// Where a code has data, which is what a mask changes, rather than patterns and what the code says about itself.
fn data(code: &QrCode) -> Vec<Line> {
    let (length, version) = (code.size(), i32::from(code.version().value()));
    let alignments = alignments(version, length);
    let alignment = |at: i32| alignments.iter().position(|middle| (middle - 2..=middle + 2).contains(&at));
    let alignment: Vec<_> = (0..length).map(alignment).collect();
    let is_corner = |x, y| x < 9 && (y < 9 || y >= length - 8);
    let is_version = |x, y| version >= 7 && x < 6 && y >= length - 11;
    let last = alignments.len().saturating_sub(1);
    let is_alignment = |x, y| match (alignment[x as usize], alignment[y as usize]) {
        (Some(x), Some(y)) => (x, y) != (0, 0) && (x, y) != (0, last) && (x, y) != (last, 0),
        _ => false,
    };
    let is_data = |x, y| {
        let is_timing = x == 6 || y == 6;
        let is_edge = is_corner(x, y) || is_corner(y, x) || is_version(x, y) || is_version(y, x);
        !is_timing && !is_edge && !is_alignment(x, y)
    };
    (0..length).map(|y| Line::of(length, |x| is_data(x, y))).collect()
}

/// The middles of the alignment patterns, which are the same along both sides.
fn alignments(version: i32, length: i32) -> Vec<i32> {
    if version == 1 {
        return Vec::new();
    }
    let gaps = version / 7 + 1;
    // The widest even gap that fits, from the far side; the standard's table has one exception.
    let gap = if version == 32 { 26 } else { (version * 4 + gaps * 2 + 3) / (gaps * 2) * 2 };
    (0..gaps).map(|index| length - 7 - index * gap).chain([6]).rev().collect()
}

#[cfg(test)]
mod tests;
