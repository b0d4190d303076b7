//! The classic formats.

use std::collections::BTreeMap;

use kvitt_reports::{Format, Kind, Language};
use quick_xml::{Reader, events::Event};

use crate::{cell_text, csv_rows, sheet, story::Story, unzipped};

const COLUMNS: [&str; 17] = [
    "Salgsdato",
    "Salgssted",
    "Vippsnummer",
    "Produkt",
    "Transaksjons-ID",
    "Ordre-ID",
    "Brutto",
    "Gebyr",
    "Netto",
    "Transaksjonstype",
    "Oppgjørs-ID",
    "Oppgjørsdato",
    "Oppgjørssum",
    "Oppgjørskonto",
    "Fornavn",
    "Etternavn",
    "Melding",
];

/// Texts of elements, by name.
type Leaves = BTreeMap<String, String>;

/// Hundredths of a decimal text.
fn minor(text: &str) -> i64 {
    let (units, cents) = text.split_once('.').expect("a decimal point");
    assert_eq!(cents.len(), 2, "{text}");
    format!("{units}{cents}").parse().expect("digits")
}

/// The leaves of the settlements and of their transactions, each with its texts by name.
fn settlements(xml: &[u8]) -> Vec<(Leaves, Vec<Leaves>)> {
    let text = std::str::from_utf8(xml).expect("UTF-8");
    let mut reader = Reader::from_str(text);
    let mut settlements: Vec<(Leaves, Vec<Leaves>)> = Vec::new();
    let mut path: Vec<String> = Vec::new();
    let mut words = String::new();
    loop {
        match reader.read_event().expect("well-formed") {
            Event::Start(start) => {
                let name = start.name().0.to_owned();
                match name.as_str() {
                    "SettlementInfo" => settlements.push(Default::default()),
                    "TransactionInfo" => {
                        settlements.last_mut().expect("a settlement").1.push(BTreeMap::new());
                    }
                    _ => {}
                }
                path.push(name);
                words.clear();
            }
            Event::Text(text) => words.push_str(&text),
            Event::GeneralRef(entity) => words.push_str(&format!("&{};", &*entity)),
            Event::End(_) => {
                let name = path.pop().expect("an open element");
                let leaf = std::mem::take(&mut words);
                match path.last().map(String::as_str) {
                    Some("SettlementInfo") => {
                        settlements.last_mut().expect("a settlement").0.insert(name, leaf);
                    }
                    Some("TransactionInfo") => {
                        let lines = &mut settlements.last_mut().expect("a settlement").1;
                        lines.last_mut().expect("a transaction").insert(name, leaf);
                    }
                    _ => {}
                }
            }
            Event::Eof => return settlements,
            _ => {}
        }
    }
}

#[test]
fn m27_the_classic_workbook_has_14_columns_and_17_with_people() {
    for (personal, count) in [(false, 14), (true, 17)] {
        let mut story = Story::hostile(Language::English);
        story.head.personal = personal;
        let sheet = sheet(&story.written(Format::ClassicXlsx), "Rapport");
        let rows: Vec<Vec<String>> = sheet.rows().map(|row| row.iter().map(cell_text).collect()).collect();
        assert_eq!(rows[7], COLUMNS[..count]);
        assert_eq!(sheet.width(), count);
    }
}

