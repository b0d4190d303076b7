//! Columns of text.

/// Lines with columns as wide as their widest cell; those of the `left` numbers are set to the left, all others to the
/// right, as numbers are.
pub(crate) fn render(head: &[&str], left: &[usize], rows: &[Vec<String>]) -> String {
    let lines: Vec<Vec<&str>> = std::iter::once(head.to_vec())
        .chain(rows.iter().map(|row| row.iter().map(String::as_str).collect()))
        .collect();
    let width = |column: usize| {
        let cells = lines.iter().filter_map(|line| line.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or_default()
    };
    let widths: Vec<usize> = (0..head.len()).map(width).collect();
    let mut text = String::new();
    for line in lines {
        let mut out = String::new();
        for (column, (cell, width)) in line.iter().zip(&widths).enumerate() {
            let pad = " ".repeat(width - cell.chars().count());
            out.push_str("  ");
            if left.contains(&column) {
                out.push_str(cell);
                out.push_str(&pad);
            } else {
                out.push_str(&pad);
                out.push_str(cell);
            }
        }
        text.push_str(out.trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let row = |cells: [&str; 3]| cells.map(str::to_owned).to_vec();
        let text = render(
            &["path", "1/s", "holds"],
            &[0, 2],
            &[row(["engine", "9", "yes"]), row(["é", "10000", ""])],
        );
        assert_eq!(text, "  path      1/s  holds\n  engine      9  yes\n  é       10000\n");
    }
}
