//! What a scanned text may be.

use url::Url;

use super::{Beacon, Code, Links, code::Kind};

/// The longest text that is looked at, in characters.
pub(crate) const MOST_SCANNED: usize = 2000;

/// The longest token of a payment's redirect URL.
const MOST_TOKEN: usize = 200;

/// What a text says that it is; whether it is so is found elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Scanned {
    /// A code of this service.
    Code(Code),
    /// A code that MobilePay's old API printed.
    Beacon(Beacon),
    /// A payment, by the token of its redirect URL.
    Payment(String),
}

/// What a text says that it is; `None` when this platform makes no such text.
pub(crate) fn read(links: &Links, text: &str) -> Option<Scanned> {
    let code = |begin: &str| text.strip_prefix(begin).and_then(|rest| rest.parse::<Code>().ok());
    let link = code(&links.link_url).filter(|code| code.kind() == Kind::Link);
    let printed = code(&links.code_url).filter(|code| code.kind() != Kind::Link);
    if let Some(code) = link.or(printed) {
        return Some(Scanned::Code(code));
    }
    let url = Url::parse(text).ok()?;
    Beacon::scanned(&url).map(Scanned::Beacon).or_else(|| token(&url).map(Scanned::Payment))
}

/// The token in a payment's redirect URL, whichever page or app it opens: nobody can guess one. `None` when what stands
/// there is none by its form.
pub(crate) fn token(url: &Url) -> Option<String> {
    let part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let (_, token) = url.query_pairs().find(|(name, _)| name == "token")?;
    ((1..=MOST_TOKEN).contains(&token.len()) && token.bytes().all(part)).then(|| token.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn links() -> Links {
        Links {
            code_url: "https://qr.example/q/".into(),
            image_url: "https://api.example/i/".into(),
            link_url: "https://pay.example/l/".into(),
        }
    }

    fn code(kind: Kind) -> Code {
        Code::new(kind, [7; Code::CHANCE])
    }

    #[test]
    fn what_codes_hold_is_recognised() {
        for kind in [Kind::Redirect, Kind::Callback, Kind::Unit, Kind::Link] {
            assert_eq!(read(&links(), &links().content(&code(kind))), Some(Scanned::Code(code(kind))));
        }
        let beacon: Beacon = "B-1".parse().unwrap();
        assert_eq!(read(&links(), &beacon.content()), Some(Scanned::Beacon(beacon)));
    }

    #[test]
    fn the_url_of_a_payment_is_recognised_wherever_it_leads() {
        let payment = Some(Scanned::Payment("Ab-_9".to_owned()));
        for text in [
            "https://landing.example/?token=Ab-_9",
            "http://127.0.0.1:8081/?token=Ab-_9",
            "https://landing.example/a/b?x=y&token=Ab-_9#z",
            "vippsMT://?token=Ab-_9",
            "vippsmt://?token=Ab%2D_9",
        ] {
            assert_eq!(read(&links(), text), payment, "{text}");
        }
    }

    #[test]
    fn other_texts_are_not_this_platforms() {
        let (link, redirect) = (code(Kind::Link), code(Kind::Redirect));
        let cases = [
            String::new(),
            "hello".to_owned(),
            "token=Ab".to_owned(),
            "?token=Ab".to_owned(),
            redirect.to_string(),
            format!("https://qr.example/q/{link}"),
            format!("https://pay.example/l/{redirect}"),
            format!("https://qr.example/q/{redirect}x"),
            format!("https://QR.example/q/{redirect}"),
            format!("https://other.example/q/{redirect}"),
            "https://qr.example/q/".to_owned(),
            "https://landing.example/".to_owned(),
            "https://landing.example/?token=".to_owned(),
            "https://landing.example/?token=a%00b".to_owned(),
            "https://landing.example/?token=a%20b".to_owned(),
            "https://landing.example/?Token=Ab".to_owned(),
            "https://landing.example/#token=Ab".to_owned(),
            format!("https://landing.example/?token={}", "A".repeat(201)),
            "WIFI:T:WPA;S:net;P:token=1;;".to_owned(),
        ];
        for text in cases {
            assert_eq!(read(&links(), &text), None, "{text}");
        }
    }
}
