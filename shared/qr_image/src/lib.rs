//! QR codes as pictures: what a text looks like as SVG, and as PNG of an exact width in pixels.
//!
//! Everything here is a plain function of its arguments: the same text, size and look give the same bytes, on every
//! machine and in every process, so a picture may be cached, compared and tagged by what it was made from. Nothing here
//! knows what the text means, and no error repeats it, for it may be a link that only its payer should have.
//!
//! [`code`](Code) turns the text into dark and light modules, `layout` says where they lie, `brand` which shapes
//! surround them; `svg` and `png` write the same layout and the same shapes. Another look begins in `brand`, another
//! file format is one more file beside `svg`.

mod border;
mod brand;
mod canvas;
mod code;
mod layout;
mod line;
mod mask;
mod png;
mod shape;
mod size;
mod svg;

pub use border::{Border, UnfitBorder};
pub use size::{Size, UnfitSize};

use code::Code;

/// What surrounds the code.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Look {
    /// Black on white with the quiet zone the standard asks for, at level M: about 15 % of it may be lost.
    #[default]
    Plain,
    /// In the platform's frame, with its letter in the middle, at level H: about 30 % may be lost, the letter included.
    Branded,
}

/// How large a picture in pixels is; its size alone says so too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Picture {
    /// How wide and high it is, its border included.
    pub size: Size,
    /// How much of that is left white on each side.
    pub border: Border,
}

impl From<Size> for Picture {
    fn from(size: Size) -> Self {
        Self { size, border: Border::default() }
    }
}

/// A text of which no picture can be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// There is nothing to read in the code of an empty text.
    #[error("an empty text makes no QR code")]
    Empty,
    /// The largest QR code holds 2,331 bytes plain and 1,273 branded; digits alone, or capitals and digits, take less room.
    #[error("a text of {bytes} bytes fits into no QR code")]
    TooLong {
        /// How long the text is.
        bytes: usize,
    },
}

/// The text's code as an SVG document, which has no size of its own and fills the room it is given.
pub fn svg(content: &str, look: Look) -> Result<String, Error> {
    Ok(svg::write(&Code::of(content, look)?, look))
}

/// The text's code as a PNG file, as wide and as high as its size says to the pixel.
///
/// Modules are a whole number of pixels wide, so that every edge is sharp. A size with less than one pixel for each of
/// them, which at 100 pixels begins beyond 560 bytes plain and 310 branded, still gives a picture of that size, but one
/// that nobody can read. A border gives way before that.
pub fn png(content: &str, picture: impl Into<Picture>, look: Look) -> Result<Vec<u8>, Error> {
    Ok(png::write(&Code::of(content, look)?, picture.into(), look))
}
