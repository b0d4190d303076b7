//! What was bought (contract 5.4). Validated and kept; write-once with the payment.

use std::collections::BTreeMap;

use kvitt_primitives::Currency;
use serde::{Deserialize, Serialize};

/// A field's path and the rule it breaks.
pub(crate) type Violation = (String, &'static str);

const TAX_RATE_MOST: i32 = 10_000;
const QUANTITY_UNITS: [&str; 6] = ["PCS", "KG", "KM", "MINUTE", "LITRE", "KWH"];
const BARCODE_FORMATS: [&str; 3] = ["EAN-13", "CODE 39", "CODE 128"];
const PAYMENT_SOURCES: [&str; 4] = ["giftCard", "card", "voucher", "cash"];

/// Lines and foot.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Receipt {
    pub(crate) order_lines: Vec<OrderLine>,
    pub(crate) bottom_line: Option<BottomLine>,
}

/// One line; amounts in minor units, negative on returns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct OrderLine {
    pub(crate) name: String,
    pub(crate) id: String,
    pub(crate) total_amount_minor: i64,
    pub(crate) total_amount_excluding_tax_minor: i64,
    pub(crate) total_tax_amount_minor: i64,
    pub(crate) tax_rate: Option<i32>,
    pub(crate) unit_info: Option<UnitInfo>,
    pub(crate) discount_minor: Option<i64>,
    pub(crate) product_url: Option<String>,
    pub(crate) is_return: bool,
    pub(crate) is_shipping: bool,
}

/// Quantity and unit price.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct UnitInfo {
    pub(crate) unit_price_minor: Option<i64>,
    pub(crate) quantity: Option<String>,
    pub(crate) quantity_unit: Option<String>,
}

/// The foot.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct BottomLine {
    pub(crate) currency: Currency,
    pub(crate) tip_amount_minor: Option<i64>,
    pub(crate) pos_id: Option<String>,
    pub(crate) receipt_number: Option<String>,
    pub(crate) payment_sources_minor: BTreeMap<String, i64>,
    pub(crate) barcode_format: Option<String>,
    pub(crate) barcode_data: Option<String>,
}

impl Receipt {
    /// Every broken rule of form.
    pub(crate) fn violations(&self) -> Vec<Violation> {
        let mut found = Vec::new();
        if self.order_lines.is_empty() {
            found.push(("receipt.orderLines".to_owned(), "must have at least one line"));
        }
        for (index, line) in self.order_lines.iter().enumerate() {
            line.violations(&format!("receipt.orderLines[{index}]"), &mut found);
        }
        match &self.bottom_line {
            None => found.push(("receipt.bottomLine".to_owned(), "is required")),
            Some(foot) => foot.violations(&mut found),
        }
        found
    }
}

impl OrderLine {
    fn violations(&self, path: &str, found: &mut Vec<Violation>) {
        for (field, value) in [("name", &self.name), ("id", &self.id)] {
            if value.is_empty() {
                found.push((format!("{path}.{field}"), "is required"));
            }
        }
        if self.tax_rate.is_some_and(|rate| !(0..=TAX_RATE_MOST).contains(&rate)) {
            found.push((format!("{path}.taxRate"), "must be between 0 and 10000"));
        }
        let Some(unit) = &self.unit_info else { return };
        if unit.quantity.as_deref().is_some_and(|quantity| !is_quantity(quantity)) {
            let rule = "must be at most 10 characters that match '^\\d+([\\.]\\d{1,8})?$'";
            found.push((format!("{path}.unitInfo.quantity"), rule));
        }
        if unit.quantity_unit.as_deref().is_some_and(|unit| !QUANTITY_UNITS.contains(&unit)) {
            let rule = "must be one of PCS, KG, KM, MINUTE, LITRE, KWH";
            found.push((format!("{path}.unitInfo.quantityUnit"), rule));
        }
    }
}

impl BottomLine {
    fn violations(&self, found: &mut Vec<Violation>) {
        if self.barcode_format.as_deref().is_some_and(|format| !BARCODE_FORMATS.contains(&format)) {
            let rule = "must be one of EAN-13, CODE 39, CODE 128";
            found.push(("receipt.bottomLine.barcode.format".to_owned(), rule));
        }
        if self.payment_sources_minor.keys().any(|source| !PAYMENT_SOURCES.contains(&source.as_str())) {
            let rule = "may hold giftCard, card, voucher and cash";
            found.push(("receipt.bottomLine.paymentSources".to_owned(), rule));
        }
    }
}

/// Digits, and at most eight decimals after a point; ten characters in all.
fn is_quantity(text: &str) -> bool {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    text.len() <= 10
        && match text.split_once('.') {
            None => digits(text),
            Some((whole, decimals)) => digits(whole) && digits(decimals) && decimals.len() <= 8,
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line() -> OrderLine {
        OrderLine {
            name: "Socks".into(),
            id: "1".into(),
            total_amount_minor: 100,
            total_amount_excluding_tax_minor: 80,
            total_tax_amount_minor: 20,
            tax_rate: Some(2500),
            unit_info: None,
            discount_minor: None,
            product_url: None,
            is_return: false,
            is_shipping: false,
        }
    }

    #[test]
    fn every_broken_rule_is_named_with_its_path() {
        let unit = UnitInfo {
            unit_price_minor: None,
            quantity: Some("1,5".into()),
            quantity_unit: Some("YARD".into()),
        };
        let broken =
            OrderLine { name: String::new(), tax_rate: Some(10_001), unit_info: Some(unit), ..line() };
        let receipt = Receipt { order_lines: vec![line(), broken], bottom_line: None };
        let paths: Vec<_> = receipt.violations().into_iter().map(|(path, _)| path).collect();
        assert_eq!(
            paths,
            [
                "receipt.orderLines[1].name",
                "receipt.orderLines[1].taxRate",
                "receipt.orderLines[1].unitInfo.quantity",
                "receipt.orderLines[1].unitInfo.quantityUnit",
                "receipt.bottomLine",
            ]
        );
    }

    #[test]
    fn a_quantity_is_a_short_decimal() {
        for (text, valid) in [
            ("1", true),
            ("1.5", true),
            ("1.12345678", true),
            ("1.123456789", false),
            (".5", false),
            ("1.", false),
        ] {
            assert_eq!(is_quantity(text), valid, "{text}");
        }
    }
}
