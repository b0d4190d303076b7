//! What is bought (contract: `transaction.orderSummary`). It becomes the receipt of the payment, so it is held to the rules
//! of one when the session is opened, and not first when the payer wants to pay.

use std::collections::BTreeMap;

use kvitt_primitives::Currency;
use serde::{Deserialize, Serialize};

use super::{Found, chars};

const PATH: &str = "transaction.orderSummary";
const QUANTITY_UNITS: [&str; 6] = ["PCS", "KG", "KM", "MINUTE", "LITRE", "KWH"];
const PAYMENT_SOURCES: [&str; 4] = ["giftCard", "card", "voucher", "cash"];
const MOST_LINES: usize = 500;

/// Lines and foot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct OrderSummary {
    pub(crate) lines: Vec<OrderLine>,
    pub(crate) foot: Option<BottomLine>,
}

/// One line; amounts in minor units.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct OrderLine {
    pub(crate) name: String,
    pub(crate) id: String,
    pub(crate) total_minor: i64,
    pub(crate) total_excluding_tax_minor: i64,
    pub(crate) total_tax_minor: i64,
    pub(crate) tax_rate: Option<i32>,
    pub(crate) unit_info: Option<UnitInfo>,
    pub(crate) discount_minor: Option<i64>,
    pub(crate) product_url: String,
    pub(crate) is_return: bool,
    pub(crate) is_shipping: bool,
}

/// Quantity and unit price.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct UnitInfo {
    pub(crate) unit_price_minor: Option<i64>,
    pub(crate) quantity: String,
    pub(crate) quantity_unit: String,
}

/// The foot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct BottomLine {
    pub(crate) currency: Currency,
    pub(crate) tip_minor: Option<i64>,
    /// The till (contract: `terminalId`).
    pub(crate) pos_id: String,
    pub(crate) receipt_number: String,
    pub(crate) payment_sources_minor: BTreeMap<String, i64>,
}

impl OrderSummary {
    /// Every broken rule.
    pub(crate) fn check(&self, currency: Currency, found: &mut Found) {
        let lines = format!("{PATH}.orderLines");
        found.check(!self.lines.is_empty(), lines.clone(), "must have at least one line");
        let few = self.lines.len() <= MOST_LINES;
        found.check(few, lines.clone(), format!("must have at most {MOST_LINES} lines"));
        for (index, line) in self.lines.iter().enumerate().take(MOST_LINES) {
            line.check(&format!("{lines}[{index}]"), found);
        }
        let foot = format!("{PATH}.orderBottomLine");
        let Some(bottom) = &self.foot else {
            found.check(false, foot, "is required");
            return;
        };
        let same = bottom.currency == currency;
        found.check(same, format!("{foot}.currency"), format!("must be {}", currency.code()));
        for (name, text) in [("terminalId", &bottom.pos_id), ("receiptNumber", &bottom.receipt_number)] {
            found.check(chars(text, 0, 255), format!("{foot}.{name}"), "must be at most 255 characters");
        }
        let tip = bottom.tip_minor.is_none_or(|minor| minor >= 0);
        found.check(tip, format!("{foot}.tipAmount"), "must not be negative");
        let mut sources = bottom.payment_sources_minor.keys();
        let known = sources.all(|source| PAYMENT_SOURCES.contains(&source.as_str()));
        let rule = "may hold giftCard, card, voucher and cash";
        found.check(known, format!("{foot}.paymentSources"), rule);
    }
}

impl OrderLine {
    fn check(&self, path: &str, found: &mut Found) {
        let at = |name: &str| format!("{path}.{name}");
        found.check(chars(&self.name, 1, 2048), at("name"), "must be 1 to 2048 characters");
        found.check(chars(&self.id, 1, 255), at("id"), "must be 1 to 255 characters");
        let rated = self.tax_rate.is_some_and(|rate| (0..=10_000).contains(&rate));
        found.check(rated, at("taxRate"), "must be between 0 and 10000");
        found.check(chars(&self.product_url, 0, 2500), at("productUrl"), "must be at most 2500 characters");
        for (name, minor) in [
            ("totalAmount", self.total_minor),
            ("totalAmountExcludingTax", self.total_excluding_tax_minor),
            ("totalTaxAmount", self.total_tax_minor),
            ("discount", self.discount_minor.unwrap_or_default()),
        ] {
            found.check(minor >= 0, at(name), "must not be negative");
        }
        let Some(unit) = &self.unit_info else { return };
        let price = unit.unit_price_minor.is_none_or(|minor| minor >= 0);
        found.check(price, at("unitInfo.unitPrice"), "must not be negative");
        let quantity = is_quantity(&unit.quantity);
        let rule = "must be at most 10 characters that match '^\\d+([\\.]\\d{1,8})?$'";
        found.check(quantity, at("unitInfo.quantity"), rule);
        let known = unit.quantity_unit.is_empty() || QUANTITY_UNITS.contains(&unit.quantity_unit.as_str());
        let rule = format!("must be one of {}", QUANTITY_UNITS.join(", "));
        found.check(known, at("unitInfo.quantityUnit"), rule);
    }
}

