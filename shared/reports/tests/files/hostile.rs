//! Names that mean harm, amounts beyond all bounds, and the same bytes every time.

use std::io::Read;

use kvitt_primitives::Market;
use kvitt_reports::{Error, Format, Kind, Language, open};
use proptest::prelude::{ProptestConfig, any, prop_assert, proptest};

use crate::{
    csv_rows,
    story::{Kept, Shop, Story, date, head, unit},
};

#[test]
fn the_same_telling_gives_the_same_bytes() {
    for format in Format::ALL {
        for language in [Language::English, Language::Norwegian] {
            let story = Story::hostile(language);
            assert!(story.written(format) == story.written(format), "{format:?}");
        }
    }
}

#[test]
fn no_cell_of_a_workbook_or_a_csv_is_a_formula() {
    let story = Story::hostile(Language::English);
    for format in [Format::SettlementXlsx, Format::ClassicXlsx] {
        let bytes = story.written(format);
        let mut zip = zip::ZipArchive::new(std::io::Cursor::new(bytes)).expect("a zip");
        for at in 0..zip.len() {
            let mut file = zip.by_index(at).expect("a file");
            let mut xml = String::new();
            file.read_to_string(&mut xml).expect("text");
            assert!(!xml.contains("<f>") && !xml.contains("<f "), "{format:?}");
        }
    }
    for format in [Format::SettlementCsv, Format::ClassicCsv] {
        for field in csv_rows(&story.written(format)).into_iter().flatten() {
            let number = field.trim_start_matches('-').chars().all(|c| c.is_ascii_digit() || c == '.');
            let phone = field == "+47 xxxx 8586";
            assert!(number || phone || !field.starts_with(['=', '+', '-', '@', '\t', '\r']), "{field}");
        }
    }
}

#[test]
fn the_fonts_of_a_pdf_are_in_it_and_its_title_is_not_hostile() {
    for format in [Format::PeriodPdf, Format::ClassicPdf] {
        for language in Language::ALL {
            let bytes = Story::hostile(language).written(format);
            let text = String::from_utf8_lossy(&bytes);
            assert!(text.starts_with("%PDF-1.7"));
            assert!(text.contains("/FontFile2"), "{format:?}");
            assert!(!text.contains("cmd|"));
        }
    }
}

#[test]
fn the_largest_amounts_there_are_can_be_written() {
    let from = date(2026, 9, 1);
    let mut shop = Shop::new(unit("310001", &"Et veldig langt navn ".repeat(400), Market::No));
    shop.sell(from, 4, 5);
    for (settlement, rows) in &mut shop.settled {
        for row in rows.iter_mut() {
            let low = matches!(row.kind, Kind::Refund | Kind::FeesRetained | Kind::PayoutScheduled);
            row.amount_minor = if low { i64::MIN } else { i64::MAX };
            row.balance_after_minor = i64::MIN;
            row.fee_minor = i64::MAX;
        }
        settlement.payout_minor = i64::MAX;
        settlement.captures_minor = i64::MAX;
        settlement.refunds_minor = i64::MIN;
        settlement.fees_minor = i64::MAX;
    }
    let story = Story { head: head(from, 4, Language::Norwegian), shops: vec![shop] };
    for format in Format::ALL {
        assert!(!story.written(format).is_empty());
    }
}

#[test]
fn a_report_of_nothing_is_a_file_too_but_the_schema_wants_a_settlement() {
    let story = Story { head: head(date(2026, 9, 1), 3, Language::Swedish), shops: Vec::new() };
    for format in Format::ALL {
        if matches!(format, Format::ClassicXml | Format::ClassicXmlZip) {
            let report = open(format, story.head.clone(), Box::new(Kept::default())).expect("it begins");
            assert!(matches!(report.finish(), Err(Error::Format(_))));
        } else {
            assert!(!story.written(format).is_empty(), "{format:?}");
        }
    }
}

#[test]
fn days_of_many_units_take_as_many_pages_as_they_need() {
    let from = date(2025, 1, 1);
    let mut story = Story { head: head(from, 365, Language::English), shops: Vec::new() };
    for msn in 310_000..310_010_u64 {
        let mut shop = Shop::new(unit(&msn.to_string(), "Kiosk", Market::Dk));
        shop.sell(from, 365, msn);
        story.shops.push(shop);
    }
    let paper = story.written(Format::PeriodPdf);
    let text = String::from_utf8_lossy(&paper);
    let (_, count) = text.split_once("/Count ").expect("a number of pages");
    let pages: usize =
        count.chars().take_while(char::is_ascii_digit).collect::<String>().parse().expect("digits");
    // A page holds some 42 days.
    assert!((3_650 / 44..3_650 / 38).contains(&pages), "{pages}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn whatever_is_typed_every_format_is_written_and_read_back(words in any::<String>(), seed in any::<u64>()) {
        let from = date(2026, 3, 27);
        let mut shop = Shop::new(unit("310001", &words, Market::No));
        shop.sell(from, 4, seed);
        shop.disturb(&words);
        let mut head = head(from, 4, Language::Danish);
        head.organization_name = words.clone();
        head.personal = true;
        let story = Story { head, shops: vec![shop] };
        let xml = story.written(Format::ClassicXml);
        let mut reader = quick_xml::Reader::from_reader(xml.as_slice());
        let mut buffer = Vec::new();
        while reader.read_event_into(&mut buffer).expect("well-formed") != quick_xml::events::Event::Eof {
            buffer.clear();
        }
        let told = story.shops[0].settled.iter().map(|(_, rows)| rows.len()).sum::<usize>() + story.shops[0].unsettled.len();
        prop_assert!(csv_rows(&story.written(Format::SettlementCsv)).len() == told + 1);
        prop_assert!(crate::sheet(&story.written(Format::SettlementXlsx), "Details").height() == told + 1);
        prop_assert!(story.written(Format::PeriodPdf).starts_with(b"%PDF"));
        prop_assert!(story.written(Format::ClassicPdf).starts_with(b"%PDF"));
    }
}
