//! Pictures: files that somebody else has made, and that are shown to payers.

use std::{fmt, io::Cursor, str::FromStr};

use kvitt_primitives::Invalid;
use zune_jpeg::{
    JpegDecoder,
    zune_core::{bytestream::ZCursor, colorspace::ColorSpace, options::DecoderOptions},
};

use super::order::is_name;

/// The merchant's own name of a picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ImageId(String);

const MOST_ID_CHARS: usize = 128;

impl ImageId {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ImageId {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let rule = "must match the regular expression '^[0-9A-Za-z-_\\.]{1,128}$'";
        if is_name(text, MOST_ID_CHARS) { Ok(Self(text.to_owned())) } else { Err(Invalid { rule }) }
    }
}

/// A PNG or JPEG file that decodes, of a size that can be shown. Of an animated one only the first picture counts.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Image {
    data: Vec<u8>,
    media_type: MediaType,
}

/// What a file is, told by what it holds and by nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MediaType {
    Png,
    Jpeg,
}

impl MediaType {
    /// As the wire and the store spell it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
        }
    }
}

/// Of the file.
const MOST_BYTES: usize = 2 * 1024 * 1024;
/// In pixels.
const LEAST_HEIGHT: usize = 167;
/// In pixels; what a decoder needs for a picture grows with this.
const MOST_PIXELS: usize = 16_000_000;
/// Of a side, in pixels.
const MOST_SIDE: usize = 16_384;
/// What a decoder of PNG may need beside a row of pixels.
const MOST_DECODER_BYTES: usize = 4 * 1024 * 1024;

const PNG_SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";
const JPEG_SIGNATURE: &[u8] = b"\xff\xd8\xff";

const TOO_LARGE: Invalid = Invalid { rule: "must be at most 2 MiB" };
const NOT_A_PICTURE: Invalid = Invalid { rule: "must be a PNG or JPEG file" };
const TOO_LOW: Invalid = Invalid { rule: "must be at least 167 pixels high" };
const TOO_MANY_PIXELS: Invalid = Invalid { rule: "must be at most 16 million pixels" };

impl Image {
    /// The picture, if the file is one. It is decoded whole, which may take a second, but nothing is allocated for a
    /// picture before the size that it claims has been judged, and what it claims is all that is decoded.
    pub(crate) fn try_new(data: Vec<u8>) -> Result<Self, Invalid> {
        if data.len() > MOST_BYTES {
            return Err(TOO_LARGE);
        }
        let media_type = if data.starts_with(PNG_SIGNATURE) {
            decode_png(&data)?;
            MediaType::Png
        } else if data.starts_with(JPEG_SIGNATURE) {
            decode_jpeg(&data)?;
            MediaType::Jpeg
        } else {
            return Err(NOT_A_PICTURE);
        };
        Ok(Self { data, media_type })
    }

    /// The file.
    pub(crate) fn data(&self) -> &[u8] {
        &self.data
    }

    pub(crate) fn media_type(&self) -> MediaType {
        self.media_type
    }
}

fn judge_size(width: usize, height: usize) -> Result<(), Invalid> {
    if height < LEAST_HEIGHT {
        return Err(TOO_LOW);
    }
    if width > MOST_SIDE || height > MOST_SIDE || width.saturating_mul(height) > MOST_PIXELS {
        return Err(TOO_MANY_PIXELS);
    }
    Ok(())
}

/// Row by row, so that no picture is ever whole in memory.
fn decode_png(data: &[u8]) -> Result<(), Invalid> {
    let limits = png::Limits { bytes: MOST_DECODER_BYTES };
    let mut decoder = png::Decoder::new_with_limits(Cursor::new(data), limits);
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    let header = decoder.read_header_info().map_err(|_| NOT_A_PICTURE)?;
    let side = |side: u32| usize::try_from(side).unwrap_or(usize::MAX);
    judge_size(side(header.width), side(header.height))?;
    let mut reader = decoder.read_info().map_err(|_| NOT_A_PICTURE)?;
    while reader.next_row().map_err(|_| NOT_A_PICTURE)?.is_some() {}
    reader.finish().map_err(|_| NOT_A_PICTURE)
}

/// Brightness alone: colours need three times the room, and say nothing more about the file.
fn decode_jpeg(data: &[u8]) -> Result<(), Invalid> {
    let options = DecoderOptions::default()
        .set_max_width(MOST_SIDE)
        .set_max_height(MOST_SIDE)
        .set_strict_mode(true)
        .jpeg_set_out_colorspace(ColorSpace::Luma);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(data), options);
    decoder.decode_headers().map_err(|_| NOT_A_PICTURE)?;
    let (width, height) = decoder.dimensions().ok_or(NOT_A_PICTURE)?;
    judge_size(width, height)?;
    if matches!(decoder.input_colorspace(), Some(ColorSpace::CMYK | ColorSpace::YCCK)) {
        // The decoder knows no brightness of printers' colours.
        decoder.set_options(options.jpeg_set_out_colorspace(ColorSpace::RGB));
    }
    decoder.decode().map(drop).map_err(|_| NOT_A_PICTURE)
}

/// Two megabytes have no place in a log.
impl fmt::Debug for Image {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Image({}, {} bytes)", self.media_type.as_str(), self.data.len())
    }
}

#[cfg(test)]
pub(crate) mod tests;
