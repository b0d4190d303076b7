use std::io::Cursor;

use calamine::{Data, Reader as _, Xlsx};

use super::*;
use crate::fixture::{
    FOREIGN_MSN, Fixture, MSN, VM_MSN,
    files::{Record, elements, minor, naming, wanted},
};

/// The Monday on which the clock stands first, and the Friday of that week.
const WEEK: (&str, &str) = ("2090-03-06", "2090-03-10");

/// Two units of a merchant sell for five days and are paid out on four of them: on Wednesday more is paid back than is sold.
async fn sold() -> Fixture {
    let fixture = Fixture::start().await;
    fixture.follow(&[fixture.created("vm-1", ("Kari Nordmann", "4791238586", "Takk for maten"))]).await;
    fixture.capture(MSN, "order-1", 10_000).await;
    fixture.capture(MSN, "order-2", 3_333).await;
    fixture.capture(VM_MSN, "vm-1", 20_000).await;
    fixture.pass_days(1).await;
    fixture.refund(MSN, "order-1", 2_500).await;
    fixture.capture(MSN, "order-3", 50_000).await;
    fixture.refund(VM_MSN, "vm-1", 500).await;
    fixture.pass_days(1).await;
    fixture.refund(MSN, "order-3", 50_000).await;
    fixture.pass_days(1).await;
    fixture.capture(MSN, "order-4", 70_000).await;
    fixture.pass_days(1).await;
    fixture.capture(MSN, "order-5", 8_000).await;
    fixture.pass_days(1).await;
    fixture
}

fn book(bytes: Vec<u8>) -> Xlsx<Cursor<Vec<u8>>> {
    Xlsx::new(Cursor::new(bytes)).expect("a workbook")
}

fn sheet(book: &mut Xlsx<Cursor<Vec<u8>>>, name: &str) -> Vec<Vec<Data>> {
    let range = book.worksheet_range(name).unwrap_or_else(|error| panic!("{name}: {error}"));
    range.rows().map(<[Data]>::to_vec).collect()
}

/// What a reader sees in a cell; an amount with two decimals.
fn shown(cell: &Data) -> String {
    match cell {
        Data::Float(number) => format!("{number:.2}"),
        other => other.to_string(),
    }
}

#[tokio::test]
async fn a_report_read_back_is_the_ledger() {
    let fixture = sold().await;
    for msn in [MSN, VM_MSN] {
        let records = fixture.records(&wanted(&[msn], Format::SettlementCsv, WEEK)).await;
        let posted = fixture.posted(msn).await;
        let mut fees = posted.iter().filter(|one| one.entry_type == 3);
        let in_funds: Vec<_> = posted.iter().filter(|one| one.funds.is_some()).collect();
        assert_eq!(records.len(), in_funds.len(), "{msn}");
        for (record, posted) in records.iter().zip(in_funds) {
            assert_eq!(minor(&record["Amount"]).abs(), posted.amount_minor, "{record:?}");
            assert_eq!(Some(minor(&record["Balance"])), posted.funds, "{record:?}");
            assert_eq!(record["PSP reference"], posted.psp_reference);
            assert_eq!(record["Booking date"], posted.ledger_date.to_string());
            assert_eq!(record["MSN/Vipps number"], msn);
            let fee = if record["Type"] == "Capture" {
                let fee = fees.next().expect("a fee");
                assert_eq!(
                    (fee.psp_reference.as_str(), fee.number),
                    (posted.psp_reference.as_str(), posted.number + 1)
                );
                fee.amount_minor
            } else {
                0
            };
            assert_eq!(minor(&record["Fee"]), -fee, "{record:?}");
        }
        assert_eq!(fees.next(), None, "every fee is told of");
        let steps = records.windows(2).map(|pair| (&pair[0], &pair[1]));
        for (before, after) in steps {
            let balance = minor(&before["Balance"]) + minor(&after["Amount"]);
            assert_eq!(balance, minor(&after["Balance"]), "{after:?}");
        }
    }
}

#[tokio::test]
async fn the_same_report_has_the_same_bytes_whatever_happens_later() {
    let fixture = sold().await;
    let all = || Format::ALL.map(|format| naming(wanted(&[MSN, VM_MSN], format, WEEK)));
    let mut before = Vec::new();
    for wanted in all() {
        before.push(fixture.report(&wanted).await);
    }
    fixture.change_unit(MSN, |unit| unit.name = "Another name".to_owned());
    fixture.refund(MSN, "order-4", 70_000).await;
    fixture.capture(VM_MSN, "vm-2", 100).await;
    fixture.pass_days(40).await;
    for (wanted, before) in all().into_iter().zip(before) {
        assert!(fixture.report(&wanted).await == before, "{:?} is another one", wanted.format);
    }
}