/// Digits, and at most eight decimals after a point; ten characters in all.
fn is_quantity(text: &str) -> bool {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, decimals) = text.split_once('.').unwrap_or((text, "0"));
    text.len() <= 10 && digits(whole) && digits(decimals) && decimals.len() <= 8
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn line() -> OrderLine {
        OrderLine {
            name: "Socks".into(),
            id: "1".into(),
            total_minor: 100,
            total_excluding_tax_minor: 80,
            total_tax_minor: 20,
            tax_rate: Some(2500),
            ..OrderLine::default()
        }
    }

    pub(crate) fn foot() -> BottomLine {
        BottomLine {
            currency: Currency::Nok,
            tip_minor: None,
            pos_id: String::new(),
            receipt_number: String::new(),
            payment_sources_minor: BTreeMap::new(),
        }
    }

    fn broken(summary: &OrderSummary) -> Vec<String> {
        let mut found = Found::default();
        summary.check(Currency::Nok, &mut found);
        found.0.into_iter().map(|(path, _)| path).collect()
    }

    #[test]
    fn every_broken_rule_of_a_line_is_named_by_its_path() {
        let unit = |quantity: &str, unit: &str, price| {
            let (quantity, quantity_unit) = (quantity.to_owned(), unit.to_owned());
            Some(UnitInfo { unit_price_minor: Some(price), quantity, quantity_unit })
        };
        let table = [
            (OrderLine { name: String::new(), ..line() }, "name"),
            (OrderLine { id: "x".repeat(256), ..line() }, "id"),
            (OrderLine { tax_rate: None, ..line() }, "taxRate"),
            (OrderLine { tax_rate: Some(10_001), ..line() }, "taxRate"),
            (OrderLine { total_minor: -1, ..line() }, "totalAmount"),
            (OrderLine { total_excluding_tax_minor: -1, ..line() }, "totalAmountExcludingTax"),
            (OrderLine { total_tax_minor: -1, ..line() }, "totalTaxAmount"),
            (OrderLine { discount_minor: Some(-1), ..line() }, "discount"),
            (OrderLine { unit_info: unit("1", "PCS", -1), ..line() }, "unitInfo.unitPrice"),
            (OrderLine { unit_info: unit("1,5", "PCS", 1), ..line() }, "unitInfo.quantity"),
            (OrderLine { unit_info: unit("1.123456789", "PCS", 1), ..line() }, "unitInfo.quantity"),
            (OrderLine { unit_info: unit("1", "YARD", 1), ..line() }, "unitInfo.quantityUnit"),
        ];
        for (broken_line, name) in table {
            let summary = OrderSummary { lines: vec![line(), broken_line], foot: Some(foot()) };
            assert_eq!(broken(&summary), [format!("{PATH}.orderLines[1].{name}")]);
        }
        let whole = OrderLine { unit_info: unit("1.5", "", 100), ..line() };
        assert!(broken(&OrderSummary { lines: vec![whole], foot: Some(foot()) }).is_empty());
    }

    #[test]
    fn lines_and_foot_are_required() {
        let empty = OrderSummary { lines: Vec::new(), foot: None };
        assert_eq!(broken(&empty), [format!("{PATH}.orderLines"), format!("{PATH}.orderBottomLine")]);
        let danish = BottomLine { currency: Currency::Dkk, ..foot() };
        let summary = OrderSummary { lines: vec![line()], foot: Some(danish) };
        assert_eq!(broken(&summary), [format!("{PATH}.orderBottomLine.currency")]);
    }

    #[test]
    fn every_broken_rule_of_the_foot_is_named_by_its_path() {
        let sources = |source: &str| BTreeMap::from([(source.to_owned(), 100)]);
        let table = [
            (BottomLine { payment_sources_minor: sources("giftCard"), ..foot() }, None),
            (BottomLine { payment_sources_minor: sources("shells\0"), ..foot() }, Some("paymentSources")),
            (BottomLine { tip_minor: Some(-1), ..foot() }, Some("tipAmount")),
            (BottomLine { pos_id: "x".repeat(256), ..foot() }, Some("terminalId")),
        ];
        for (foot, name) in table {
            let found = broken(&OrderSummary { lines: vec![line()], foot: Some(foot) });
            let named = name.map(|name| format!("{PATH}.orderBottomLine.{name}"));
            assert_eq!(found, named.into_iter().collect::<Vec<_>>());
        }
    }
}
