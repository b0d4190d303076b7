//! What is read from the wire, and what is refused.

use chrono::NaiveDate;
use kvitt_primitives::{Currency, Market};
use kvitt_proto::refusal::field_violations_of;

use super::*;
use crate::domain::LedgerId;

fn ledger() -> Readable {
    Readable {
        id: LedgerId::of("123456".parse().expect("an MSN")),
        market: Market::No,
        currency: Currency::Nok,
        vm_number: false,
    }
}

fn named(status: &Status) -> Vec<String> {
    field_violations_of(status).into_iter().map(|violation| violation.field).collect()
}

fn date(text: &str) -> NaiveDate {
    text.parse().expect("a date")
}

#[test]
fn a_date_has_exactly_ten_characters() {
    let read = |text: &str| Fields::default().date("ledgerDate", text);
    assert_eq!(read("2026-11-22"), Some(date("2026-11-22")));
    for text in [
        "",
        "2026-11-2",
        "2026-11-31",
        "02026-11-1",
        "+2026-11-1",
        "2026-11-022",
        "2026/11/22",
        "２026-11-22",
    ] {
        assert_eq!(read(text), None, "{text}");
    }
}

#[test]
fn a_percentage_has_at_most_four_decimals_and_is_at_most_100() {
    let table = [
        ("", Some("0")),
        ("0", Some("0")),
        ("2.99", Some("2.99")),
        ("100", Some("100")),
        ("100.0000", Some("100.0000")),
        ("007.1", Some("7.1")),
        ("100.0001", None),
        ("1.23456", None),
        (".5", None),
        ("5.", None),
        ("-1", None),
        ("+1", None),
        ("1e1", None),
        ("1,5", None),
        (" 1", None),
        ("1000", None),
        ("٣", None),
    ];
    for (text, expected) in table {
        assert_eq!(percentage(text).map(|number| number.to_string()).as_deref(), expected, "{text:?}");
    }
}

#[test]
fn a_cursor_is_of_its_own_ledger_stream_and_date() {
    let (ledger, day) = (ledger(), date("2026-11-22"));
    let cursor = |topic, date| Cursor { ledger: ledger.id.clone(), topic, date, seq: 7 }.to_string();
    let place = |text: &str, topic, date| Fields::default().place(text, (&ledger, topic, date));
    assert_eq!(place("", Topic::Funds, None), Some(0));
    assert_eq!(place(&cursor(Topic::Funds, None), Topic::Funds, None), Some(7));
    assert_eq!(place(&cursor(Topic::Fees, Some(day)), Topic::Fees, Some(day)), Some(7));
    assert_eq!(place(&cursor(Topic::Fees, None), Topic::Funds, None), None);
    assert_eq!(place(&cursor(Topic::Funds, Some(day)), Topic::Funds, None), None);
    assert_eq!(place(&cursor(Topic::Funds, Some(day)), Topic::Funds, day.succ_opt()), None);
    let other = LedgerId::of("654321".parse().expect("an MSN"));
    let foreign = Cursor { ledger: other, topic: Topic::Funds, date: None, seq: 7 }.to_string();
    assert_eq!(place(&foreign, Topic::Funds, None), None);
    assert_eq!(place("nonsense", Topic::Funds, None), None);
}

#[test]
fn what_is_left_of_a_list_of_transactions_reads_back_for_its_own_ledger() {
    let given = Rest { after: (date("2026-11-22"), 1_234), to: date("2026-12-31") };
    let token = rest_token(&ledger(), &given);
    assert_eq!(rest(&token, &ledger()), Some(given));
    let other = Readable { id: LedgerId::of("654321".parse().expect("an MSN")), ..ledger() };
    assert_eq!(rest(&token, &other), None);
    for place in [
        "",
        "12345601",
        "12345601 2026-11-22 1",
        "12345601 x 1 2026-11-22",
        "12345601 2026-11-22 x 2026-11-22",
    ] {
        assert_eq!(rest(&page_token::seal(List::Transactions, place), &ledger()), None, "{place}");
    }
}

#[test]
fn transactions_are_of_a_date_of_a_range_or_of_a_payout() {
    let asked = |change: fn(&mut ListTransactionsRequest)| {
        let mut request = ListTransactionsRequest::default();
        change(&mut request);
        transactions(&request, &ledger()).map(|(dates, _)| dates).map_err(|status| named(&status))
    };
    let between = |from: Option<&str>, to: Option<&str>, since_payout| {
        Ok(Dates::Between { from: from.map(date), to: to.map(date), since_payout })
    };
    assert_eq!(asked(|_| {}), between(None, None, None));
    let one = Some("2026-11-22");
    assert_eq!(asked(|request| request.ledger_date = "2026-11-22".into()), between(one, one, None));
    assert_eq!(asked(|request| request.in_payout = 2_000_001), Ok(Dates::InPayout(2_000_001)));
    assert_eq!(asked(|request| request.since_payout = 2_000_001), between(None, None, Some(2_000_001)));
    let to = |request: &mut ListTransactionsRequest| {
        request.since_payout = 2_000_001;
        request.to_ledger_date = "2026-11-22".into();
    };
    assert_eq!(asked(to), between(None, one, Some(2_000_001)));
    let reversed = |request: &mut ListTransactionsRequest| {
        request.from_ledger_date = "2026-11-22".into();
        request.to_ledger_date = "2026-11-21".into();
    };
    assert_eq!(asked(reversed), Err(vec!["toLedgerDate".to_owned()]));
    let both = |request: &mut ListTransactionsRequest| {
        request.ledger_date = "2026-11-22".into();
        request.in_payout = 2_000_001;
    };
    assert_eq!(asked(both), Err(vec!["ledgerDate".to_owned()]));
    let sizes = [(0, true), (1, true), (1000, true), (1001, false), (-1, false)];
    for (page_size, fits) in sizes {
        let request = ListTransactionsRequest { page_size, ..Default::default() };
        assert_eq!(transactions(&request, &ledger()).is_ok(), fits, "{page_size}");
    }
}

#[test]
fn an_agreement_names_every_field_that_is_broken() {
    let whole = v1::Agreement {
        product: "Vipps Netthandel".to_owned(),
        percentage: "2.99".to_owned(),
        fixed_minor: 1_000_000,
        minimum_minor: 1,
        reserve_minor: 100_000_000_000,
        payout_delay_days: 30,
        cut_off_minutes: 720,
        ..Default::default()
    };
    let read = agreement(whole).expect("it is in order");
    assert_eq!((read.percentage.to_string().as_str(), read.cut_off_minutes), ("2.99", 720));
    assert_eq!(agreement(v1::Agreement::default()).expect("it is in order"), Agreement::default());
    let broken = v1::Agreement {
        product: "x".repeat(51),
        percentage: "x".to_owned(),
        fixed_minor: -1,
        minimum_minor: 1_000_001,
        reserve_minor: i64::MAX,
        payout_delay_days: 31,
        cut_off_minutes: -1,
        ..Default::default()
    };
    let mut named = named(&agreement(broken).expect_err("all of it is broken"));
    named.sort();
    let all = [
        "cutOffMinutes",
        "fixedMinor",
        "minimumMinor",
        "payoutDelayDays",
        "percentage",
        "product",
        "reserveMinor",
    ];
    assert_eq!(named, all);
}
