//! How the picture of a code should be.

use kvitt_primitives::Invalid;

/// Pixels of a picture.
const LEAST_SIZE: i32 = 100;
const MOST_SIZE: i32 = 2000;
const USUAL_SIZE: i32 = 1024;

/// White pixels on every side.
const MOST_BORDER: i32 = 100;
const USUAL_BORDER: i32 = 8;

/// Pixels that must be left inside of the border: with less, no camera reads the code.
const LEAST_INSIDE: i32 = 100;

/// What the address of a picture leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Image {
    /// A drawing, as large as one likes.
    Svg,
    /// Pixels.
    Png(Raster),
    /// No picture: what the code holds is given instead of an address.
    TextTarget,
}

/// The pixels of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Raster {
    /// Of each side, with the border.
    pub(crate) size: i32,
    /// White, on every side.
    pub(crate) border: i32,
}

/// What is wrong with a size and a border.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Broken {
    pub(crate) size: Option<Invalid>,
    pub(crate) border: Option<Invalid>,
}

impl Raster {
    /// The picture that is asked for; what is not said is as large as usual, and a border no larger than it may be.
    pub(crate) fn try_new(size: Option<i32>, border: Option<i32>) -> Result<Self, Broken> {
        let mut broken = Broken::default();
        let asked_size = size.unwrap_or(USUAL_SIZE);
        if !(LEAST_SIZE..=MOST_SIZE).contains(&asked_size) {
            broken.size = Some(Invalid { rule: "must be between 100 and 2000" });
        }
        if border.is_some_and(|border| !(0..=MOST_BORDER).contains(&border)) {
            broken.border = Some(Invalid { rule: "must be between 0 and 100" });
        }
        if broken != Broken::default() {
            return Err(broken);
        }
        let room = (asked_size - LEAST_INSIDE) / 2;
        match border {
            Some(border) if border > room => {
                let rule = "must leave at least 100 pixels of the size for the code";
                Err(Broken { size: None, border: Some(Invalid { rule }) })
            }
            given => Ok(Self { size: asked_size, border: given.unwrap_or(USUAL_BORDER.min(room)) }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_border_leaves_room_for_the_code() {
        // what is asked for, and the size and the border that come of it
        let table = [
            ((None, None), (1024, 8)),
            ((Some(100), None), (100, 0)),
            ((Some(101), None), (101, 0)),
            ((Some(110), None), (110, 5)),
            ((Some(116), None), (116, 8)),
            ((Some(2000), None), (2000, 8)),
            ((None, Some(0)), (1024, 0)),
            ((None, Some(100)), (1024, 100)),
            ((Some(100), Some(0)), (100, 0)),
            ((Some(300), Some(100)), (300, 100)),
        ];
        for ((asked_size, asked_border), (size, border)) in table {
            let found = Raster::try_new(asked_size, asked_border);
            assert_eq!(found, Ok(Raster { size, border }), "{asked_size:?} {asked_border:?}");
        }
    }

    #[test]
    fn sizes_and_borders_beyond_their_limits_are_refused() {
        // what is asked for, and whether the size and the border are named
        let table = [
            ((Some(99), None), (true, false)),
            ((Some(2001), None), (true, false)),
            ((Some(0), Some(-1)), (true, true)),
            ((Some(i32::MIN), Some(i32::MAX)), (true, true)),
            ((Some(i32::MAX), Some(i32::MIN)), (true, true)),
            ((None, Some(101)), (false, true)),
            ((Some(100), Some(1)), (false, true)),
            ((Some(299), Some(100)), (false, true)),
        ];
        for ((size, border), named) in table {
            let broken = Raster::try_new(size, border).unwrap_err();
            assert_eq!((broken.size.is_some(), broken.border.is_some()), named, "{size:?} {border:?}");
        }
    }
}