#[tokio::test]
async fn m26_the_xml_of_a_ledger_fulfils_the_sum_identities() {
    let fixture = sold().await;
    let xml = fixture.report(&wanted(&[MSN, VM_MSN], Format::ClassicXml, WEEK)).await;
    let xml = String::from_utf8(xml).expect("UTF-8");
    let settlements = elements(&xml, "SettlementInfo");
    let payouts = [fixture.payouts(MSN).await, fixture.payouts(VM_MSN).await].concat();
    assert_eq!(settlements.len(), payouts.len());
    for (settlement, payout) in settlements.iter().zip(payouts) {
        let one = |name: &str| minor(&elements(settlement, name)[0]);
        let sum = |name: &str| elements(settlement, name).iter().map(|amount| minor(amount)).sum::<i64>();
        assert_eq!(elements(settlement, "SettlementID"), [payout.number.to_string()]);
        let (gross, net) = (one("GrossSettlementAmount"), one("NetSettlementAmount"));
        assert_eq!(gross, one("CaptureSettlementAmount") + one("RefundSettlementAmount"));
        assert_eq!(net, gross - one("FeeSettlementAmount"));
        assert_eq!(one("SettledAmount"), net);
        assert_eq!(net, payout.amount_minor, "{settlement}");
        for (whole, part) in [
            ("CaptureSettlementAmount", "TransactionCaptureAmount"),
            ("RefundSettlementAmount", "TransactionRefundAmount"),
            ("GrossSettlementAmount", "TransactionGrossAmount"),
            ("NetSettlementAmount", "TransactionNetAmount"),
            ("FeeSettlementAmount", "TransactionFeeAmount"),
        ] {
            assert_eq!(one(whole), sum(part), "{whole}: {settlement}");
        }
    }
}

#[tokio::test]
async fn m27_the_classic_sheet_of_a_ledger_has_14_columns_and_17_with_those_who_paid() {
    let fixture = sold().await;
    let plain = wanted(&[VM_MSN], Format::ClassicXlsx, WEEK);
    let widths = [(plain.clone(), 14), (naming(plain), 17)];
    for (wanted, width) in widths {
        let rows = sheet(&mut book(fixture.report(&wanted).await), "Rapport");
        let labels = rows.iter().find(|row| shown(&row[0]) == "Salgsdato").expect("labels");
        assert_eq!(labels.iter().filter(|cell| **cell != Data::Empty).count(), width);
        let names = rows.iter().flatten().filter(|cell| shown(cell) == "Nordmann").count();
        assert_eq!(names, usize::from(width == 17));
    }
}

#[tokio::test]
async fn m28_fees_are_positive_in_xml_and_negative_everywhere_else() {
    let fixture = sold().await;
    let xml = fixture.report(&wanted(&[MSN], Format::ClassicXml, WEEK)).await;
    let xml = String::from_utf8(xml).expect("UTF-8");
    let fees: i64 = elements(&xml, "TransactionFeeAmount").iter().map(|amount| minor(amount)).sum();
    let charged: i64 =
        fixture.posted(MSN).await.iter().filter(|one| one.entry_type == 3).map(|one| one.amount_minor).sum();
    assert!(charged > 0);
    assert_eq!(fees, charged);
    let records = fixture.records(&wanted(&[MSN], Format::SettlementCsv, WEEK)).await;
    assert_eq!(records.iter().map(|record| minor(&record["Fee"])).sum::<i64>(), -charged);
    let rows = sheet(&mut book(fixture.report(&wanted(&[MSN], Format::ClassicXlsx, WEEK)).await), "Rapport");
    let told: i64 = rows.iter().filter_map(|row| shown(row.get(7)?).parse::<f64>().ok()).map(minor_of).sum();
    assert_eq!(told, -charged);
}

fn minor_of(amount: f64) -> i64 {
    minor(&format!("{amount:.2}"))
}

