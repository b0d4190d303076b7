//! What was bought.

use kvitt_proto::{money::currency_to_proto, payment::v1 as wire};

use crate::domain::{BottomLine, OrderLine, Receipt};

/// The receipt as it came.
pub(super) fn receipt(receipt: Receipt) -> wire::Receipt {
    wire::Receipt {
        order_lines: receipt.order_lines.into_iter().map(order_line).collect(),
        bottom_line: receipt.bottom_line.map(bottom_line),
    }
}

fn order_line(line: OrderLine) -> wire::OrderLine {
    wire::OrderLine {
        name: line.name,
        id: line.id,
        total_amount_minor: line.total_amount_minor,
        total_amount_excluding_tax_minor: line.total_amount_excluding_tax_minor,
        total_tax_amount_minor: line.total_tax_amount_minor,
        tax_rate: line.tax_rate,
        unit_info: line.unit_info.map(|unit| wire::UnitInfo {
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

fn bottom_line(foot: BottomLine) -> wire::BottomLine {
    wire::BottomLine {
        currency: currency_to_proto(foot.currency).into(),
        tip_amount_minor: foot.tip_amount_minor,
        pos_id: foot.pos_id.unwrap_or_default(),
        receipt_number: foot.receipt_number.unwrap_or_default(),
        payment_sources_minor: foot.payment_sources_minor,
        barcode_format: foot.barcode_format.unwrap_or_default(),
        barcode_data: foot.barcode_data.unwrap_or_default(),
    }
}
