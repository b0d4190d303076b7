//! What was bought, the same through every API that takes it.

#![expect(dead_code, reason = "types of requests are there for their schemas alone")]

use utoipa::ToSchema;

use super::words::{CurrencyCode, kinds, one_of, text};

kinds! {
    /// What a quantity is counted in.
    QuantityUnit as "receipt.QuantityUnit" = one_of(["PCS", "KG", "KM", "MINUTE", "LITRE", "KWH"]);
    /// How a barcode is written.
    BarcodeFormat as "receipt.BarcodeFormat" = one_of(["EAN-13", "CODE 39", "CODE 128"]);
    /// A number with at most eight decimals.
    Quantity as "receipt.Quantity" =
        text().pattern(Some("^[0-9]+([.][0-9]{1,8})?$")).max_length(Some(10));
}

/// What was bought.
#[derive(ToSchema)]
#[schema(as = receipt::Receipt, rename_all = "camelCase")]
pub(super) struct Receipt {
    #[schema(min_items = 1)]
    order_lines: Vec<OrderLine>,
    bottom_line: BottomLine,
}

/// One line. Amounts are minor units, below zero on returns.
#[derive(ToSchema)]
#[schema(as = receipt::OrderLine, rename_all = "camelCase")]
struct OrderLine {
    #[schema(min_length = 1)]
    name: String,
    #[schema(min_length = 1)]
    id: String,
    /// With tax and discount.
    total_amount: i64,
    total_amount_excluding_tax: i64,
    total_tax_amount: i64,
    /// Hundredths of a percent: 2500 is 25 %.
    #[schema(minimum = 0, maximum = 10000)]
    tax_rate: Option<i32>,
    /// Whole percents; of older clients.
    #[schema(minimum = 0, maximum = 100)]
    tax_percentage: Option<i32>,
    unit_info: Option<UnitInfo>,
    discount: Option<i64>,
    product_url: Option<String>,
    is_return: Option<bool>,
    is_shipping: Option<bool>,
}

/// How much of it.
#[derive(ToSchema)]
#[schema(as = receipt::UnitInfo, rename_all = "camelCase")]
struct UnitInfo {
    unit_price: Option<i64>,
    quantity: Quantity,
    quantity_unit: Option<QuantityUnit>,
}

/// The foot.
#[derive(ToSchema)]
#[schema(as = receipt::BottomLine, rename_all = "camelCase")]
struct BottomLine {
    currency: CurrencyCode,
    tip_amount: Option<i64>,
    pos_id: Option<String>,
    receipt_number: Option<String>,
    payment_sources: Option<PaymentSources>,
    barcode: Option<Barcode>,
}

/// How it was paid, in minor units.
#[derive(ToSchema)]
#[schema(as = receipt::PaymentSources, rename_all = "camelCase")]
struct PaymentSources {
    gift_card: Option<i64>,
    card: Option<i64>,
    voucher: Option<i64>,
    cash: Option<i64>,
}

/// A barcode to show.
#[derive(ToSchema)]
#[schema(as = receipt::Barcode)]
struct Barcode {
    format: Option<BarcodeFormat>,
    data: Option<String>,
}
