//! Reads `orderSummary`, in the spelling of the oldest document and of the newest types: `taxPercentage` counts as
//! `taxRate`, `giftCardAmount` as a source of the payment.

use std::collections::BTreeMap;

use kvitt_proto::payment::v1::{BottomLine, OrderLine, Receipt, UnitInfo};

use crate::{body::Field, epayment::json::read::currency};

/// `taxRate` counts hundredths of a percent.
const RATE_PER_PERCENT: i32 = 100;

/// `orderSummary`.
pub(crate) fn order_summary(field: &Field<'_>) -> Option<Receipt> {
    let lines = field.field("orderLines").required().items();
    let summary = Receipt {
        order_lines: lines.into_iter().map(|line| order_line(&line.required())).collect(),
        bottom_line: bottom_line(&field.field("orderBottomLine").required()),
    };
    field.is_given().then_some(summary)
}

fn order_line(field: &Field<'_>) -> OrderLine {
    let required_text = |name| field.field(name).required().text_or_integer().unwrap_or_default();
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
        product_url: field.field("productUrl").text().unwrap_or_default(),
        is_return: flag("isReturn"),
        is_shipping: flag("isShipping"),
    }
}

/// `taxRate`, or else the older `taxPercentage`; one of them must be there.
fn tax_rate(field: &Field<'_>) -> Option<i32> {
    let (rate, percentage) = (field.field("taxRate"), field.field("taxPercentage"));
    let percent = percentage.small_integer();
    if percent.is_some_and(|percent| !(0..=100).contains(&percent)) {
        percentage.refuse("must be between 0 and 100");
        return None;
    }
    let rate = if percentage.is_given() { rate } else { rate.required() };
    rate.small_integer().or(percent.map(|percent| percent * RATE_PER_PERCENT))
}

fn unit_info(field: &Field<'_>) -> Option<UnitInfo> {
    let info = UnitInfo {
        unit_price_minor: field.field("unitPrice").required().integer(),
        quantity: field.field("quantity").required().text_or_scalar().unwrap_or_default(),
        quantity_unit: field.field("quantityUnit").text().unwrap_or_default(),
    };
    field.is_given().then_some(info)
}

fn bottom_line(field: &Field<'_>) -> Option<BottomLine> {
    let text = |name| field.field(name).text_or_integer().unwrap_or_default();
    let foot = BottomLine {
        currency: currency(&field.field("currency").required()),
        tip_amount_minor: field.field("tipAmount").integer(),
        pos_id: text("terminalId"),
        receipt_number: text("receiptNumber"),
        payment_sources_minor: payment_sources(field),
        ..Default::default()
    };
    field.is_given().then_some(foot)
}

fn payment_sources(field: &Field<'_>) -> BTreeMap<String, i64> {
    let named = field.field("paymentSources");
    let source = |name: &str| Some((name.to_owned(), named.field(name).integer()?));
    let mut sources: BTreeMap<_, _> =
        ["giftCard", "card", "voucher", "cash"].into_iter().filter_map(source).collect();
    if let Some(minor) = field.field("giftCardAmount").integer().filter(|minor| *minor > 0) {
        sources.entry("giftCard".to_owned()).or_insert(minor);
    }
    sources
}
