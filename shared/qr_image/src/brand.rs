//! The platform's own frame and letter. They are shapes only, drawn from numbers, so a picture needs no font and no
//! other file, and looks the same as SVG and as PNG.

use std::ops::Range;

use crate::layout::{Layout, PARTS};
use crate::shape::{Polygon, RoundedSquare};

/// The platform's green, dark enough to count as dark for whoever reads the code.
pub(crate) const COLOUR: [u8; 3] = [0x0f, 0x76, 0x6e];

/// The smallest code whose patterns for finding and reading it stay clear of the letter in its middle.
pub(crate) const SMALLEST_VERSION: u8 = 2;

/// The letter on a grid of [`GRID`] by [`GRID`]: a stem, an arm up, an arm down. They overlap, so that no gap shows.
const LETTER: [Polygon; 3] = [
    [(14, 10), (20, 10), (20, 38), (14, 38)],
    [(19, 22), (29, 10), (37, 10), (19, 32)],
    [(22, 25), (27, 19), (38, 38), (30, 38)],
];
const GRID: i32 = 48;

/// The columns, and the rows, that are left light for the letter: about a fifth of the width, so about a twentieth of
/// the modules, of which level H can lose many more. Codes are an odd number of modules wide, so this is one too.
pub(crate) fn cleared(modules: i32) -> Range<i32> {
    let side = cleared_side(modules);
    let start = (modules - side) / 2;
    start..start + side
}

/// The frame around the picture: its outer and its inner edge.
pub(crate) fn frame(layout: &Layout) -> (RoundedSquare, RoundedSquare) {
    let (from, to) = (layout.border * PARTS, (layout.size - layout.border) * PARTS);
    let module = layout.module_parts();
    let outer = RoundedSquare { from, to, radius: 3 * module };
    (outer, RoundedSquare { from: from + module, to: to - module, radius: 2 * module })
}

/// The tile the letter stands on, half a module inside the place that is left light.
pub(crate) fn tile(layout: &Layout, modules: i32) -> RoundedSquare {
    let half = (cleared_side(modules) - 1) * layout.module_parts() / 2;
    let middle = layout.middle_parts();
    RoundedSquare { from: middle - half, to: middle + half, radius: half / 2 }
}

/// The letter on its tile.
pub(crate) fn letter(tile: &RoundedSquare) -> [Polygon; 3] {
    let place = |along: i32| tile.from + (tile.to - tile.from) * along / GRID;
    LETTER.map(|polygon| polygon.map(|(x, y)| (place(x), place(y))))
}

fn cleared_side(modules: i32) -> i32 {
    (modules / 5) | 1
}
