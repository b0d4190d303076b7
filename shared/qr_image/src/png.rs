use png::{BitDepth, ColorType, Compression, EncodingError, Filter};

use crate::canvas::{BLACK, BLACK_AND_WHITE_BITS, Canvas, FULL_INK, SHAPES_BITS};
use crate::code::Code;
use crate::layout::Layout;
use crate::shape::Shape;
use crate::{Look, Picture, Size, brand};

const WHITE: [u8; 3] = [0xff; 3];
const INK: [u8; 3] = [0; 3];

pub(crate) fn write(code: &Code, picture: Picture, look: Look) -> Vec<u8> {
    let layout = Layout::in_picture(picture, code.modules(), look);
    let drawn = match look {
        Look::Plain => draw_modules(code, &layout, BLACK_AND_WHITE_BITS),
        Look::Branded => draw_brand(draw_modules(code, &layout, SHAPES_BITS), code, &layout),
    };
    encode(&drawn.into_bytes(), picture.size, look)
        .expect("memory takes all that is written, and the palette fits the depth")
}

fn draw_modules(code: &Code, layout: &Layout, bits: usize) -> Canvas {
    let mut canvas = Canvas::new(layout.size, bits);
    for row in 0..code.modules() {
        let pixels = layout.edge(row)..layout.edge(row + 1);
        if pixels.is_empty() {
            continue;
        }
        for run in code.runs(row) {
            canvas.blacken(pixels.start, layout.edge(run.start)..layout.edge(run.end));
        }
        canvas.repeat(pixels.start, pixels.start + 1..pixels.end);
    }
    canvas
}

fn draw_brand(mut canvas: Canvas, code: &Code, layout: &Layout) -> Canvas {
    let (outer, inner) = brand::frame(layout);
    canvas.paint(&Shape::Ring(outer, inner), FULL_INK);
    let tile = brand::tile(layout, code.modules());
    canvas.paint(&Shape::Square(tile), FULL_INK);
    for stroke in brand::letter(&tile) {
        canvas.paint(&Shape::Polygon(stroke), 0);
    }
    canvas
}

fn encode(pixels: &[u8], size: Size, look: Look) -> Result<Vec<u8>, EncodingError> {
    let mut file = Vec::new();
    let side = size.pixels().unsigned_abs();
    let mut encoder = png::Encoder::new(&mut file, side, side);
    encoder.set_color(ColorType::Indexed);
    match look {
        Look::Plain => {
            encoder.set_depth(BitDepth::One);
            encoder.set_palette([WHITE, INK].concat());
        }
        Look::Branded => {
            encoder.set_depth(BitDepth::Four);
            encoder.set_palette(palette());
        }
    }
    encoder.set_compression(Compression::Fast);
    // Most rows are the row above, and then nothing but zeros are left to compress.
    encoder.set_filter(Filter::Up);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(pixels)?;
    writer.finish()?;
    Ok(file)
}

/// From white to the brand's colour in equal steps, then black.
fn palette() -> Vec<u8> {
    let full = u16::from(FULL_INK);
    let mix = |step: u16, colour: u8| (u16::from(u8::MAX) * (full - step) + u16::from(colour) * step) / full;
    let ramp = (0..=full).flat_map(|step| brand::COLOUR.map(|colour| mix(step, colour) as u8));
    debug_assert_eq!(u16::from(BLACK), full + 1);
    ramp.chain(INK).collect()
}
