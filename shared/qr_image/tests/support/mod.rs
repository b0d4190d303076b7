//! Pictures as a camera would see them, grey and flat, and what a decoder that shares no code with ours reads in them.

use std::io::Cursor;

use jpeg_encoder::{ColorType, Encoder};
use rqrr::PreparedImage;
use zune_jpeg::{
    JpegDecoder,
    zune_core::{bytestream::ZCursor, colorspace::ColorSpace, options::DecoderOptions},
};

/// How much finer than its modules an SVG is looked at.
const SVG_PIXELS: usize = 4;

pub(crate) struct Grey {
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) pixels: Vec<u8>,
}

impl Grey {
    pub(crate) fn of_png(file: &[u8]) -> Self {
        let mut decoder = png::Decoder::new(Cursor::new(file));
        decoder.set_transformations(png::Transformations::EXPAND);
        let mut reader = decoder.read_info().unwrap();
        let mut bytes = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut bytes).unwrap();
        assert_eq!(info.color_type, png::ColorType::Rgb);
        let pixels = bytes[..info.buffer_size()].chunks_exact(3).map(brightness).collect();
        Self { width: info.width as usize, height: info.height as usize, pixels }
    }

    /// Reads what our documents are made of, rectangles and paths of rectangles; the letter's slanted strokes, which are
    /// light on a dark tile that stands for no module, are left out.
    pub(crate) fn of_svg(document: &str) -> Self {
        let tags: Vec<_> = document.split('<').map(|tag| tag.trim_end().trim_end_matches('>')).collect();
        let parts: usize =
            attribute(tags[1], "viewBox").unwrap().split(' ').next_back().unwrap().parse().unwrap();
        let side = parts / 16 * SVG_PIXELS;
        let mut grey = Self { width: side, height: side, pixels: vec![0; side * side] };
        for tag in &tags[2..] {
            let scale: usize = attribute(tag, "transform").map_or(1, |scale| number(&scale));
            let colour = attribute(tag, "fill");
            if let Some(path) = attribute(tag, "d").filter(|path| !path.contains('L')) {
                let shade = if colour.as_deref() == Some("#fff") { 255 } else { 0 };
                for rectangle in path.split('M').skip(1) {
                    let [x, y, width, height] = numbers(rectangle)[..4] else { panic!("{rectangle}") };
                    grey.fill([x, y, width, height].map(|along| along * scale * SVG_PIXELS / 16), shade);
                }
            } else if tag.starts_with("rect") {
                let [x, y, width, height, line] = ["x", "y", "width", "height", "stroke-width"]
                    .map(|name| attribute(tag, name).map_or(0, |value| number(&value)) * SVG_PIXELS);
                let outer = [x - line / 2, y - line / 2, width + line, height + line];
                let inner = [x + line / 2, y + line / 2, width - line, height - line];
                // Only the frame has a line, and it comes before all it surrounds is looked at.
                let before = (line > 0).then(|| Self { pixels: grey.pixels.clone(), ..grey });
                grey.fill(outer.map(|along| along / 16), 100);
                if let Some(before) = before {
                    grey.copy(inner.map(|along| along / 16), &before);
                }
            }
        }
        grey
    }

    /// Every text found in the picture. A small one is looked at from near, each pixel as several: the decoder wants to
    /// see about three of them to a module, and a camera before a screen does.
    pub(crate) fn read(&self) -> Vec<String> {
        self.read_near(if self.width < 300 { 4 } else { 1 })
    }

    /// The same, with each pixel as this many on each side.
    pub(crate) fn read_near(&self, near: usize) -> Vec<String> {
        let pixel = |x, y| self.pixels[y / near * self.width + x / near];
        let mut prepared =
            PreparedImage::prepare_from_greyscale(self.width * near, self.height * near, pixel);
        prepared.detect_grids().iter().filter_map(|grid| grid.decode().ok()).map(|(_, text)| text).collect()
    }

    pub(crate) fn fill(&mut self, [x, y, width, height]: [usize; 4], shade: u8) {
        for row in self.pixels.chunks_exact_mut(self.width).skip(y).take(height) {
            row[x..x + width].fill(shade);
        }
    }

    /// What is left of the picture once somebody has sent it on as JPEG of this quality.
    pub(crate) fn compressed(&self, quality: u8) -> Self {
        let mut file = Vec::new();
        let [width, height] = [self.width, self.height].map(|side| u16::try_from(side).unwrap());
        Encoder::new(&mut file, quality).encode(&self.pixels, width, height, ColorType::Luma).unwrap();
        let options = DecoderOptions::default().jpeg_set_out_colorspace(ColorSpace::Luma);
        let pixels = JpegDecoder::new_with_options(ZCursor::new(&file), options).decode().unwrap();
        assert_eq!(pixels.len(), self.pixels.len());
        Self { pixels, ..*self }
    }

    fn copy(&mut self, [x, y, width, height]: [usize; 4], from: &Self) {
        let rows = self.pixels.chunks_exact_mut(self.width).zip(from.pixels.chunks_exact(self.width));
        for (row, from) in rows.skip(y).take(height) {
            row[x..x + width].copy_from_slice(&from[x..x + width]);
        }
    }
}

/// A link as long as is asked for.
pub(crate) fn link(length: usize) -> String {
    "https://pay.example.com/?token=".chars().chain(('a'..='z').cycle()).take(length).collect()
}

fn brightness(pixel: &[u8]) -> u8 {
    let [red, green, blue] = [0, 1, 2].map(|at| u32::from(pixel[at]));
    ((red * 299 + green * 587 + blue * 114) / 1000) as u8
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, value) = tag.split_once(&format!(" {name}=\""))?;
    value.split('"').next().map(str::to_owned)
}

fn numbers(text: &str) -> Vec<usize> {
    let digits = |c: char| c.is_ascii_digit();
    text.split(|c| !digits(c)).filter(|part| !part.is_empty()).map(|part| part.parse().unwrap()).collect()
}

fn number(text: &str) -> usize {
    numbers(text)[0]
}
