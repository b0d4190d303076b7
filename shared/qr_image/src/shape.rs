use std::ops::Range;

/// A shape made of whole numbers, which are parts of a pixel. A line across it meets it at most twice.
#[derive(Clone, Copy)]
pub(crate) enum Shape {
    /// A filled square.
    Square(RoundedSquare),
    /// What lies between two squares, the outer one first.
    Ring(RoundedSquare, RoundedSquare),
    /// A filled polygon without dents.
    Polygon(Polygon),
}

/// The corners of a polygon in the order they are joined.
pub(crate) type Polygon = [(i32, i32); 4];

/// A square with round corners whose middle lies on the picture's diagonal, so one coordinate says both.
#[derive(Clone, Copy)]
pub(crate) struct RoundedSquare {
    pub(crate) from: i32,
    pub(crate) to: i32,
    pub(crate) radius: i32,
}

impl Shape {
    /// The rows the shape lies in.
    pub(crate) fn rows(&self) -> Range<i32> {
        match self {
            Self::Square(square) | Self::Ring(square, _) => square.from..square.to,
            Self::Polygon(points) => {
                let rows = points.map(|(_, y)| y);
                rows.into_iter().min().unwrap_or(0)..rows.into_iter().max().unwrap_or(0)
            }
        }
    }

    /// What of a row the shape covers; what it does not need is empty.
    pub(crate) fn spans(&self, row: i32) -> [Range<i32>; 2] {
        match self {
            Self::Square(square) => [square.span(row), 0..0],
            Self::Ring(outer, inner) => {
                let (outer, inner) = (outer.span(row), inner.span(row));
                if inner.is_empty() {
                    [outer, 0..0]
                } else {
                    [outer.start..inner.start, inner.end..outer.end]
                }
            }
            Self::Polygon(points) => [polygon_span(points, row), 0..0],
        }
    }
}

impl RoundedSquare {
    fn span(&self, row: i32) -> Range<i32> {
        if !(self.from..self.to).contains(&row) {
            return 0..0;
        }
        let to_the_arc = (self.radius - (row - self.from).min(self.to - row)).max(0);
        if to_the_arc == 0 {
            return self.from..self.to;
        }
        let inset = self.radius - (self.radius * self.radius - to_the_arc * to_the_arc).isqrt();
        self.from + inset..self.to - inset
    }
}

fn polygon_span(points: &Polygon, row: i32) -> Range<i32> {
    let (mut from, mut to) = (i32::MAX, 0);
    for (index, &(x, y)) in points.iter().enumerate() {
        let (next_x, next_y) = points[(index + 1) % points.len()];
        if (y.min(next_y)..y.max(next_y)).contains(&row) {
            let crossing = x + (next_x - x) * (row - y) / (next_y - y);
            (from, to) = (from.min(crossing), to.max(crossing));
        }
    }
    from.min(to)..to
}
