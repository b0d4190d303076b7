use std::iter;

use qrcodegen::{QrCodeEcc, QrSegment, Version};

use super::*;

fn code(version: u8, text: &str, mask: u8) -> QrCode {
    let segments = QrSegment::make_segments(text);
    let (level, version, mask) = (QrCodeEcc::Low, Version::new(version), Some(Mask::new(mask)));
    QrCode::encode_segments_advanced(&segments, level, version, version, mask, false).unwrap()
}

/// The rules once more, read off one module after the other.
fn plainly(code: &QrCode) -> u32 {
    let length = code.size();
    let line = |at: i32, is_row: bool| -> Vec<bool> {
        (0..length)
            .map(|along| if is_row { code.get_module(along, at) } else { code.get_module(at, along) })
            .collect()
    };
    let rows: Vec<_> = (0..length).map(|at| line(at, true)).collect();
    let columns: Vec<_> = (0..length).map(|at| line(at, false)).collect();
    let mut penalty = 0;
    for line in rows.iter().chain(&columns) {
        for run in line.chunk_by(|one, other| one == other).filter(|run| run.len() >= 5) {
            penalty += run.len() as u32 - 2;
        }
        let margin = || iter::repeat_n(false, 4);
        let padded: Vec<_> = margin().chain(line.iter().copied()).chain(margin()).collect();
        let text: String = padded.iter().map(|&dark| if dark { '#' } else { '.' }).collect();
        let found =
            |pattern: &str| (0..text.len()).filter(|&at| text[at..].starts_with(pattern)).count() as u32;
        penalty += 40 * (found("....#.###.#") + found("#.###.#...."));
    }
    for (row, next) in rows.iter().zip(&rows[1..]) {
        let blocks = row.windows(2).zip(next.windows(2));
        penalty += 3 * blocks.filter(|(a, b)| a == b && a[0] == a[1]).count() as u32;
    }
    let dark = rows.iter().flatten().filter(|&&dark| dark).count() as u32;
    let all = (length * length) as u32;
    let steps =
        (0..10).find(|step| (45 - 5 * step) * all <= dark * 100 && dark * 100 <= (55 + 5 * step) * all);
    penalty + 10 * steps.unwrap()
}

#[test]
fn a_penalty_counted_by_rows_is_the_one_counted_by_modules() {
    for version in [1, 2, 6, 7, 14, 21, 28, 32, 40] {
        let code = code(version, &"A1".repeat(usize::from(version) * 3), version % 8);
        assert_eq!(Lines::of(&code).penalty(), plainly(&code), "version {version}");
    }
}

#[test]
fn another_mask_changes_the_data_and_nothing_else() {
    for version in 1..=40 {
        let first = Lines::of(&code(version, "https://pay", FIRST));
        for mask in 0..MASKS {
            let encoded = code(version, "https://pay", mask as u8);
            let (ours, theirs) = (first.masked(mask, &data(&encoded)), Lines::of(&encoded));
            let differing: u32 =
                iter::zip(&ours.rows, &theirs.rows).map(|(one, other)| (*one ^ *other).count()).sum();
            let across: u32 = iter::zip(&ours.columns, &theirs.columns).map(|(a, b)| (*a ^ *b).count()).sum();
            assert!(differing <= 30 && across == differing, "version {version}, mask {mask}: {differing}");
        }
    }
}

#[test]
fn the_chosen_mask_is_nearly_as_good_as_the_best_of_all_eight() {
    for version in [1, 2, 5, 7, 10, 20, 32] {
        let code = |mask| code(version, &"pay".repeat(usize::from(version) * 3), mask);
        let all: Vec<_> = (0..MASKS).map(|mask| plainly(&code(mask as u8))).collect();
        let chosen = best(&code(FIRST));
        let (best, chosen) = (all.iter().min().unwrap(), all[usize::from(chosen.value())]);
        assert!(chosen * 10 <= best * 11, "version {version}: {chosen} of {all:?}");
    }
}
