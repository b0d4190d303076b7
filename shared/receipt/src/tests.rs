use super::*;

fn line() -> OrderLine {
    OrderLine {
        name: "Socks".to_owned(),
        id: "1".to_owned(),
        total_amount_minor: 100,
        total_amount_excluding_tax_minor: 80,
        total_tax_amount_minor: 20,
        tax_rate: Some(2_500),
        unit_info: None,
        discount_minor: None,
        product_url: None,
        is_return: false,
        is_shipping: false,
    }
}

fn unit() -> UnitInfo {
    UnitInfo {
        unit_price_minor: Some(0),
        quantity: Some("1".to_owned()),
        quantity_unit: Some("PCS".to_owned()),
    }
}

fn foot() -> BottomLine {
    BottomLine {
        currency: Currency::Nok,
        tip_amount_minor: None,
        pos_id: None,
        receipt_number: None,
        payment_sources_minor: BTreeMap::new(),
        barcode_format: None,
        barcode_data: None,
    }
}

fn of(line: OrderLine, foot: BottomLine) -> Receipt {
    Receipt { order_lines: vec![line], bottom_line: Some(foot) }
}

fn paths(receipt: &Receipt, path: &str) -> Vec<String> {
    receipt.violations(path).into_iter().map(|(path, _)| path).collect()
}

#[test]
fn every_broken_rule_is_named_with_its_path() {
    let unit = UnitInfo {
        unit_price_minor: Some(-1),
        quantity: Some("1,5".to_owned()),
        quantity_unit: Some("YARD".to_owned()),
    };
    let broken = OrderLine {
        name: String::new(),
        tax_rate: Some(10_001),
        discount_minor: Some(-1),
        product_url: Some("x".repeat(MOST_TEXT_CHARS + 1)),
        unit_info: Some(unit),
        ..line()
    };
    let receipt = Receipt { order_lines: vec![line(), broken], bottom_line: None };
    let expected = [
        "orderLines[1].name",
        "orderLines[1].taxRate",
        "orderLines[1].discount",
        "orderLines[1].productUrl",
        "orderLines[1].unitInfo.unitPrice",
        "orderLines[1].unitInfo.quantity",
        "orderLines[1].unitInfo.quantityUnit",
        "bottomLine",
    ];
    assert_eq!(paths(&receipt, ""), expected);
    assert_eq!(paths(&receipt, "receipt"), expected.map(|path| format!("receipt.{path}")));
}

#[test]
fn the_foot_is_judged_too() {
    let foot = BottomLine {
        tip_amount_minor: Some(-1),
        pos_id: Some("a\0b".to_owned()),
        receipt_number: Some("x".repeat(MOST_TEXT_CHARS + 1)),
        payment_sources_minor: BTreeMap::from([("cheque".to_owned(), 1)]),
        barcode_format: Some("QR".to_owned()),
        barcode_data: Some("\0".to_owned()),
        ..foot()
    };
    let expected =
        ["tipAmount", "posId", "receiptNumber", "paymentSources", "barcode.format", "barcode.data"]
            .map(|field| format!("bottomLine.{field}"));
    assert_eq!(paths(&of(line(), foot), ""), expected);
}

#[test]
fn what_a_receipt_may_hold_it_may_hold() {
    let whole = OrderLine {
        total_amount_minor: -100,
        tax_rate: Some(0),
        unit_info: Some(unit()),
        discount_minor: Some(0),
        product_url: Some("https://shop.example/socks".to_owned()),
        is_return: true,
        ..line()
    };
    let foot = BottomLine {
        tip_amount_minor: Some(0),
        payment_sources_minor: BTreeMap::from([("giftCard".to_owned(), -5), ("cash".to_owned(), 0)]),
        barcode_format: Some("CODE 39".to_owned()),
        barcode_data: Some("SC0527013501 ".to_owned()),
        ..foot()
    };
    for receipt in [of(whole, foot.clone()), of(OrderLine { tax_rate: None, ..line() }, foot)] {
        assert_eq!(receipt.violations(""), []);
    }
}

#[test]
fn a_receipt_has_at_least_one_line_and_at_most_a_thousand() {
    for (lines, broken) in [(0, true), (1, false), (MOST_LINES, false), (MOST_LINES + 1, true)] {
        let receipt = Receipt { order_lines: vec![line(); lines], bottom_line: Some(foot()) };
        assert_eq!(paths(&receipt, ""), if broken { vec!["orderLines"] } else { vec![] }, "{lines}");
    }
}

#[test]
fn a_quantity_is_a_short_decimal() {
    for (text, valid) in [
        ("1", true),
        ("1.5", true),
        ("1.12345678", true),
        ("1.123456789", false),
        ("12345678901", false),
        (".5", false),
        ("1.", false),
        ("", false),
        ("1.5.5", false),
        ("-1", false),
        ("１", false),
    ] {
        let unit = UnitInfo { quantity: Some(text.to_owned()), ..unit() };
        let receipt = of(OrderLine { unit_info: Some(unit), ..line() }, foot());
        assert_eq!(receipt.violations("").is_empty(), valid, "{text}");
    }
}

#[test]
fn a_receipt_that_is_stored_is_read_back_as_it_was() {
    let receipt = of(OrderLine { unit_info: Some(unit()), ..line() }, foot());
    let stored = serde_json::to_string(&receipt).unwrap();
    assert_eq!(serde_json::from_str::<Receipt>(&stored).unwrap(), receipt);
    let least = r#"{"order_lines":[{"name":"a","id":"b","total_amount_minor":1,"total_amount_excluding_tax_minor":1,
        "total_tax_amount_minor":0,"is_return":false,"is_shipping":false}],"bottom_line":{"currency":"EUR"}}"#;
    let read: Receipt = serde_json::from_str(least).unwrap();
    assert_eq!(read.violations(""), []);
}

#[test]
fn the_character_nul_is_found_wherever_it_stands() {
    let nul = || "a\0b".to_owned();
    let whole = of(OrderLine { unit_info: Some(unit()), ..line() }, foot());
    assert!(!whole.holds_nul());
    let lines = [
        OrderLine { name: nul(), ..line() },
        OrderLine { id: nul(), ..line() },
        OrderLine { product_url: Some(nul()), ..line() },
        OrderLine { unit_info: Some(UnitInfo { quantity: Some(nul()), ..unit() }), ..line() },
        OrderLine { unit_info: Some(UnitInfo { quantity_unit: Some(nul()), ..unit() }), ..line() },
    ];
    let feet = [
        BottomLine { pos_id: Some(nul()), ..foot() },
        BottomLine { receipt_number: Some(nul()), ..foot() },
        BottomLine { barcode_format: Some(nul()), ..foot() },
        BottomLine { barcode_data: Some(nul()), ..foot() },
        BottomLine { payment_sources_minor: BTreeMap::from([(nul(), 1)]), ..foot() },
    ];
    let lines = lines.into_iter().map(|line| of(line, foot()));
    for receipt in lines.chain(feet.into_iter().map(|foot| of(line(), foot))) {
        assert!(receipt.holds_nul() && !receipt.violations("").is_empty(), "{receipt:?}");
    }
}
