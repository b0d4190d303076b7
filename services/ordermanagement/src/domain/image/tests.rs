use super::*;

/// A PNG picture of one colour.
pub(crate) fn png(width: u32, height: u32) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width, height);
    encoder.set_color(png::ColorType::Grayscale);
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(&vec![0x7f; width as usize * height as usize]).unwrap();
    writer.finish().unwrap();
    file
}

/// A JPEG picture of one grey, made by hand: every block of 8 by 8 pixels is two bits, "no change" and "nothing else".
pub(crate) fn jpeg(width: u16, height: u16) -> Vec<u8> {
    let mut file = vec![0xff, 0xd8];
    let mut segment = |marker: u8, content: &[u8]| {
        let length = u16::try_from(content.len() + 2).unwrap();
        file.extend([0xff, marker]);
        file.extend(length.to_be_bytes());
        file.extend(content);
    };
    segment(0xe0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0");
    segment(0xdb, &[&[0][..], &[1; 64]].concat());
    let [[w1, w0], [h1, h0]] = [width.to_be_bytes(), height.to_be_bytes()];
    segment(0xc0, &[8, h1, h0, w1, w0, 1, 1, 0x11, 0]);
    for class in [0x00, 0x10] {
        // One code of one bit, for the symbol 0.
        segment(0xc4, &[&[class, 1][..], &[0; 15], &[0]].concat());
    }
    segment(0xda, &[1, 1, 0, 0, 63, 0]);
    let blocks = usize::from(width).div_ceil(8) * usize::from(height).div_ceil(8);
    let (whole, rest) = (blocks / 4, blocks % 4);
    file.extend(vec![0; whole]);
    // The last byte is filled up with ones.
    file.extend((rest > 0).then(|| 0xff >> (rest * 2)));
    file.extend([0xff, 0xd9]);
    file
}

fn rule(file: Vec<u8>) -> &'static str {
    Image::try_new(file).unwrap_err().rule
}

/// The PNG file with another size in its header, and the checksum of that.
fn claiming(mut file: Vec<u8>, width: u32, height: u32) -> Vec<u8> {
    file[16..20].copy_from_slice(&width.to_be_bytes());
    file[20..24].copy_from_slice(&height.to_be_bytes());
    let step = |crc: u32, _| if crc & 1 == 1 { 0xedb8_8320 ^ (crc >> 1) } else { crc >> 1 };
    let checksum = !file[12..29].iter().fold(!0, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), step));
    file[29..33].copy_from_slice(&checksum.to_be_bytes());
    file
}

/// The JPEG file with another size in its header.
fn claiming_jpeg(mut file: Vec<u8>, width: u16, height: u16) -> Vec<u8> {
    let at = file.windows(2).position(|two| two == [0xff, 0xc0]).unwrap();
    file[at + 5..at + 7].copy_from_slice(&height.to_be_bytes());
    file[at + 7..at + 9].copy_from_slice(&width.to_be_bytes());
    file
}

#[test]
fn a_picture_is_at_least_167_pixels_high() {
    for (width, height, valid) in [(1, 167, true), (200, 166, false), (2_000, 167, true), (167, 100, false)] {
        let told = |image: Result<Image, Invalid>| image.map(|image| image.media_type());
        let expected = |kind| if valid { Ok(kind) } else { Err(TOO_LOW) };
        let (png, jpeg) = (png(width, height), jpeg(width.try_into().unwrap(), height.try_into().unwrap()));
        assert_eq!(told(Image::try_new(png)), expected(MediaType::Png), "{width} x {height}");
        assert_eq!(told(Image::try_new(jpeg)), expected(MediaType::Jpeg), "{width} x {height}");
    }
}

#[test]
fn a_file_that_is_neither_or_breaks_off_is_no_picture() {
    for whole in [png(200, 200), jpeg(200, 200)] {
        assert_eq!(Image::try_new(whole.clone()).unwrap().data(), whole);
        for length in [0, 2, 7, 20, 40, whole.len() / 2, whole.len() * 9 / 10] {
            assert_eq!(rule(whole[..length].to_vec()), NOT_A_PICTURE.rule, "{length} of {}", whole.len());
        }
    }
    let others: [&[u8]; 5] = [
        b"<svg xmlns='http://www.w3.org/2000/svg' height='200'/>",
        b"GIF89a\xc8\x00\xc8\x00",
        b"\xff\xd8\xff\xe0",
        b"\x89PNG\r\n\x1a\n",
        &[0xff; 500],
    ];
    for other in others {
        assert_eq!(rule(other.to_vec()), NOT_A_PICTURE.rule);
    }
    let mut flipped = png(200, 200);
    flipped[45] ^= 0x55;
    assert_eq!(rule(flipped), NOT_A_PICTURE.rule);
}

#[test]
fn a_picture_that_claims_to_be_huge_is_refused_by_its_claim() {
    for (width, height) in [(16_385, 200), (200, 16_385), (4_001, 4_000), (65_535, 65_535)] {
        assert_eq!(rule(claiming(png(200, 200), width, height)), TOO_MANY_PIXELS.rule, "{width} x {height}");
        let jpeg = claiming_jpeg(jpeg(200, 200), width.try_into().unwrap(), height.try_into().unwrap());
        let told = rule(jpeg);
        // The decoder itself refuses sides that are too long.
        assert!([TOO_MANY_PIXELS.rule, NOT_A_PICTURE.rule].contains(&told), "{width} x {height}: {told}");
    }
    assert_eq!(rule(claiming(png(200, 200), 0x7fff_ffff, 0x7fff_ffff)), TOO_MANY_PIXELS.rule);
    // Data for forty thousand pixels are no million pixels.
    assert_eq!(rule(claiming(png(200, 200), 1_000, 1_000)), NOT_A_PICTURE.rule);
    // Sixteen million pixels that take little room in a file are decoded, and are a picture.
    assert!(Image::try_new(png(4_000, 4_000)).is_ok());
    assert!(Image::try_new(jpeg(4_000, 4_000)).is_ok());
}

#[test]
fn a_file_of_more_than_two_mebibytes_is_refused() {
    for mut file in [png(200, 200), jpeg(200, 200)] {
        file.resize(MOST_BYTES + 1, 0);
        assert_eq!(rule(file.clone()), TOO_LARGE.rule);
    }
    let mut padded = png(200, 200);
    padded.resize(MOST_BYTES, 0);
    assert!(Image::try_new(padded).is_ok(), "what follows the picture is nobody's business");
}

/// Every byte of a small file, changed in many ways: the decoders answer, and never bring the service down.
#[test]
fn no_file_breaks_the_decoders() {
    for whole in [png(8, 170), jpeg(16, 170)] {
        for at in 0..whole.len() {
            for change in [0x01, 0x7f, 0xff] {
                let mut file = whole.clone();
                file[at] ^= change;
                drop(Image::try_new(file));
            }
        }
    }
}

#[test]
fn an_image_id_is_1_to_128_letters_digits_and_three_signs() {
    let (longest, longer) = ("a".repeat(128), "a".repeat(129));
    let table = [
        ("socks-orange_123.png", true),
        (longest.as_str(), true),
        (longer.as_str(), false),
        ("", false),
        ("socks/orange", false),
        ("socks orange", false),
        ("sökks", false),
    ];
    for (text, valid) in table {
        assert_eq!(text.parse::<ImageId>().is_ok(), valid, "{text}");
    }
}

#[test]
fn debug_shows_no_picture() {
    let image = Image::try_new(jpeg(8, 167)).unwrap();
    assert_eq!(format!("{image:?}"), format!("Image(image/jpeg, {} bytes)", image.data().len()));
}
