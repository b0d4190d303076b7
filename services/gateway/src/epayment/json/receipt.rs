//! Reads `receipt`, the old spellings included: `taxPercentage` counts as `taxRate`, other deprecated fields as
//! nothing (contract-payments section 5.4).

use std::collections::BTreeMap;

use kvitt_proto::payment::v1::{BottomLine, OrderLine, Receipt, UnitInfo};

use super::read;
use crate::body::Field;

/// `taxRate` counts hundredths of a percent.
const RATE_PER_PERCENT: i32 = 100;

/// `receipt`.
pub(crate) fn receipt(field: &Field<'_>) -> Option<Receipt> {
    let order_lines = field.field("orderLines").required().items();
    let receipt = Receipt {
        order_lines: order_lines.into_iter().map(|line| order_line(&line.required())).collect(),
        bottom_line: bottom_line(&field.field("bottomLine").required()),
    };
    field.is_given().then_some(receipt)
}

fn order_line(field: &Field<'_>) -> OrderLine {
    let text = |name| field.field(name).text().unwrap_or_default();
    let required_text = |name| field.field(name).required().text().unwrap_or_default();
    let required_integer = |name| field.field(name).required().integer().unwrap_or_default();
    let flag = |name| field.field(name).boolean().unwrap_or_default();
    OrderLine {
        name: required_text("name"),
        id: required_text("id"),
        total_amount_minor: required_integer("totalAmount"),
        total_amount_excluding_tax_minor: required_integer("totalAmountExcludingTax"),
        total_tax_amount_minor: required_integer("totalTaxAmount"),
        tax_rate: tax_rate(field),
        unit_info: unit_info(&field.field("unitInfo")),
        discount_minor: field.field("discount").integer(),
        product_url: text("productUrl"),
        is_return: flag("isReturn"),
        is_shipping: flag("isShipping"),
    }
}

/// `taxRate`, or else the deprecated `taxPercentage`.
fn tax_rate(field: &Field<'_>) -> Option<i32> {
    let percentage = field.field("taxPercentage");
    let percent = percentage.small_integer();
    if percent.is_some_and(|percent| !(0..=100).contains(&percent)) {
        percentage.refuse("must be between 0 and 100");
        return None;
    }
    field.field("taxRate").small_integer().or(percent.map(|percent| percent * RATE_PER_PERCENT))
}

fn unit_info(field: &Field<'_>) -> Option<UnitInfo> {
    let info = UnitInfo {
        unit_price_minor: field.field("unitPrice").integer(),
        quantity: field.field("quantity").required().text().unwrap_or_default(),
        quantity_unit: field.field("quantityUnit").text().unwrap_or_default(),
    };
    field.is_given().then_some(info)
}

fn bottom_line(field: &Field<'_>) -> Option<BottomLine> {
    let text = |name| field.field(name).text().unwrap_or_default();
    let barcode = field.field("barcode");
    let barcode_text = |name| barcode.field(name).text().unwrap_or_default();
    let bottom_line = BottomLine {
        currency: read::currency(&field.field("currency").required()),
        tip_amount_minor: field.field("tipAmount").integer(),
        pos_id: text("posId"),
        receipt_number: text("receiptNumber"),
        payment_sources_minor: payment_sources(&field.field("paymentSources")),
        barcode_format: barcode_text("format"),
        barcode_data: barcode_text("data"),
    };
    field.is_given().then_some(bottom_line)
}

fn payment_sources(field: &Field<'_>) -> BTreeMap<String, i64> {
    let source = |name: &str| Some((name.to_owned(), field.field(name).integer()?));
    ["giftCard", "card", "voucher", "cash"].into_iter().filter_map(source).collect()
}
