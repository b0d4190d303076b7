use http::{HeaderName, HeaderValue};

use super::*;
use crate::body::Tree;

fn headers(pairs: &[(&str, &str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in pairs {
        let name: HeaderName = name.to_lowercase().parse().expect("it is a name");
        headers.append(name, HeaderValue::from_str(value).expect("it is a value"));
    }
    headers
}

fn named(status: &Status) -> Vec<String> {
    refusal::field_violations_of(status).into_iter().map(|violation| violation.field).collect()
}

#[test]
fn accept_chooses_the_first_thing_that_we_have() {
    let table = [
        ("image/svg+xml", Some(QrFormat::ImageSvg)),
        ("IMAGE/PNG", Some(QrFormat::ImagePng)),
        ("text/targetUrl", Some(QrFormat::TextTargetUrl)),
        ("text/targeturl;charset=utf-8", Some(QrFormat::TextTargetUrl)),
        ("image/*", Some(QrFormat::ImageSvg)),
        ("*/*", Some(QrFormat::ImageSvg)),
        ("application/json, text/plain, */*", Some(QrFormat::ImageSvg)),
        ("image/avif,image/webp,image/png;q=0.8,*/*;q=0.5", Some(QrFormat::ImagePng)),
        ("image/png;q=0, image/svg+xml", Some(QrFormat::ImageSvg)),
        ("image/png; q=0.000", None),
        ("text/html", None),
        ("application/json", None),
        ("image/jpeg", None),
        ("", None),
        (";q=1", None),
    ];
    for (accept, expected) in table {
        let format = format(&headers(&[("Accept", accept)]));
        match expected {
            Some(expected) => assert_eq!(format.unwrap(), expected, "{accept}"),
            None => {
                let reason = refusal::reason_of(&format.unwrap_err());
                assert_eq!(reason, Some(Reason::MediaTypeNotSupported), "{accept}");
            }
        }
    }
    let twice = headers(&[("Accept", "text/html"), ("Accept", "image/png")]);
    assert_eq!(format(&twice).unwrap(), QrFormat::ImagePng);
    assert!(format(&HeaderMap::new()).is_err());
}

#[test]
fn headers_say_how_large_a_png_is_and_nothing_of_an_svg() {
    let asked = |accept, size, border| {
        of_headers(&headers(&[("Accept", accept), ("Size", size), ("whiteBorder", border)]))
    };
    let png = asked("image/png", "333", "0").unwrap();
    assert_eq!((png.format(), png.size, png.white_border), (QrFormat::ImagePng, Some(333), Some(0)));
    assert_eq!(asked("image/png", "", " ").unwrap().size, None);
    let svg = asked("image/svg+xml", "333", "5").unwrap();
    assert_eq!((svg.size, svg.white_border), (None, None));
    for (size, border, broken) in [
        ("99", "8", &["Size"] as &[&str]),
        ("2001", "101", &["Size", "whiteBorder"]),
        ("large", "-1", &["Size", "whiteBorder"]),
        ("1e3", "8.0", &["Size", "whiteBorder"]),
    ] {
        assert_eq!(named(&asked("image/svg+xml", size, border).unwrap_err()), broken, "{size}, {border}");
    }
    let twice = headers(&[("Accept", "image/png"), ("Size", "100"), ("Size", "200")]);
    assert_eq!(named(&of_headers(&twice).unwrap_err()), ["Size"]);
}

#[test]
fn a_body_says_the_same_and_counts_more() {
    let read = |body: &str, pairs: &[(&str, &str)]| {
        let (tree, faults) = (Tree::parse(body.as_bytes()).unwrap(), Faults::default());
        let root = Field::root(&tree, &faults).unwrap();
        let image = of_call(QrFormat::ImagePng, &headers(pairs), &root, &faults);
        faults.finish().map(|()| (image.size, image.white_border)).map_err(|status| named(&status))
    };
    assert_eq!(read("{}", &[("Size", "200")]), Ok((Some(200), None)));
    assert_eq!(read(r#"{"size":300,"whiteBorder":"20"}"#, &[("Size", "200")]), Ok((Some(300), Some(20))));
    assert_eq!(
        read(r#"{"size":99,"whiteBorder":101}"#, &[]),
        Err(vec!["size".to_owned(), "whiteBorder".to_owned()])
    );
    assert_eq!(read(r#"{"size":"big"}"#, &[]), Err(vec!["size".to_owned()]));
    assert_eq!(read("{}", &[("Size", "0")]), Err(vec!["Size".to_owned()]));
}

#[test]
fn a_query_is_read_in_any_case() {
    let image = of_query("qrimageformat=png&QRIMAGESIZE=200&other=1").unwrap();
    assert_eq!((image.format(), image.size), (QrFormat::ImagePng, Some(200)));
    let image = of_query("QrImageFormat=Svg&QrImageSize=200").unwrap();
    assert_eq!((image.format(), image.size), (QrFormat::ImageSvg, None));
    assert_eq!(of_query("").unwrap().format(), QrFormat::ImageSvg);
    for (query, broken) in [
        ("QrImageFormat=GIF", &["QrImageFormat"] as &[&str]),
        ("qrImageFormat=", &["QrImageFormat"]),
        ("qrImageSize=99&qrImageFormat=x", &["QrImageSize", "QrImageFormat"]),
        ("qrImageSize=%00", &["QrImageSize"]),
    ] {
        assert_eq!(named(&of_query(query).unwrap_err()), broken, "{query}");
    }
}
