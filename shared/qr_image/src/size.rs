/// How many pixels a picture is wide, and high.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Size(i32);

/// A size outside the limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a QR image is {} to {} pixels wide, not {asked}", Size::LEAST, Size::MOST)]
pub struct UnfitSize {
    /// The size that was asked for.
    pub asked: i32,
}

impl Size {
    /// The smallest picture upstream makes.
    pub const LEAST: i32 = 100;
    /// The largest, which also bounds what one picture costs.
    pub const MOST: i32 = 2000;

    /// A size as the request names it.
    pub const fn try_new(pixels: i32) -> Result<Self, UnfitSize> {
        if pixels < Self::LEAST || pixels > Self::MOST {
            return Err(UnfitSize { asked: pixels });
        }
        Ok(Self(pixels))
    }

    /// The width, and the height, in pixels.
    pub const fn pixels(self) -> i32 {
        self.0
    }
}

impl Default for Size {
    fn default() -> Self {
        Self(1024)
    }
}

impl TryFrom<i32> for Size {
    type Error = UnfitSize;

    fn try_from(pixels: i32) -> Result<Self, UnfitSize> {
        Self::try_new(pixels)
    }
}
