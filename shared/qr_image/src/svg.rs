use std::fmt::{self, Write as _};

use crate::code::Code;
use crate::layout::{Layout, PARTS};
use crate::{Look, brand};

pub(crate) fn write(code: &Code, look: Look) -> String {
    let mut document = String::with_capacity(16 * 1024);
    draw(&mut document, code, look).expect("a string takes all that is written");
    document
}

/// One unit is a part of a module, so the shapes need no fractions. The text itself is nowhere in the document, so nothing
/// has to be escaped.
fn draw(document: &mut String, code: &Code, look: Look) -> fmt::Result {
    let layout = Layout::new(code.modules(), look);
    let size = layout.size * PARTS;
    write!(document, r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}">"#)?;
    write!(document, r##"<path fill="#fff" d="M0 0h{size}v{size}h-{size}z"/>"##)?;
    // Between two modules that touch, a smoothed edge would be a grey line.
    write!(document, r#"<path shape-rendering="crispEdges" transform="scale({PARTS})" d=""#)?;
    for row in 0..code.modules() {
        let y = layout.edge(row);
        for run in code.runs(row) {
            let (x, width) = (layout.edge(run.start), run.len());
            write!(document, "M{x} {y}h{width}v1h-{width}z")?;
        }
    }
    document.write_str(r#""/>"#)?;
    if look == Look::Branded {
        draw_brand(document, code, &layout)?;
    }
    document.write_str("</svg>\n")
}

fn draw_brand(document: &mut String, code: &Code, layout: &Layout) -> fmt::Result {
    let [red, green, blue] = brand::COLOUR;
    let colour = format!("#{red:02x}{green:02x}{blue:02x}");
    // A line is drawn along its middle, so the frame's path lies halfway between its two edges.
    let (outer, inner) = brand::frame(layout);
    let (from, width) = ((outer.from + inner.from) / 2, inner.from - outer.from);
    let (side, radius) = (outer.to - outer.from - width, (outer.radius + inner.radius) / 2);
    write!(
        document,
        r#"<rect x="{from}" y="{from}" width="{side}" height="{side}" rx="{radius}" fill="none" stroke="{colour}" stroke-width="{width}"/>"#,
    )?;
    let tile = brand::tile(layout, code.modules());
    let (from, side, radius) = (tile.from, tile.to - tile.from, tile.radius);
    write!(
        document,
        r#"<rect x="{from}" y="{from}" width="{side}" height="{side}" rx="{radius}" fill="{colour}"/>"#
    )?;
    for [(ax, ay), (bx, by), (cx, cy), (dx, dy)] in brand::letter(&tile) {
        write!(document, r##"<path fill="#fff" d="M{ax} {ay}L{bx} {by}L{cx} {cy}L{dx} {dy}z"/>"##)?;
    }
    Ok(())
}
