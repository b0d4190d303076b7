//! How a picture should be, as requests say it.

use kvitt_proto::{payment::v1::QrFormat, qr::v1::QrImage};

use super::decode::Fields;
use crate::domain::{
    Image,
    image::{Broken, Raster},
};

impl Fields {
    /// How the picture should be, or that there should be none.
    pub(super) fn image(&mut self, image: Option<QrImage>) -> Option<Image> {
        let QrImage { format, size, white_border } = image.unwrap_or_default();
        let raster = Raster::try_new(size, white_border);
        if let Err(Broken { size, border }) = raster {
            size.map(|invalid| self.broken::<()>("size", invalid.rule));
            border.map(|invalid| self.broken::<()>("whiteBorder", invalid.rule));
        }
        match QrFormat::try_from(format) {
            Ok(QrFormat::Unspecified | QrFormat::ImageSvg) => raster.ok().map(|_| Image::Svg),
            Ok(QrFormat::ImagePng) => raster.ok().map(Image::Png),
            Ok(QrFormat::TextTargetUrl) => raster.ok().map(|_| Image::TextTarget),
            Err(_) => self.broken("format", "must be one of SVG, PNG, TARGET_URL"),
        }
    }

    /// How the picture should be, where there must be one.
    pub(super) fn picture(&mut self, image: Option<QrImage>) -> Option<Image> {
        match self.image(image)? {
            Image::TextTarget => self.broken("format", "must be one of SVG, PNG"),
            picture @ (Image::Svg | Image::Png(_)) => Some(picture),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(format: i32, size: Option<i32>, white_border: Option<i32>) -> Option<QrImage> {
        Some(QrImage { format, size, white_border })
    }

    #[test]
    fn a_picture_is_svg_unless_something_else_is_asked_for() {
        let png = |size, border| Image::Png(Raster { size, border });
        let (svg, raster, text) = (QrFormat::ImageSvg, QrFormat::ImagePng, QrFormat::TextTargetUrl);
        for (image, expected) in [
            (None, Image::Svg),
            (Some(QrImage::default()), Image::Svg),
            (asked(svg.into(), Some(300), Some(10)), Image::Svg),
            (asked(raster.into(), None, None), png(1024, 8)),
            (asked(raster.into(), Some(300), Some(10)), png(300, 10)),
            (asked(text.into(), None, None), Image::TextTarget),
        ] {
            let mut fields = Fields::default();
            let found = fields.image(image);
            assert_eq!(fields.finish(found).unwrap(), expected, "{image:?}");
        }
    }

    #[test]
    fn a_picture_that_cannot_be_is_refused_in_every_format() {
        for format in [QrFormat::ImageSvg, QrFormat::ImagePng, QrFormat::TextTargetUrl] {
            let mut fields = Fields::default();
            let found = fields.image(asked(format.into(), Some(99), Some(101)));
            let status = fields.finish(found).unwrap_err();
            assert_eq!(crate::fixture::named::<()>(Err(status)), ["size", "whiteBorder"]);
        }
        for image in [asked(99, None, None), asked(QrFormat::TextTargetUrl.into(), None, None)] {
            let mut fields = Fields::default();
            let found = fields.picture(image);
            assert_eq!(
                crate::fixture::named::<Image>(fields.finish(found).map(tonic::Response::new)),
                ["format"]
            );
        }
    }
}
