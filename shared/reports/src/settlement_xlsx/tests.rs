use std::{
    io::Cursor,
    sync::{Arc, Mutex},
};

use calamine::{Data, Reader, Xlsx};
use chrono::{DateTime, NaiveDate};
use kvitt_primitives::{Currency, Market};

use super::*;
use crate::{Kind, Language};

#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn head() -> Head {
    let date = NaiveDate::from_ymd_opt(2026, 9, 1).expect("a date");
    Head {
        organization_name: "Butikk AS".to_owned(),
        organization_number: "918713867".to_owned(),
        from: date,
        to: date,
        language: Language::English,
        personal: false,
    }
}

fn unit() -> Unit {
    Unit {
        msn: "310000".to_owned(),
        ledger_id: "31000001".to_owned(),
        name: "Butikk".to_owned(),
        product: "Vipps Netthandel".to_owned(),
        market: Market::No,
        currency: Currency::Nok,
        gross: false,
        account_id: "15039794613".to_owned(),
        organization_name: "Butikk AS".to_owned(),
        organization_number: "918713867".to_owned(),
        address: String::new(),
        post_code: String::new(),
        city: String::new(),
        country_code: "NO".to_owned(),
    }
}

#[test]
fn a_sheet_that_is_full_goes_on_in_the_next() {
    let kept = Kept::default();
    let book = Book::new("Settlement report", &head()).with_rows(4);
    let mut report = SettlementXlsx::in_book(head(), Box::new(kept.clone()), book).unwrap();
    report.unit(&unit()).unwrap();
    for amount in 1..=7 {
        let row = Row {
            kind: Kind::Capture,
            time: DateTime::from_timestamp(1_788_300_000, 0).expect("a time"),
            ledger_date: head().from,
            psp_reference: String::new(),
            reference: String::new(),
            transaction_id: amount,
            amount_minor: amount,
            balance_after_minor: 0,
            fee_minor: 0,
            payout_number: None,
            personal: None,
        };
        report.row(&row).unwrap();
    }
    Box::new(report).finish().unwrap();

    let bytes = kept.0.lock().unwrap().clone();
    let mut book = Xlsx::new(Cursor::new(bytes)).unwrap();
    assert_eq!(book.sheet_names(), ["Summary", "Details", "Details 2", "Details 3"]);
    let mut amounts = Vec::new();
    for name in ["Details", "Details 2", "Details 3"] {
        let sheet = book.worksheet_range(name).unwrap();
        assert_eq!(sheet.get((0, 7)), Some(&Data::String("Amount".to_owned())));
        amounts.extend(sheet.rows().skip(1).map(|row| row[7].clone()));
    }
    let expected: Vec<_> = [0.01, 0.02, 0.03, 0.04, 0.05, 0.06, 0.07].map(Data::Float).to_vec();
    assert_eq!(amounts, expected);
}
