//! The two fonts of every paper, and how wide words are in them. Letters stand one after the other as the font spaces them,
//! so what is measured is what is drawn.

use krilla::text::{Font, GlyphId, KrillaGlyph};
use skrifa::{
    FontRef, MetadataProvider,
    charmap::Charmap,
    instance::{LocationRef, Size},
    metrics::GlyphMetrics,
};

use crate::Error;

static REGULAR: &[u8] = include_bytes!("../../fonts/NotoSans-Regular.ttf");
static BOLD: &[u8] = include_bytes!("../../fonts/NotoSans-Bold.ttf");

/// How heavy letters are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Weight {
    Regular,
    Bold,
}

/// Both fonts.
pub(super) struct Faces {
    regular: Face,
    bold: Face,
}

impl Faces {
    pub(super) fn new() -> Result<Self, Error> {
        Ok(Self { regular: Face::new(REGULAR)?, bold: Face::new(BOLD)? })
    }

    pub(super) fn of(&self, weight: Weight) -> &Face {
        match weight {
            Weight::Regular => &self.regular,
            Weight::Bold => &self.bold,
        }
    }
}

/// A font.
pub(super) struct Face {
    font: Font,
    map: Charmap<'static>,
    metrics: GlyphMetrics<'static>,
    per_em: f32,
    /// What stands for a letter that the font lacks.
    replacement: u32,
    /// Glyph and advance of each ASCII character, which most are.
    ascii: Vec<(u32, f32)>,
}

impl Face {
    fn new(data: &'static [u8]) -> Result<Self, Error> {
        let unreadable = || Error::Format("a font cannot be read".to_owned());
        let font = Font::new(data.into(), 0).ok_or_else(unreadable)?;
        let reader = FontRef::new(data).map_err(|_| unreadable())?;
        let map = reader.charmap();
        let metrics = reader.glyph_metrics(Size::unscaled(), LocationRef::default());
        let replacement = map.map(char::REPLACEMENT_CHARACTER).map_or(0, |glyph| glyph.to_u32());
        let mut face =
            Self { per_em: font.units_per_em(), font, map, metrics, replacement, ascii: Vec::new() };
        face.ascii =
            (0..128_u8).map(|byte| face.look_up(char::from(byte)).unwrap_or((replacement, 0.0))).collect();
        Ok(face)
    }

    pub(super) fn font(&self) -> Font {
        self.font.clone()
    }

    /// The glyphs of a text, one for each letter. A mark or a joiner that the font lacks belongs to the letter before it.
    pub(super) fn glyphs(&self, text: &str) -> Vec<KrillaGlyph> {
        let mut glyphs: Vec<KrillaGlyph> = Vec::with_capacity(text.len());
        for (at, c) in text.char_indices() {
            let end = at + c.len_utf8();
            match self.glyph(c) {
                Some((glyph, advance)) => {
                    let glyph = GlyphId::new(glyph);
                    glyphs.push(KrillaGlyph::new(glyph, advance, 0.0, 0.0, 0.0, at..end, None));
                }
                None => {
                    if let Some(last) = glyphs.last_mut() {
                        last.text_range.end = end;
                    }
                }
            }
        }
        glyphs
    }

    /// How wide a text is.
    pub(super) fn width(&self, text: &str, size: f32) -> f32 {
        size * text.chars().filter_map(|c| self.glyph(c)).map(|(_, advance)| advance).sum::<f32>()
    }

    /// The text, or as much of its beginning as fits, and an ellipsis.
    pub(super) fn fitted(&self, text: &str, size: f32, room: f32) -> String {
        if self.width(text, size) <= room {
            return text.to_owned();
        }
        let mut left = room - self.width("…", size);
        let mut fitted = String::new();
        for c in text.chars() {
            left -= self.glyph(c).map_or(0.0, |(_, advance)| advance * size);
            if left < 0.0 {
                break;
            }
            fitted.push(c);
        }
        format!("{}…", fitted.trim_end())
    }

    /// The text in lines that fit, the last one cut where there are too many.
    pub(super) fn wrapped(&self, text: &str, size: f32, room: f32, lines: usize) -> Vec<String> {
        let mut wrapped: Vec<String> = Vec::new();
        let mut rest = text.trim();
        while !rest.is_empty() {
            if wrapped.len() + 1 == lines {
                wrapped.push(self.fitted(rest, size, room));
                break;
            }
            let end = self.breakpoint(rest, size, room);
            wrapped.push(rest[..end].trim_end().to_owned());
            rest = rest[end..].trim_start();
        }
        wrapped
    }

    /// Where the first line ends: after the last word that fits, or in a word that is longer than a line.
    fn breakpoint(&self, text: &str, size: f32, room: f32) -> usize {
        let mut left = room;
        let mut space = None;
        for (at, c) in text.char_indices() {
            left -= self.glyph(c).map_or(0.0, |(_, advance)| advance * size);
            if left < 0.0 && at > 0 {
                return space.unwrap_or(at);
            }
            if c == ' ' {
                space = Some(at);
            }
        }
        text.len()
    }

    fn glyph(&self, c: char) -> Option<(u32, f32)> {
        if let Some(known) = usize::try_from(u32::from(c)).ok().and_then(|at| self.ascii.get(at)) {
            return Some(*known);
        }
        self.look_up(c).or_else(|| (!joins(c)).then(|| (self.replacement, self.advance(self.replacement))))
    }

    fn look_up(&self, c: char) -> Option<(u32, f32)> {
        let glyph = self.map.map(c)?.to_u32();
        Some((glyph, self.advance(glyph)))
    }

    fn advance(&self, glyph: u32) -> f32 {
        self.metrics.advance_width(skrifa::GlyphId::new(glyph)).unwrap_or(0.0) / self.per_em
    }
}

/// Whether it only changes the letter before it.
fn joins(c: char) -> bool {
    matches!(
        c,
        '\u{300}'..='\u{36f}'
            | '\u{483}'..='\u{489}'
            | '\u{591}'..='\u{5bd}'
            | '\u{64b}'..='\u{65f}'
            | '\u{1ab0}'..='\u{1aff}'
            | '\u{1dc0}'..='\u{1dff}'
            | '\u{200b}'..='\u{200d}'
            | '\u{2060}'
            | '\u{20d0}'..='\u{20ff}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
            | '\u{1f3fb}'..='\u{1f3ff}'
            | '\u{e0000}'..='\u{e01ef}'
    )
}
