//! What was bought.

use kvitt_proto::{money, payment::v1 as wire};

use super::{Fields, given};
use crate::domain::{BottomLine, OrderLine, Receipt, UnitInfo};

pub(super) fn receipt(receipt: wire::Receipt, fields: &mut Fields) -> Option<Receipt> {
    let bottom_line = receipt.bottom_line.map(|foot| bottom_line(foot, fields));
    Some(Receipt {
        order_lines: receipt.order_lines.into_iter().map(order_line).collect(),
        bottom_line: bottom_line.map_or(Some(None), |foot| foot.map(Some))?,
    })
}

fn order_line(line: wire::OrderLine) -> OrderLine {
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

fn bottom_line(foot: wire::BottomLine, fields: &mut Fields) -> Option<BottomLine> {
    let currency = fields.read(money::currency_from_proto(foot.currency, "receipt.bottomLine.currency"))?;
    Some(BottomLine {
        currency,
        tip_amount_minor: foot.tip_amount_minor,
        pos_id: given(foot.pos_id),
        receipt_number: given(foot.receipt_number),
        payment_sources_minor: foot.payment_sources_minor,
        barcode_format: given(foot.barcode_format),
        barcode_data: given(foot.barcode_data),
    })
}
