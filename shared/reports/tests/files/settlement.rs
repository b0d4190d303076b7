//! The current formats.

use chrono_tz::Europe;
use kvitt_primitives::Market;
use kvitt_reports::{Format, Kind, Language, Row};

use crate::{
    cell_text, csv_rows, sheet,
    story::{Shop, Story, date, head, unit},
};

fn minor(minor: i64) -> String {
    let sign = if minor < 0 { "-" } else { "" };
    format!("{sign}{}.{:02}", minor.unsigned_abs() / 100, minor.unsigned_abs() % 100)
}

fn rows_of(shop: &Shop) -> impl Iterator<Item = &Row> {
    shop.settled.iter().flat_map(|(_, rows)| rows).chain(&shop.unsettled)
}

#[test]
fn the_details_hold_every_entry_as_it_was_told() {
    let story = Story::september(Language::English);
    let rows = csv_rows(&story.written(Format::SettlementCsv));
    let header = [
        "Sales unit",
        "MSN/Vipps number",
        "Country",
        "Payment solution",
        "Time",
        "Booking date",
        "Type",
        "Amount",
        "Balance",
        "Fee",
        "Net amount",
        "Currency",
        "Category",
        "PSP reference",
        "Order ID/Reference",
        "Payout number",
    ];
    assert_eq!(rows[0], header);
    let told: Vec<Vec<String>> = story
        .shops
        .iter()
        .flat_map(|shop| rows_of(shop).map(move |row| (shop, row)))
        .map(|(shop, row)| {
            let (kind, category) = match row.kind {
                Kind::Capture => ("Capture", "Captures"),
                Kind::Refund => ("Refund", "Refunds"),
                Kind::FeesRetained => ("Fees retained", "Fees"),
                Kind::PayoutScheduled => ("Payout scheduled", "Payouts"),
                other => panic!("September has no {other:?}"),
            };
            vec![
                shop.unit.name.clone(),
                shop.unit.msn.clone(),
                "NO".to_owned(),
                "Vipps Netthandel".to_owned(),
                row.time.with_timezone(&Europe::Oslo).format("%Y-%m-%d %H:%M:%S").to_string(),
                row.ledger_date.to_string(),
                kind.to_owned(),
                minor(row.amount_minor),
                minor(row.balance_after_minor),
                minor(-row.fee_minor),
                minor(row.amount_minor - row.fee_minor),
                "NOK".to_owned(),
                category.to_owned(),
                row.psp_reference.clone(),
                row.reference.clone(),
                row.payout_number.map_or_else(String::new, |number| number.to_string()),
            ]
        })
        .collect();
    assert_eq!(rows[1..], told);
}

#[test]
fn m30_the_csv_and_the_sheet_have_the_same_rows() {
    for mut story in [Story::september(Language::Finnish), Story::hostile(Language::Danish)] {
        for personal in [false, true] {
            story.head.personal = personal;
            let csv = csv_rows(&story.written(Format::SettlementCsv));
            let sheet = sheet(&story.written(Format::SettlementXlsx), "Details");
            let last = csv[0].len() - 1;
            let rows: Vec<Vec<String>> = sheet
                .rows()
                .map(|row| {
                    let mut row: Vec<String> = row.iter().map(cell_text).collect();
                    // A payout's number is whole.
                    row[last] = row[last].trim_end_matches(".00").to_owned();
                    row
                })
                .collect();
            assert_eq!(rows, csv);
        }
    }
}

#[test]
fn m28_fees_are_negative_in_the_details() {
    let rows = csv_rows(&Story::september(Language::English).written(Format::SettlementCsv));
    for row in rows.iter().filter(|row| row[6] == "Capture") {
        assert!(row[9].starts_with('-'), "{row:?}");
    }
}

#[test]
fn m31_the_payouts_of_the_summary_are_those_that_were_scheduled() {
    let story = Story::september(Language::English);
    let summary = sheet(&story.written(Format::SettlementXlsx), "Summary");
    let rows: Vec<Vec<String>> = summary.rows().map(|row| row.iter().map(cell_text).collect()).collect();
    assert_eq!(rows[0][..3], ["Sales unit", "MSN", "Booking date"]);
    assert_eq!(rows[0][10..], ["Payout account", "Payout reference", "Scheduled payout date"]);
    let scheduled: Vec<String> = story
        .shops
        .iter()
        .flat_map(rows_of)
        .filter(|row| row.kind == Kind::PayoutScheduled)
        .map(|row| minor(-row.amount_minor))
        .collect();
    let told: Vec<String> =
        rows[1..rows.len() - 1].iter().map(|row| row[7].clone()).filter(|payout| payout != "0.00").collect();
    assert_eq!(told, scheduled);
    let total: i64 = story
        .shops
        .iter()
        .flat_map(rows_of)
        .filter(|row| row.kind == Kind::PayoutScheduled)
        .map(|row| -row.amount_minor)
        .sum();
    let last = rows.last().expect("a total");
    assert_eq!((last[0].as_str(), last[7].clone()), ("Total", minor(total)));
}

#[test]
fn the_summary_adds_up_each_day() {
    let story = Story::september(Language::English);
    let summary = sheet(&story.written(Format::SettlementXlsx), "Summary");
    let amount = |cell| cell_text(cell).replace('.', "").parse::<i64>().expect("an amount");
    let mut before = 0;
    for row in summary.rows().skip(1) {
        if cell_text(&row[0]) == "Total" {
            break;
        }
        let [captures, refunds, fees, other, payout, left] = [3, 4, 5, 6, 7, 8].map(|at| amount(&row[at]));
        assert_eq!(before + captures + refunds + fees + other - payout, left, "{row:?}");
        assert_eq!(row[9].to_string(), "Retained");
        assert_eq!(row[11].to_string().starts_with("Utb. "), payout > 0);
        // The second shop begins with nothing, and the first ends with something.
        before = if cell_text(&row[2]) == "2026-09-30" { 0 } else { left };
    }
}

#[test]
fn two_currencies_never_meet_in_a_sum() {
    let from = date(2026, 9, 1);
    let mut story = Story { head: head(from, 5, Language::English), shops: Vec::new() };
    for (msn, market) in [("310001", Market::No), ("310002", Market::Fi)] {
        let mut shop = Shop::new(unit(msn, "Kiosk", market));
        shop.sell(from, 5, 3);
        story.shops.push(shop);
    }
    let summary = sheet(&story.written(Format::SettlementXlsx), "Summary");
    let labels: Vec<String> =
        summary.rows().map(|row| row[0].to_string()).filter(|text| text.starts_with("Total")).collect();
    assert_eq!(labels, ["Total EUR", "Total NOK"]);
}

#[test]
fn where_a_shop_sells_decides_its_time_and_what_its_number_is_called() {
    let from = date(2026, 9, 1);
    let mut shop = Shop::new(unit("310001", "Kioski", Market::Fi));
    shop.sell(from, 2, 3);
    let row_time = shop.settled[0].1[0].time;
    let story = Story { head: head(from, 2, Language::Finnish), shops: vec![shop] };
    let rows = csv_rows(&story.written(Format::SettlementCsv));
    assert_eq!(rows[0][1], "MSN/MobilePay-numero");
    assert_eq!(rows[1][4], row_time.with_timezone(&Europe::Helsinki).format("%Y-%m-%d %H:%M:%S").to_string());
}

#[test]
fn every_language_has_its_own_labels() {
    let mut seen = std::collections::BTreeSet::new();
    for language in Language::ALL {
        let story = Story::september(language);
        assert!(seen.insert(csv_rows(&story.written(Format::SettlementCsv))[0].clone()), "{language:?}");
    }
}
