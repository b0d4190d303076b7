//! What codes hold, and where their pictures are.

use super::{Beacon, Code, Image, code::Kind, image::Raster};

/// The beginnings of what this service hands out.
#[derive(Debug, Clone)]
pub(crate) struct Links {
    /// What a printed code holds, up to the code.
    pub(crate) code_url: String,
    /// The address of a picture, up to the name of its file.
    pub(crate) image_url: String,
    /// The page of a payment link, up to its token.
    pub(crate) link_url: String,
}

impl Links {
    /// What a code holds. A payment link's is its page, which is also what is shared.
    pub(crate) fn content(&self, code: &Code) -> String {
        match code.kind() {
            Kind::Redirect | Kind::Callback | Kind::Unit => format!("{}{code}", self.code_url),
            Kind::Link => format!("{}{code}", self.link_url),
        }
    }

    /// What a callback code holds: a beacon's was printed long ago.
    pub(crate) fn callback_content(&self, code: &Code, beacon: Option<&Beacon>) -> String {
        beacon.map_or_else(|| self.content(code), Beacon::content)
    }

    /// The address of a picture by the name of its file, or the content where that is asked for instead.
    pub(crate) fn shown(&self, name: &str, content: &str, image: Image) -> String {
        let base = &self.image_url;
        match image {
            Image::Svg => format!("{base}{name}.svg"),
            Image::Png(Raster { size, border }) => format!("{base}{name}.png?size={size}&border={border}"),
            Image::TextTarget => content.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn links() -> Links {
        Links { code_url: "https://q/".into(), image_url: "https://i/".into(), link_url: "https://l/".into() }
    }

    #[test]
    fn a_link_holds_its_page_and_everything_else_the_edge() {
        for (kind, begins) in [
            (Kind::Redirect, "https://q/r"),
            (Kind::Callback, "https://q/c"),
            (Kind::Unit, "https://q/u"),
            (Kind::Link, "https://l/l"),
        ] {
            let content = links().content(&Code::new(kind, [7; Code::CHANCE]));
            assert!(content.starts_with(begins) && content.len() == "https://q/".len() + 23, "{content}");
        }
    }

    #[test]
    fn a_beacon_holds_what_was_printed() {
        let (code, beacon) = (Code::new(Kind::Callback, [7; Code::CHANCE]), "B-1".parse().unwrap());
        assert_eq!(links().callback_content(&code, Some(&beacon)), "mobilepaypos://pos?id=B-1&source=qr");
        assert_eq!(links().callback_content(&code, None), links().content(&code));
    }

    #[test]
    fn the_address_of_a_picture_says_how_it_is() {
        let raster = Raster { size: 300, border: 8 };
        let table = [
            (Image::Svg, "https://i/name.svg"),
            (Image::Png(raster), "https://i/name.png?size=300&border=8"),
            (Image::TextTarget, "held"),
        ];
        for (image, expected) in table {
            assert_eq!(links().shown("name", "held", image), expected);
        }
    }
}
