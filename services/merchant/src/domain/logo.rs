//! Logos: pictures that somebody else has made, and that are shown to everybody.

use std::{fmt, io::Cursor};

use kvitt_primitives::Invalid;

/// A PNG file of a size that can be shown. Of an animated one only the first picture counts.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Logo(Vec<u8>);

/// A side, in pixels.
const SIDE: std::ops::RangeInclusive<u32> = 100..=1000;
/// Of the file.
const MOST_BYTES: usize = 1024 * 1024;
/// Of the decoded picture and what the decoder needs for it: a million pixels of 8 bytes each.
const MOST_DECODED_BYTES: usize = 16 * 1024 * 1024;

impl Logo {
    /// The logo, if the file says of itself that it is one. Whoever is the first to get it decodes it too.
    pub(crate) fn try_new(png: Vec<u8>) -> Result<Self, Invalid> {
        if png.len() > MOST_BYTES {
            return Err(Invalid { rule: "must be at most 1 MiB" });
        }
        let (width, height) = size(&png).ok_or(NOT_A_PICTURE)?;
        if !(SIDE.contains(&width) && SIDE.contains(&height)) {
            return Err(Invalid { rule: "must be 100 to 1000 pixels wide and high" });
        }
        Ok(Self(png))
    }

    /// The same, if the picture decodes. That takes milliseconds, but nothing is allocated for a picture before the size
    /// that it claims is known to be a logo's, and what it claims is all that is decoded.
    pub(crate) fn decoded(self) -> Result<Self, Invalid> {
        decode(decoder(&self.0)).ok_or(NOT_A_PICTURE)?;
        Ok(self)
    }

    /// The file.
    pub(crate) fn png(&self) -> &[u8] {
        &self.0
    }
}

const NOT_A_PICTURE: Invalid = Invalid { rule: "must be a PNG file" };

/// Width and height, as the file claims them.
fn size(png: &[u8]) -> Option<(u32, u32)> {
    let mut decoder = decoder(png);
    let header = decoder.read_header_info().ok()?;
    Some((header.width, header.height))
}

fn decoder(png: &[u8]) -> png::Decoder<Cursor<&[u8]>> {
    let limits = png::Limits { bytes: MOST_DECODED_BYTES };
    let mut decoder = png::Decoder::new_with_limits(Cursor::new(png), limits);
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    decoder
}

/// Some when the first picture and the end of the file are there and sound.
fn decode(decoder: png::Decoder<Cursor<&[u8]>>) -> Option<()> {
    let mut reader = decoder.read_info().ok()?;
    let bytes = reader.output_buffer_size().filter(|bytes| *bytes <= MOST_DECODED_BYTES)?;
    reader.next_frame(&mut vec![0; bytes]).ok()?;
    reader.finish().ok()
}

/// A megabyte has no place in a log.
impl fmt::Debug for Logo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Logo({} bytes)", self.0.len())
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A picture of one colour.
    pub(crate) fn picture(width: u32, height: u32) -> Vec<u8> {
        encoded(width, height, 1)
    }

    fn encoded(width: u32, height: u32, frames: u32) -> Vec<u8> {
        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(&mut file, width, height);
        encoder.set_color(png::ColorType::Rgb);
        if frames > 1 {
            encoder.set_animated(frames, 0).unwrap();
        }
        let mut writer = encoder.write_header().unwrap();
        let pixels = vec![0x7f; width as usize * height as usize * 3];
        for _ in 0..frames {
            writer.write_image_data(&pixels).unwrap();
        }
        writer.finish().unwrap();
        file
    }

    /// The file with another size in its header, and the checksum of that.
    fn claiming(mut file: Vec<u8>, width: u32, height: u32) -> Vec<u8> {
        file[16..20].copy_from_slice(&width.to_be_bytes());
        file[20..24].copy_from_slice(&height.to_be_bytes());
        let checksum = crc32(&file[12..29]);
        file[29..33].copy_from_slice(&checksum.to_be_bytes());
        file
    }

    fn crc32(bytes: &[u8]) -> u32 {
        let step = |crc: u32, _| if crc & 1 == 1 { 0xedb8_8320 ^ (crc >> 1) } else { crc >> 1 };
        !bytes.iter().fold(!0, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), step))
    }

    fn judged(file: Vec<u8>) -> Result<Logo, Invalid> {
        Logo::try_new(file)?.decoded()
    }

    fn rule(file: Vec<u8>) -> &'static str {
        judged(file).unwrap_err().rule
    }

    #[test]
    fn a_logo_has_sides_of_100_to_1000_pixels() {
        for (width, height, valid) in
            [(100, 100, true), (1000, 1000, true), (99, 100, false), (100, 99, false), (1001, 500, false)]
        {
            assert_eq!(judged(picture(width, height)).is_ok(), valid, "{width} x {height}");
        }
    }

    #[test]
    fn a_file_that_is_no_png_or_breaks_off_is_no_logo() {
        let whole = picture(200, 200);
        for length in [0, 7, 20, 40, whole.len() / 2, whole.len() - 13, whole.len() - 1] {
            assert_eq!(rule(whole[..length].to_vec()), NOT_A_PICTURE.rule, "{length}");
        }
        for other in
            [b"<svg xmlns='http://www.w3.org/2000/svg'/>".to_vec(), b"GIF89a".to_vec(), vec![0xff; 500]]
        {
            assert_eq!(rule(other), NOT_A_PICTURE.rule);
        }
        let mut flipped = picture(200, 200);
        flipped[50] ^= 0x55;
        assert_eq!(rule(flipped), NOT_A_PICTURE.rule);
    }

    #[test]
    fn a_picture_that_claims_to_be_huge_is_refused_by_its_claim() {
        let bomb = claiming(picture(100, 100), 0x7fff_ffff, 0x7fff_ffff);
        assert_eq!(rule(bomb), "must be 100 to 1000 pixels wide and high");
        // Data for ten thousand pixels are no million pixels.
        assert_eq!(rule(claiming(picture(100, 100), 1000, 1000)), NOT_A_PICTURE.rule);
        // And data for a million are decoded no further than for the ten thousand that are claimed.
        assert!(judged(claiming(picture(1000, 1000), 100, 100)).is_ok());
    }

    #[test]
    fn a_file_of_more_than_a_mebibyte_is_no_logo() {
        let padded = |length| {
            let mut file = picture(100, 100);
            file.resize(length, 0);
            file
        };
        assert!(judged(padded(MOST_BYTES)).is_ok(), "what follows the picture is nobody's business");
        assert_eq!(rule(padded(MOST_BYTES + 1)), "must be at most 1 MiB");
    }

    #[test]
    fn an_animation_counts_by_its_first_picture() {
        let animation = encoded(120, 120, 2);
        assert_eq!(judged(animation.clone()).unwrap().png(), animation);
    }
}
