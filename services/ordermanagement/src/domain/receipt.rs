//! What is asked of a receipt here beyond what is asked of every receipt.

use kvitt_primitives::Currency;
use kvitt_receipt::{Receipt, Violation};

/// Those that upstream keeps receipts in.
const CURRENCIES: [Currency; 3] = [Currency::Nok, Currency::Dkk, Currency::Eur];

/// Every broken rule of a receipt that is sent by itself.
pub(crate) fn violations(receipt: &Receipt) -> Vec<Violation> {
    let mut found = receipt.violations("receipt");
    for (index, line) in receipt.order_lines.iter().enumerate() {
        let Some(unit) = &line.unit_info else { continue };
        let path = |field: &str| format!("receipt.orderLines[{index}].unitInfo.{field}");
        let required =
            [("unitPrice", unit.unit_price_minor.is_some()), ("quantity", unit.quantity.is_some())];
        let missing = required.into_iter().filter(|(_, given)| !given);
        found.extend(missing.map(|(field, _)| (path(field), "is required")));
    }
    let Some(foot) = &receipt.bottom_line else { return found };
    if !CURRENCIES.contains(&foot.currency) {
        found.push(("receipt.bottomLine.currency".to_owned(), "must be one of NOK, DKK, EUR"));
    }
    match (&foot.barcode_format, &foot.barcode_data) {
        (Some(_), None) => found.push(("receipt.bottomLine.barcode.data".to_owned(), "is required")),
        (None, Some(_)) => found.push(("receipt.bottomLine.barcode.format".to_owned(), "is required")),
        (Some(_), Some(_)) | (None, None) => {}
    }
    found
}

#[cfg(test)]
mod tests {
    use kvitt_receipt::{BottomLine, OrderLine, UnitInfo};

    use super::*;

    fn receipt(unit_info: UnitInfo, foot: BottomLine) -> Receipt {
        let line = OrderLine {
            name: "Socks".to_owned(),
            id: "1".to_owned(),
            total_amount_minor: 100,
            total_amount_excluding_tax_minor: 80,
            total_tax_amount_minor: 20,
            tax_rate: Some(2_500),
            unit_info: Some(unit_info),
            discount_minor: None,
            product_url: None,
            is_return: false,
            is_shipping: false,
        };
        Receipt { order_lines: vec![line], bottom_line: Some(foot) }
    }

    fn unit() -> UnitInfo {
        UnitInfo { unit_price_minor: Some(100), quantity: Some("1".to_owned()), quantity_unit: None }
    }

    fn foot() -> BottomLine {
        BottomLine {
            currency: Currency::Nok,
            tip_amount_minor: None,
            pos_id: None,
            receipt_number: None,
            payment_sources_minor: Default::default(),
            barcode_format: None,
            barcode_data: None,
        }
    }

    fn paths(receipt: &Receipt) -> Vec<String> {
        violations(receipt).into_iter().map(|(path, _)| path).collect()
    }

    #[test]
    fn unit_and_barcode_are_whole_or_absent() {
        assert_eq!(violations(&receipt(unit(), foot())), []);
        let unit = UnitInfo { unit_price_minor: None, quantity: None, quantity_unit: None };
        let half = BottomLine { barcode_format: Some("EAN-13".to_owned()), ..foot() };
        let line = "receipt.orderLines[0].unitInfo";
        let expected = [
            format!("{line}.unitPrice"),
            format!("{line}.quantity"),
            "receipt.bottomLine.barcode.data".to_owned(),
        ];
        assert_eq!(paths(&receipt(unit, half)), expected);
        let other_half = BottomLine { barcode_data: Some("1".to_owned()), ..foot() };
        assert_eq!(paths(&receipt(self::unit(), other_half)), ["receipt.bottomLine.barcode.format"]);
    }

    #[test]
    fn a_receipt_is_in_the_currency_of_a_market() {
        for currency in Currency::ALL {
            let broken = paths(&receipt(unit(), BottomLine { currency, ..foot() }));
            assert_eq!(broken.is_empty(), CURRENCIES.contains(&currency), "{currency:?}");
        }
    }
}
