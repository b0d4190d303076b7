//! What was bought: the receipt of an order, in the words of upstream's APIs (contract-payments section 5.4,
//! contract-merchant section 16). It comes with a payment or by itself, and obeys the same rules either way.
//!
//! Pure. A receipt is built first and judged afterwards by [`Receipt::violations`], so that one answer names everything
//! that is wrong with it. Its sum is that of its lines, and nobody compares it with what is paid.

mod rules;

use std::collections::BTreeMap;

use kvitt_primitives::Currency;
use serde::{Deserialize, Serialize};

pub use rules::{MOST_LINES, MOST_TEXT_CHARS, Violation};

/// Lines and foot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// At least one.
    pub order_lines: Vec<OrderLine>,
    /// Must be there; an `Option` so that its absence can be told with everything else.
    pub bottom_line: Option<BottomLine>,
}

/// One line; amounts in minor units, negative on returns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderLine {
    /// What it is.
    pub name: String,
    /// The merchant's id of it.
    pub id: String,
    /// With tax.
    pub total_amount_minor: i64,
    /// Without tax.
    pub total_amount_excluding_tax_minor: i64,
    /// The tax.
    pub total_tax_amount_minor: i64,
    /// Hundredths of a percent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax_rate: Option<i32>,
    /// Quantity and unit price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit_info: Option<UnitInfo>,
    /// Included in the totals.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discount_minor: Option<i64>,
    /// A page about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product_url: Option<String>,
    /// Whether it takes something back.
    pub is_return: bool,
    /// Whether it is the shipping.
    pub is_shipping: bool,
}

/// Quantity and unit price.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitInfo {
    /// Price of one, with tax and before discount.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit_price_minor: Option<i64>,
    /// A short decimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quantity: Option<String>,
    /// Pieces when none is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quantity_unit: Option<String>,
}

/// The foot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BottomLine {
    /// Of every amount.
    pub currency: Currency,
    /// The tip.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tip_amount_minor: Option<i64>,
    /// The till.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pos_id: Option<String>,
    /// The paper's number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipt_number: Option<String>,
    /// What was paid otherwise, by source.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub payment_sources_minor: BTreeMap<String, i64>,
    /// How the barcode is drawn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub barcode_format: Option<String>,
    /// What the barcode holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub barcode_data: Option<String>,
}

#[cfg(test)]
mod tests;
