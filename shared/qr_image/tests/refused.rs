//! What makes no picture, and what the answer says.

#![allow(missing_docs, clippy::unwrap_used, reason = "it is a test")]

use kvitt_qr_image::{Border, Error, Look, Size, UnfitBorder, UnfitSize, png, svg};

fn refusals(content: &str, look: Look) -> [Option<Error>; 2] {
    [svg(content, look).err(), png(content, Size::default(), look).err()]
}

#[test]
fn a_size_outside_the_limits_is_refused() {
    for asked in [i32::MIN, -100, -1, 0, 1, 99, 2001, i32::MAX] {
        let refused = Size::try_new(asked).unwrap_err();
        assert_eq!(refused, UnfitSize { asked });
        assert_eq!(refused.to_string(), format!("a QR image is 100 to 2000 pixels wide, not {asked}"));
    }
    for asked in [100, 101, 1024, 1999, 2000] {
        assert_eq!(Size::try_new(asked).unwrap().pixels(), asked);
    }
    assert_eq!(Size::default().pixels(), 1024);
}

#[test]
fn a_border_outside_the_limits_is_refused() {
    for asked in [i32::MIN, -1, 101, i32::MAX] {
        let refused = Border::try_new(asked).unwrap_err();
        assert_eq!(refused, UnfitBorder { asked });
        assert_eq!(
            refused.to_string(),
            format!("a QR image has a white border of 0 to 100 pixels, not {asked}")
        );
    }
    for asked in [0, 8, 100] {
        assert_eq!(Border::try_new(asked).unwrap().pixels(), asked);
    }
}

#[test]
fn an_empty_content_is_refused() {
    for look in [Look::Plain, Look::Branded] {
        assert_eq!(refusals("", look), [Some(Error::Empty); 2]);
    }
    assert_eq!(Error::Empty.to_string(), "an empty text makes no QR code");
}

#[test]
fn a_content_is_refused_from_the_first_byte_too_many() {
    let levels = [
        (Look::Plain, [("1", 5596), ("A", 3391), ("a", 2331)]),
        (Look::Branded, [("1", 3057), ("A", 1852), ("a", 1273)]),
    ];
    for (look, most) in levels {
        for (letter, most) in most {
            assert_eq!(refusals(&letter.repeat(most), look), [None; 2], "{most} of {letter} in {look:?}");
            let too_long = Error::TooLong { bytes: most + 1 };
            assert_eq!(refusals(&letter.repeat(most + 1), look), [Some(too_long); 2], "{letter} in {look:?}");
        }
    }
}

#[test]
fn a_far_too_long_content_is_refused_without_being_repeated() {
    for bytes in [5_000, 50_000_000] {
        let refused = svg(&"s".repeat(bytes), Look::Plain).unwrap_err();
        assert_eq!(refused.to_string(), format!("a text of {bytes} bytes fits into no QR code"));
    }
}

#[test]
fn any_character_makes_a_document_without_it() {
    for content in ["<script>", "\"/><a href='//evil'>", "\0", "\r\n", "&amp;", "\u{202e}"] {
        let document = svg(content, Look::Branded).unwrap();
        assert!(!document.contains(content) && png(content, Size::default(), Look::Plain).is_ok());
        assert!(document.bytes().all(|byte| byte == b'\n' || (b' '..=b'~').contains(&byte)));
    }
}