#[test]
fn the_classic_workbook_begins_with_its_head_and_has_a_total_for_each_settlement() {
    let story = Story::september(Language::English);
    let sheet = sheet(&story.written(Format::ClassicXlsx), "Rapport");
    let rows: Vec<Vec<String>> = sheet.rows().map(|row| row.iter().map(cell_text).collect()).collect();
    assert_eq!(rows[0][0], "Oppgjørsrapport");
    let head: Vec<(&str, &str)> = rows[1..5].iter().map(|row| (row[0].as_str(), row[2].as_str())).collect();
    assert_eq!(
        head,
        [
            ("Bedriften", "Fjordens Bakeri og Båtutleie AS"),
            ("Organisasjonsnummer", "918713867"),
            ("Fra dato", "01.09.2026"),
            ("Til dato", "30.09.2026"),
        ]
    );
    let totals: Vec<&Vec<String>> = rows.iter().filter(|row| row[0] == "Til utbetaling netto").collect();
    let settled: Vec<_> = story.shops.iter().flat_map(|shop| &shop.settled).collect();
    assert_eq!(totals.len(), settled.len());
    for (total, (settlement, _)) in totals.iter().zip(settled) {
        assert_eq!(total[10], settlement.number.to_string());
        assert_eq!(total[11], settlement.to.format("%d.%m.%Y").to_string());
        assert_eq!(minor(&total[12]), settlement.payout_minor);
        assert_eq!(total[13], "15039794613");
    }
}

#[test]
fn the_lines_of_a_classic_settlement_add_up_to_its_total() {
    let sheet = sheet(&Story::hostile(Language::English).written(Format::ClassicXlsx), "Rapport");
    let rows: Vec<Vec<String>> =
        sheet.rows().skip(8).map(|row| row.iter().map(cell_text).collect()).collect();
    let (mut gross, mut net) = (0, 0);
    for row in rows {
        if row[0] == "Til utbetaling netto" {
            let total = minor(&row[12]);
            assert!(total == gross || total == net, "{row:?}: {gross} {net}");
            (gross, net) = (0, 0);
        } else {
            gross += minor(&row[6]);
            net += minor(&row[8]);
        }
    }
}

#[test]
fn m26_the_xml_fulfils_the_identities_of_its_sums() {
    for story in [Story::september(Language::English), Story::hostile(Language::English)] {
        let xml = story.written(Format::ClassicXml);
        let told: Vec<_> = story.shops.iter().flat_map(|shop| &shop.settled).collect();
        let settlements = settlements(&xml);
        assert_eq!(settlements.len(), told.len());
        for ((sums, lines), (settlement, _)) in settlements.iter().zip(told) {
            let sum = |name: &str| -> i64 { lines.iter().map(|line| minor(&line[name])).sum() };
            let of = |name: &str| minor(&sums[name]);
            assert_eq!(of("CaptureSettlementAmount"), sum("TransactionCaptureAmount"));
            assert_eq!(of("RefundSettlementAmount"), sum("TransactionRefundAmount"));
            assert_eq!(of("FeeSettlementAmount"), sum("TransactionFeeAmount"));
            assert_eq!(of("GrossSettlementAmount"), sum("TransactionGrossAmount"));
            assert_eq!(of("NetSettlementAmount"), sum("TransactionNetAmount"));
            assert_eq!(
                of("GrossSettlementAmount"),
                of("CaptureSettlementAmount") + of("RefundSettlementAmount")
            );
            assert_eq!(of("NetSettlementAmount"), of("GrossSettlementAmount") - of("FeeSettlementAmount"));
            let settled = if sums["SettlementType"] == "Gross" { "Gross" } else { "Net" };
            assert_eq!(of("SettledAmount"), of(&format!("{settled}SettlementAmount")));
            assert_eq!(of("SettledAmount"), settlement.payout_minor);
            assert_eq!(sums["NumOfTransactions"], lines.len().to_string());
            for line in lines {
                assert!(line["TransactionID"].parse::<i64>().is_ok());
                let time = &line["TransactionTime"];
                assert_eq!(time.len(), "2026-09-01T12:00:00.007+02:00".len(), "{time}");
                assert!(time[..10] <= *sums["SettlementDate"], "{time}");
                assert!(
                    !line["TransactionRefundAmount"].starts_with("0.0")
                        || minor(&line["TransactionRefundAmount"]) == 0
                );
            }
        }
    }
}

