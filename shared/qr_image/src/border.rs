/// How many pixels of a picture are left white on each side, outside the code's own quiet zone and its frame.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Border(i32);

/// A border outside the limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a QR image has a white border of 0 to {} pixels, not {asked}", Border::MOST)]
pub struct UnfitBorder {
    /// The width that was asked for.
    pub asked: i32,
}

impl Border {
    /// The widest that upstream makes.
    pub const MOST: i32 = 100;

    /// A width as the request names it.
    pub const fn try_new(pixels: i32) -> Result<Self, UnfitBorder> {
        if pixels < 0 || pixels > Self::MOST {
            return Err(UnfitBorder { asked: pixels });
        }
        Ok(Self(pixels))
    }

    /// The width in pixels.
    pub const fn pixels(self) -> i32 {
        self.0
    }
}

impl TryFrom<i32> for Border {
    type Error = UnfitBorder;

    fn try_from(pixels: i32) -> Result<Self, UnfitBorder> {
        Self::try_new(pixels)
    }
}
