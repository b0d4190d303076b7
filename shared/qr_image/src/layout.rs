use crate::Look;

/// How finely shapes are placed: into this many parts of a pixel, or of a module where a module is the pixel.
pub(crate) const PARTS: i32 = 16;

/// The light modules on each side that the standard asks for.
const QUIET_ZONE: i32 = 4;

/// Where the modules lie in a square picture.
#[derive(Clone, Copy)]
pub(crate) struct Layout {
    /// How wide the picture is, in pixels.
    pub(crate) size: i32,
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
        Self { size, start: (size - span) / 2, span, modules }
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
}