#[tokio::test]
async fn m30_the_table_of_details_is_the_same_as_a_file_and_as_a_sheet() {
    let fixture = sold().await;
    let records = fixture.records(&naming(wanted(&[MSN, VM_MSN], Format::SettlementCsv, WEEK))).await;
    let book_bytes = fixture.report(&naming(wanted(&[MSN, VM_MSN], Format::SettlementXlsx, WEEK))).await;
    let rows = sheet(&mut book(book_bytes), "Details");
    let labels: Vec<String> = rows[0].iter().map(shown).collect();
    assert_eq!(rows.len() - 1, records.len());
    for (row, record) in rows[1..].iter().zip(&records) {
        for (label, cell) in labels.iter().zip(row) {
            let number = matches!(cell, Data::Float(_)) && label == "Payout number";
            let shown = if number { shown(cell).replace(".00", "") } else { shown(cell) };
            assert_eq!(shown, record[label], "{label}");
        }
    }
}

#[tokio::test]
async fn m31_what_the_summary_pays_out_is_what_left_the_ledger() {
    let fixture = sold().await;
    let rows =
        sheet(&mut book(fixture.report(&wanted(&[MSN], Format::SettlementXlsx, WEEK)).await), "Summary");
    let labels: Vec<String> = rows[0].iter().map(shown).collect();
    let at = |label: &str| labels.iter().position(|one| one == label).expect("a column");
    let (payout, date) = (at("Payout"), at("Booking date"));
    let days = rows[1..].iter().filter(|row| shown(&row[date]).starts_with("2090-"));
    let paid: i64 = days.map(|row| minor(&shown(&row[payout]))).sum();
    let scheduled = fixture.records(&wanted(&[MSN], Format::SettlementCsv, WEEK)).await;
    let scheduled: i64 = scheduled
        .iter()
        .filter(|record| record["Type"] == "Payout scheduled")
        .map(|record| minor(&record["Amount"]))
        .sum();
    assert!(paid > 0);
    assert_eq!(paid, -scheduled);
}

#[tokio::test]
async fn those_who_paid_are_named_only_where_it_was_asked_for_and_only_of_vm_numbers() {
    let fixture = sold().await;
    let named = |records: &[Record]| {
        let who = |record: &Record| {
            let name = record.get("Customer name")?;
            Some((record["MSN/Vipps number"].clone(), name.clone(), record["Message"].clone()))
        };
        records.iter().filter_map(who).filter(|(_, name, _)| !name.is_empty()).collect::<Vec<_>>()
    };
    let plain = wanted(&[MSN, VM_MSN], Format::SettlementCsv, WEEK);
    assert_eq!(named(&fixture.records(&plain).await), []);
    let told = fixture.records(&naming(plain)).await;
    let kari = (VM_MSN.to_owned(), "Kari Nordmann".to_owned(), "Takk for maten".to_owned());
    assert_eq!(named(&told), [kari.clone(), kari]);
    for format in [Format::PeriodPdf, Format::ClassicCsv, Format::ClassicXml, Format::ClassicPdf] {
        let plain = wanted(&[VM_MSN], format, WEEK);
        let told = fixture.report(&naming(plain.clone())).await;
        assert!(told == fixture.report(&plain).await, "{format:?} names somebody");
    }
}

#[tokio::test]
async fn m32_a_charge_is_called_what_its_merchant_calls_it_or_else_by_its_order_or_the_id_made_for_it() {
    let (fixture, paid_out) = (Fixture::start().await, format!("Utb. 2000001 Vippsnr {MSN}"));
    let named = fixture.charged(MSN, "order-32", "subscription 32, May");
    // The reference of a charge is its order id, or where it has none, the id that was made for it.
    fixture
        .follow(&[named, fixture.charged(MSN, "order-33", ""), fixture.charged(MSN, "chr-X2ZsGpq", "")])
        .await;
    // Nothing but a payment is taken for the charge, whatever text it bears.
    fixture.follow(&[fixture.charged(MSN, &paid_out, "not a payout")]).await;
    for reference in ["order-32", "order-33", "chr-X2ZsGpq"] {
        fixture.capture(MSN, reference, 10_000).await;
    }
    fixture.refund(MSN, "order-32", 2_000).await;
    fixture.pass_days(1).await;
    let expected = ["subscription 32, May", "order-33", "chr-X2ZsGpq", "subscription 32, May", "", &paid_out];
    let records = fixture.records(&wanted(&[MSN], Format::SettlementCsv, WEEK)).await;
    let told: Vec<_> = records.iter().map(|record| record["Order ID/Reference"].as_str()).collect();
    assert_eq!(told, expected);
    let bytes = fixture.report(&wanted(&[MSN], Format::ClassicXml, WEEK)).await;
    let told = elements(std::str::from_utf8(&bytes).expect("text"), "OrderID");
    assert_eq!(told, expected[..4]);
    // The ledger keeps the reference, under which the charge is disputed and paid back.
    let kept = "SELECT string_agg(reference, ';' ORDER BY number) FROM transfers WHERE entry_type IN (1, 2)";
    assert_eq!(fixture.scalar::<String>(kept).await, "order-32;order-33;chr-X2ZsGpq;order-32");
}