#[test]
fn m28_fees_are_positive_in_xml_and_negative_in_the_workbook_and_the_csv() {
    let story = Story::september(Language::English);
    for (_, lines) in settlements(&story.written(Format::ClassicXml)) {
        assert!(lines.iter().all(|line| minor(&line["TransactionFeeAmount"]) >= 0));
        assert!(lines.iter().any(|line| minor(&line["TransactionFeeAmount"]) > 0));
    }
    let sheet = sheet(&story.written(Format::ClassicXlsx), "Rapport");
    for row in sheet.rows().skip(8).filter(|row| cell_text(&row[9]) == "Salg") {
        assert!(minor(&cell_text(&row[7])) < 0);
    }
    for row in csv_rows(&story.written(Format::ClassicCsv)) {
        let fee = match row[0].as_str() {
            "SettlementInfo" => &row[8],
            "TransactionInfo" => &row[10],
            _ => continue,
        };
        assert!(fee == "Fee" || minor(fee) <= 0, "{row:?}");
    }
}

#[test]
fn the_classic_csv_has_each_kind_of_record_below_its_header() {
    let story = Story::september(Language::English);
    let rows = csv_rows(&story.written(Format::ClassicCsv));
    assert_eq!(rows[0], ["OrganizationNumber", "MerchantName"]);
    assert_eq!(rows[1], ["918713867", "Fjordens Bakeri og Båtutleie AS"]);
    assert_eq!(rows[2].len(), 7);
    let firsts: Vec<&str> = rows.iter().map(|row| row[0].as_str()).collect();
    let mut kinds = firsts.clone();
    kinds.dedup();
    assert_eq!(kinds[4..], ["SettlementInfo", "FeeInfo", "TransactionInfo"]);
    assert_eq!(firsts.iter().filter(|kind| **kind == "FeeInfo").count(), 1);
    let settled: Vec<_> = story.shops.iter().flat_map(|shop| &shop.settled).collect();
    let infos: Vec<&Vec<String>> =
        rows.iter().filter(|row| row[0] == "SettlementInfo" && row[1] != "SalesUnitName").collect();
    assert_eq!(infos.len(), settled.len());
    for (info, (settlement, _)) in infos.iter().zip(&settled) {
        assert_eq!(minor(&info[6]), settlement.captures_minor);
        assert_eq!(minor(&info[8]), -settlement.fees_minor);
        assert_eq!(minor(&info[9]), settlement.refunds_minor);
        assert_eq!(minor(&info[10]), settlement.payout_minor);
        assert_eq!(info[11], settlement.transactions.to_string());
    }
    let told: Vec<_> = settled
        .iter()
        .flat_map(|(settlement, rows)| rows.iter().map(move |row| (settlement, row)))
        .filter(|(_, row)| matches!(row.kind, Kind::Capture | Kind::Refund))
        .collect();
    let lines: Vec<&Vec<String>> =
        rows.iter().filter(|row| row[0] == "TransactionInfo" && row[1] != "SalesDate").collect();
    assert_eq!(lines.len(), told.len());
    for (line, (settlement, row)) in lines.iter().zip(told) {
        assert_eq!(line[1], row.ledger_date.format("%d.%m.%Y").to_string());
        assert_eq!(line[4], row.transaction_id.to_string());
        assert_eq!(line[5], settlement.number.to_string());
        assert_eq!(line[6], row.reference);
        assert_eq!(minor(&line[8]) + minor(&line[11]), row.amount_minor);
        assert_eq!(minor(&line[10]), -row.fee_minor);
        assert_eq!(minor(&line[12]), row.amount_minor - row.fee_minor);
    }
}

#[test]
fn the_zip_holds_the_xml() {
    let story = Story::september(Language::English);
    let (name, content) = unzipped(&story.written(Format::ClassicXmlZip));
    assert_eq!(name, "settlement-report-2026-09-01-2026-09-30.xml");
    assert!(content == story.written(Format::ClassicXml));
}

#[test]
fn classic_files_are_the_same_in_every_language_but_the_pdf() {
    for format in [Format::ClassicXlsx, Format::ClassicCsv, Format::ClassicXml] {
        let english = Story::september(Language::English).written(format);
        assert!(english == Story::september(Language::Finnish).written(format), "{format:?}");
    }
}
