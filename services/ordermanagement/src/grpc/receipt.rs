//! Receipts on the wire, which are those of payments. An empty text is none.

use kvitt_proto::{money, payment::v1, refusal::FieldViolation};
use kvitt_receipt::{BottomLine, OrderLine, Receipt, UnitInfo};

/// The receipt, which nobody has judged yet; the error is about a currency that is none.
pub(crate) fn from_proto(receipt: v1::Receipt) -> Result<Receipt, FieldViolation> {
    Ok(Receipt {
        order_lines: receipt.order_lines.into_iter().map(line_from_proto).collect(),
        bottom_line: receipt.bottom_line.map(foot_from_proto).transpose()?,
    })
}

/// The receipt as the wire has it.
pub(crate) fn to_proto(receipt: Receipt) -> v1::Receipt {
    v1::Receipt {
        order_lines: receipt.order_lines.into_iter().map(line_to_proto).collect(),
        bottom_line: receipt.bottom_line.map(foot_to_proto),
    }
}

fn line_from_proto(line: v1::OrderLine) -> OrderLine {
    OrderLine {
        name: line.name,
        id: line.id,
        total_amount_minor: line.total_amount_minor,
        total_amount_excluding_tax_minor: line.total_amount_excluding_tax_minor,
        total_tax_amount_minor: line.total_tax_amount_minor,
        tax_rate: line.tax_rate,
        unit_info: line.unit_info.map(|unit| UnitInfo {
            unit_price_minor: unit.unit_price_minor,
            quantity: given(unit.quantity),
            quantity_unit: given(unit.quantity_unit),
        }),
        discount_minor: line.discount_minor,
        product_url: given(line.product_url),
        is_return: line.is_return,
        is_shipping: line.is_shipping,
    }
}

fn line_to_proto(line: OrderLine) -> v1::OrderLine {
    v1::OrderLine {
        name: line.name,
        id: line.id,
        total_amount_minor: line.total_amount_minor,
        total_amount_excluding_tax_minor: line.total_amount_excluding_tax_minor,
        total_tax_amount_minor: line.total_tax_amount_minor,
        tax_rate: line.tax_rate,
        unit_info: line.unit_info.map(|unit| v1::UnitInfo {
            unit_price_minor: unit.unit_price_minor,
            quantity: unit.quantity.unwrap_or_default(),
            quantity_unit: unit.quantity_unit.unwrap_or_default(),
        }),
        discount_minor: line.discount_minor,
        product_url: line.product_url.unwrap_or_default(),
        is_return: line.is_return,
        is_shipping: line.is_shipping,
    }
}

fn foot_from_proto(foot: v1::BottomLine) -> Result<BottomLine, FieldViolation> {
    Ok(BottomLine {
        currency: money::currency_from_proto(foot.currency, "receipt.bottomLine.currency")?,
        tip_amount_minor: foot.tip_amount_minor,
        pos_id: given(foot.pos_id),
        receipt_number: given(foot.receipt_number),
        payment_sources_minor: foot.payment_sources_minor,
        barcode_format: given(foot.barcode_format),
        barcode_data: given(foot.barcode_data),
    })
}

fn foot_to_proto(foot: BottomLine) -> v1::BottomLine {
    v1::BottomLine {
        currency: money::currency_to_proto(foot.currency).into(),
        tip_amount_minor: foot.tip_amount_minor,
        pos_id: foot.pos_id.unwrap_or_default(),
        receipt_number: foot.receipt_number.unwrap_or_default(),
        payment_sources_minor: foot.payment_sources_minor,
        barcode_format: foot.barcode_format.unwrap_or_default(),
        barcode_data: foot.barcode_data.unwrap_or_default(),
    }
}

fn given(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}
