//! Each picture is read back by a decoder of somebody else's.

#![allow(missing_docs, clippy::unwrap_used, reason = "it is a test")]

mod support;

use kvitt_qr_image::{Border, Look, Picture, Size, png, svg};
use support::{Grey, link};

const LOOKS: [Look; 2] = [Look::Plain, Look::Branded];

fn picture(content: &str, size: i32, look: Look) -> Grey {
    Grey::of_png(&png(content, Size::try_new(size).unwrap(), look).unwrap())
}

fn contents() -> Vec<String> {
    let short = ["1", "0123456789", "HTTPS://PAY.EXAMPLE.COM/1", "https://pay.example.com/ærlig-blåbær-ø/🧾"];
    short.map(str::to_owned).into_iter().chain([60, 120, 200, 300].map(link)).collect()
}

#[test]
fn every_png_is_as_large_as_asked_for_and_reads_as_its_content() {
    for size in [100, 101, 333, 1024, 2000] {
        for (content, look) in contents().iter().flat_map(|content| LOOKS.map(|look| (content, look))) {
            let picture = picture(content, size, look);
            assert_eq!((picture.width, picture.height), (size as usize, size as usize));
            assert_eq!(picture.read(), [content.as_str()], "{look:?} at {size}");
        }
    }
}

#[test]
fn every_svg_reads_as_its_content() {
    for (content, look) in contents().iter().flat_map(|content| LOOKS.map(|look| (content, look))) {
        assert_eq!(Grey::of_svg(&svg(content, look).unwrap()).read(), [content.as_str()], "{look:?}");
    }
}

#[test]
fn every_version_of_code_is_readable_with_and_without_the_letter() {
    for length in (20..=1270).step_by(100) {
        for look in LOOKS {
            assert_eq!(picture(&link(length), 800, look).read(), [link(length)], "{length} in {look:?}");
        }
    }
    assert_eq!(picture(&link(2331), 800, Look::Plain).read(), [link(2331)]);
    assert_eq!(picture(&link(1273), 800, Look::Branded).read(), [link(1273)]);
}

#[test]
fn the_smallest_size_holds_as_much_as_the_documentation_says() {
    for (look, most) in [(Look::Plain, 560), (Look::Branded, 310)] {
        assert_eq!(picture(&link(most), 100, look).read(), [link(most)], "{look:?}");
        let beyond = picture(&link(most + 1), 100, look);
        assert_eq!((beyond.width, beyond.height), (100, 100));
        assert!(beyond.read().is_empty(), "{look:?}");
    }
}

#[test]
fn a_branded_code_survives_a_blot_beside_its_letter() {
    let content = link(120);
    let clean = picture(&content, 1024, Look::Branded);
    for (x, y) in [(300, 300), (500, 250), (250, 500), (420, 520)] {
        for shade in [0, 255] {
            let mut blotted = Grey { pixels: clean.pixels.clone(), ..clean };
            // A tenth of the code's area.
            blotted.fill([x, y, 250, 250], shade);
            assert_eq!(blotted.read(), [content.as_str()], "{shade} at {x}, {y}");
        }
    }
}

#[test]
fn every_png_with_a_white_border_is_white_there_and_reads_as_its_content() {
    let sizes = [100, 101, 333, 1024, 2000].into_iter();
    for (size, border) in sizes.flat_map(|size| [0, 8, 100].map(|border| (size, border))) {
        for (content, look) in
            [52, 300].map(link).iter().flat_map(|content| LOOKS.map(|look| (content, look)))
        {
            let asked =
                Picture { size: Size::try_new(size).unwrap(), border: Border::try_new(border).unwrap() };
            let picture = Grey::of_png(&png(content, asked, look).unwrap());
            let side = size as usize;
            assert_eq!((picture.width, picture.height), (side, side));
            // What is left between wide borders is small.
            let near = if size < 300 || (size < 500 && border == 100) { 4 } else { 1 };
            assert_eq!(picture.read_near(near), [content.as_str()], "{look:?} in {asked:?}");
            if size < 333 {
                continue;
            }
            let border = border as usize;
            let inside = border..side - border;
            let outside = |at: usize| !inside.contains(&(at % side)) || !inside.contains(&(at / side));
            let white = picture.pixels.iter().enumerate().filter(|(at, _)| outside(*at));
            assert!(white.into_iter().all(|(_, shade)| *shade == 255), "{look:?} in {asked:?}");
        }
    }
}

#[test]
fn a_border_of_no_width_changes_nothing() {
    for look in LOOKS {
        let size = Size::try_new(300).unwrap();
        let none = Picture { size, border: Border::try_new(0).unwrap() };
        assert_eq!(png(&link(60), none, look), png(&link(60), size, look));
    }
}

/// As messengers and content systems make of a picture before anybody scans it.
#[test]
fn a_code_survives_compression_with_or_without_a_border() {
    for (size, border, quality) in [(200, 8, 90), (333, 0, 75), (333, 8, 75), (1024, 8, 20), (1024, 100, 20)]
    {
        for (content, look) in
            [60, 120].map(link).iter().flat_map(|content| LOOKS.map(|look| (content, look)))
        {
            let asked =
                Picture { size: Size::try_new(size).unwrap(), border: Border::try_new(border).unwrap() };
            let picture = Grey::of_png(&png(content, asked, look).unwrap()).compressed(quality);
            assert_eq!(picture.read(), [content.as_str()], "{look:?} in {asked:?} at {quality} %");
        }
    }
}

#[test]
fn a_branded_code_survives_a_blot_and_compression_together() {
    let content = link(52);
    for border in [0, 8, 100] {
        let asked = Picture { size: Size::default(), border: Border::try_new(border).unwrap() };
        let clean = Grey::of_png(&png(&content, asked, Look::Branded).unwrap());
        // A tenth of the code's area, which is what lies between the borders.
        let blot = (1024 - 2 * border as usize) * 250 / 1024;
        for (x, y) in [(300, 300), (500, 250), (250, 500), (420, 520)] {
            for shade in [0, 255] {
                let mut blotted = Grey { pixels: clean.pixels.clone(), ..clean };
                blotted.fill([x, y, blot, blot], shade);
                let kept = blotted.compressed(30);
                assert_eq!(kept.read(), [content.as_str()], "{shade} at {x}, {y} in {asked:?}");
            }
        }
    }
}

#[test]
fn the_same_content_size_and_look_give_the_same_bytes() {
    for look in LOOKS {
        let content = link(150);
        assert_eq!(svg(&content, look), svg(&content, look));
        assert_eq!(png(&content, Size::default(), look), png(&content, Size::default(), look));
        assert_ne!(png(&content, Size::default(), look), png(&link(151), Size::default(), look));
    }
}
