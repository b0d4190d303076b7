//! What the address of a picture asks for: `{name}.svg`, or `{name}.png` with `size` and `border`.

use kvitt_proto::{
    error::v1::Reason,
    refusal::{self, FieldViolation},
};
use kvitt_qr_image::{Border, Picture, Size};
use tonic::Status;

/// How long the codes of the service `qr` are. Tokens of payments have another length.
pub(super) const CODE_LENGTH: usize = 23;

/// How a code is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Form {
    Svg,
    Png(Picture),
}

impl Form {
    pub(super) fn media_type(self) -> &'static str {
        match self {
            Self::Svg => "image/svg+xml",
            Self::Png(_) => "image/png",
        }
    }
}

/// Reads a file's name and the query behind it: which code, and how it is drawn.
pub(super) fn wanted<'a>(file: &'a str, query: &str) -> Result<(&'a str, Form), Status> {
    let (name, form) = if let Some(name) = file.strip_suffix(".svg") {
        (name, Form::Svg)
    } else {
        let name = file.strip_suffix(".png").ok_or_else(gone)?;
        (name, Form::Png(picture(query)?))
    };
    if name.is_empty() { Err(gone()) } else { Ok((name, form)) }
}

/// A picture without a border, of the usual size, unless the query says otherwise. Where a name stands twice, the first one
/// counts.
fn picture(query: &str) -> Result<Picture, Status> {
    let number = |wanted: &str| {
        let mut pairs = url::form_urlencoded::parse(query.as_bytes());
        let found = pairs.find(|(name, _)| name.eq_ignore_ascii_case(wanted));
        // What is no number is outside of all limits.
        found.map(|(_, digits)| digits.parse().unwrap_or(i32::MAX))
    };
    let broken = |field, rule| refusal::fields(vec![FieldViolation::new(field, rule)]);
    let size = number("size").map(Size::try_new).transpose();
    let size = size.map_err(|_| broken("size", "must be between 100 and 2000"))?;
    let border = number("border").map(Border::try_new).transpose();
    let border = border.map_err(|_| broken("border", "must be between 0 and 100"))?;
    let picture = Picture { size: size.unwrap_or_default(), border: border.unwrap_or_default() };
    if picture.size.pixels() - 2 * picture.border.pixels() < Size::LEAST {
        return Err(broken("border", "must leave at least 100 pixels of the size for the code"));
    }
    Ok(picture)
}

/// Whether a text could be a code of the service `qr`.
pub(super) fn is_code(text: &str) -> bool {
    text.len() == CODE_LENGTH
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}

/// There is nothing to draw.
pub(super) fn gone() -> Status {
    refusal::status(Reason::NotFound, "There is no such code, or its payment has ended.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn png(size: i32, border: i32) -> Form {
        let fits = (Size::try_new(size).expect("it fits"), Border::try_new(border).expect("it fits"));
        Form::Png(Picture { size: fits.0, border: fits.1 })
    }

    #[test]
    fn an_address_names_a_code_a_format_and_perhaps_a_size_and_a_border() {
        assert_eq!(wanted("abc.svg", "").unwrap(), ("abc", Form::Svg));
        assert_eq!(wanted("abc.svg", "size=big").unwrap(), ("abc", Form::Svg));
        assert_eq!(wanted("abc.png", "").unwrap(), ("abc", png(1024, 0)));
        assert_eq!(wanted("abc.png", "Size=333&border=8&size=1").unwrap(), ("abc", png(333, 8)));
        for file in ["abc", "abc.gif", "", ".svg", ".png"] {
            let reason = refusal::reason_of(&wanted(file, "").unwrap_err());
            assert_eq!(reason, Some(Reason::NotFound), "{file}");
        }
        for (query, field) in [
            ("size=299&border=100", "border"),
            ("size=big", "size"),
            ("size=99", "size"),
            ("border=101", "border"),
            ("border=-1&size=100", "border"),
        ] {
            let broken = refusal::field_violations_of(&wanted("abc.png", query).unwrap_err());
            assert_eq!(broken[0].field, field, "{query}");
        }
    }

    #[test]
    fn a_code_is_told_by_its_look() {
        assert!(is_code("rAbCdEfGhIjKlMnOpQrSt-_"));
        for text in ["", "r", "rAbCdEfGhIjKlMnOpQrSt-_x", "rAbCdEfGhIjKlMnOpQrSt%_", "rAbCdEfGhIjKlMnOpQrStæ"]
        {
            assert!(!is_code(text), "{text}");
        }
    }
}
