use crate::{Look, Picture};

/// How finely shapes are placed: into this many parts of a pixel, or of a module where a module is the pixel.
pub(crate) const PARTS: i32 = 16;

/// The light modules on each side that the standard asks for.
const QUIET_ZONE: i32 = 4;

/// Where the modules lie in a square picture.
#[derive(Clone, Copy)]
pub(crate) struct Layout {
    /// How wide the picture is, in pixels.
    pub(crate) size: i32,
    /// How many of them are left white on each side, around everything else.
    pub(crate) border: i32,
    start: i32,
    span: i32,
    modules: i32,
}

impl Layout {
    /// The picture whose pixels are the modules themselves, as the SVG draws it.
    pub(crate) fn new(modules: i32, look: Look) -> Self {
        Self::in_size(full_width(modules, look), modules, look)
    }

    /// The largest modules of whole pixels that leave room for all that surrounds them; what is left over widens the
    /// quiet zone evenly. Where not even one pixel a module fits, they are squeezed.
    pub(crate) fn in_size(size: i32, modules: i32, look: Look) -> Self {
        let full_width = full_width(modules, look);
        let span = match size / full_width {
            0 => size * modules / full_width,
            pixels => modules * pixels,
        };
        Self { size, border: 0, start: (size - span) / 2, span, modules }
    }

    /// The same inside a white border, which gives way where it would leave less than a pixel for each module.
    pub(crate) fn in_picture(picture: Picture, modules: i32, look: Look) -> Self {
        let size = picture.size.pixels();
        let spare = (size - full_width(modules, look)).max(0);
        let border = picture.border.pixels().min(spare / 2);
        let inside = Self::in_size(size - 2 * border, modules, look);
        Self { size, border, start: inside.start + border, ..inside }
    }

    /// The pixel at which a column or a row of modules begins.
    pub(crate) fn edge(&self, module: i32) -> i32 {
        self.start + module * self.span / self.modules
    }

    /// The width of a module, in parts of a pixel.
    pub(crate) fn module_parts(&self) -> i32 {
        self.span * PARTS / self.modules
    }

    /// The middle of the code, in parts of a pixel.
    pub(crate) fn middle_parts(&self) -> i32 {
        self.start * PARTS + self.span * PARTS / 2
    }
}

/// The code with its quiet zone, and the frame where the look has one, in modules.
fn full_width(modules: i32, look: Look) -> i32 {
    let frame = match look {
        Look::Plain => 0,
        Look::Branded => 1,
    };
    modules + 2 * (QUIET_ZONE + frame)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Border, Size};

    #[test]
    fn modules_are_whole_pixels_in_the_middle_of_a_wide_enough_quiet_zone() {
        for modules in (21..=177).step_by(4) {
            for size in 185..=2000 {
                let layout = Layout::in_size(size, modules, Look::Plain);
                let pixels = layout.edge(1) - layout.edge(0);
                let (before, after) = (layout.edge(0), size - layout.edge(modules));
                assert!((0..modules).all(|module| layout.edge(module + 1) - layout.edge(module) == pixels));
                assert!(before >= QUIET_ZONE * pixels, "{modules} modules in {size}: {before} before");
                assert!(
                    (0..=1).contains(&(after - before)),
                    "{modules} modules in {size}: {before}, {after}"
                );
                assert!(after < (QUIET_ZONE + modules) * pixels, "larger modules would fit");
            }
        }
    }

    #[test]
    fn a_border_is_as_wide_as_asked_for_where_the_code_has_room_beside_it() {
        for (size, asked, modules, border) in
            [(1024, 8, 41, 8), (300, 100, 41, 100), (100, 100, 41, 24), (100, 8, 177, 0), (2000, 0, 21, 0)]
        {
            let (fits, asked) = (Size::try_new(size).unwrap(), Border::try_new(asked).unwrap());
            let picture = Picture { size: fits, border: asked };
            let layout = Layout::in_picture(picture, modules, Look::Branded);
            assert_eq!((layout.size, layout.border), (size, border), "{modules} modules in {picture:?}");
            let (before, after) = (layout.edge(0), size - layout.edge(modules));
            assert!(
                before >= border && (0..=1).contains(&(after - before)),
                "{picture:?}: {before}, {after}"
            );
        }
    }
}
