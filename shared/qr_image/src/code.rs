use std::ops::Range;

use qrcodegen::{Mask, QrCode, QrCodeEcc, QrSegment, Version};

use crate::{Error, Look, brand, mask};

/// What the largest code holds at level M when the text is digits only, the densest there is. A longer text is refused
/// before anything of it is looked at.
const MOST_BYTES: usize = 5596;

/// A text as dark and light modules, where a look with a letter in the middle leaves that place light.
pub(crate) struct Code {
    code: QrCode,
    cleared: Range<i32>,
}

impl Code {
    pub(crate) fn of(content: &str, look: Look) -> Result<Self, Error> {
        if content.is_empty() {
            return Err(Error::Empty);
        }
        let too_long = Error::TooLong { bytes: content.len() };
        if content.len() > MOST_BYTES {
            return Err(too_long);
        }
        let (level, smallest) = match look {
            Look::Plain => (QrCodeEcc::Medium, Version::MIN),
            Look::Branded => (QrCodeEcc::High, Version::new(brand::SMALLEST_VERSION)),
        };
        let segments = QrSegment::make_segments(content);
        // A higher level is taken where it costs nothing.
        let encode = |mask| {
            QrCode::encode_segments_advanced(&segments, level, smallest, Version::MAX, Some(mask), true)
                .map_err(|_| too_long)
        };
        let code = encode(mask::best(&encode(Mask::new(mask::FIRST))?))?;
        let cleared = match look {
            Look::Plain => 0..0,
            Look::Branded => brand::cleared(code.size()),
        };
        Ok(Self { code, cleared })
    }

    /// How many modules it is wide, and high.
    pub(crate) fn modules(&self) -> i32 {
        self.code.size()
    }

    /// The dark modules of a row, as many at a time as touch each other.
    pub(crate) fn runs(&self, row: i32) -> impl Iterator<Item = Range<i32>> {
        let mut next = 0;
        std::iter::from_fn(move || {
            let start = (next..self.modules()).find(|&column| self.is_dark(column, row))?;
            let end = (start..self.modules()).find(|&column| !self.is_dark(column, row));
            next = end.unwrap_or(self.modules());
            Some(start..next)
        })
    }

    fn is_dark(&self, column: i32, row: i32) -> bool {
        let is_cleared = self.cleared.contains(&column) && self.cleared.contains(&row);
        !is_cleared && self.code.get_module(column, row)
    }
}