#[tokio::test]
async fn the_classic_formats_tell_settlements_whole_and_the_others_dates() {
    let fixture = sold().await;
    // Wednesday's loss is in the payout of Thursday.
    let thursday = ("2090-03-09", "2090-03-09");
    let payout =
        fixture.payouts(MSN).await.into_iter().find(|one| one.to == thursday.1.parse().expect("a date"));
    let payout = payout.expect("a payout of Thursday");
    assert_eq!(payout.from.to_string(), "2090-03-08");
    let xml = fixture.report(&wanted(&[MSN], Format::ClassicXml, thursday)).await;
    let xml = String::from_utf8(xml).expect("UTF-8");
    assert!(xml.contains("order-3") && xml.contains("order-4"), "{xml}");
    assert_eq!(elements(&xml, "SettlementID"), [payout.number.to_string()]);
    let dates = |records: Vec<Record>| {
        let dates: std::collections::BTreeSet<_> =
            records.into_iter().map(|record| record["Booking date"].clone()).collect();
        dates.into_iter().collect::<Vec<_>>()
    };
    let current = wanted(&[MSN], Format::SettlementCsv, thursday);
    assert_eq!(dates(fixture.records(&current).await), ["2090-03-09"]);
    // A date without a payout is told of too.
    let until = wanted(&[MSN], Format::SettlementCsv, ("2090-03-07", "2090-03-08"));
    assert_eq!(dates(fixture.records(&until).await), ["2090-03-07", "2090-03-08"]);
    // A unit without a settlement is not in the classic ones at all.
    let both = fixture.report(&wanted(&[MSN, VM_MSN], Format::ClassicXml, thursday)).await;
    assert_eq!(elements(&String::from_utf8(both).expect("UTF-8"), "SerialNumber"), [MSN]);
}

#[tokio::test]
async fn a_unit_is_called_what_it_was_called_when_it_was_paid_out() {
    let fixture = Fixture::start().await;
    fixture.capture(MSN, "order-1", 10_000).await;
    fixture.pass_days(1).await;
    fixture.change_unit(MSN, |unit| unit.name = "=cmd|' /C calc'!A0".to_owned());
    fixture.capture(MSN, "order-2", 10_000).await;
    fixture.pass_days(1).await;
    let name = |records: Vec<Record>| records[0]["Sales unit"].clone();
    let monday = wanted(&[MSN], Format::SettlementCsv, ("2090-03-06", "2090-03-06"));
    assert_eq!(name(fixture.records(&monday).await), format!("Shop {MSN}"));
    let tuesday = wanted(&[MSN], Format::SettlementCsv, ("2090-03-07", "2090-03-07"));
    let name = name(fixture.records(&tuesday).await);
    assert!(!name.starts_with('=') && name.contains("cmd|"), "{name}");
    // A unit that has had no payout yet has a number and no name.
    fixture.refund(FOREIGN_MSN, "order-9", 500).await;
    fixture.pass_days(1).await;
    let both = wanted(&[MSN, FOREIGN_MSN], Format::SettlementCsv, ("2090-03-06", "2090-03-08"));
    let records = fixture.records(&both).await;
    let foreign: Vec<_> = records.iter().filter(|one| one["MSN/Vipps number"] == FOREIGN_MSN).collect();
    assert_eq!(foreign.len(), 1);
    assert_eq!(foreign[0]["Sales unit"], FOREIGN_MSN);
}

#[tokio::test]
async fn more_lines_than_a_page_has_are_all_told() {
    let fixture = Fixture::start().await;
    let events: Vec<_> =
        (0..1_700).map(|at| fixture.captured(MSN, &format!("order-{at:06}"), 100, fixture.now())).collect();
    for batch in events.chunks(500) {
        fixture.follow(batch).await;
    }
    fixture.pass_days(1).await;
    let records = fixture.records(&wanted(&[MSN], Format::SettlementCsv, (WEEK.0, WEEK.0))).await;
    let captures: Vec<_> = records.iter().filter(|one| one["Type"] == "Capture").collect();
    assert_eq!(captures.len(), 1_700);
    assert!(captures.iter().all(|one| one["Fee"] == "-0.04"));
    let mut references: Vec<_> = captures.iter().map(|one| one["Order ID/Reference"].clone()).collect();
    references.sort();
    references.dedup();
    assert_eq!(references.len(), 1_700);
}
