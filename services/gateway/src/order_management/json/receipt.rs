//! A receipt as upstream shows it. What was not told is left out.

use kvitt_primitives::Currency;
use kvitt_proto::{money, payment::v1};
use serde::Serialize;
use tonic::Status;
use utoipa::ToSchema;

use super::answer::{given, unreadable};

/// `taxRate` counts hundredths of a percent.
const RATE_PER_PERCENT: i32 = 100;

/// The unit of what names none.
const PIECES: &str = "PCS";

/// Lines and foot.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ordermanagement::Receipt)]
pub(super) struct Receipt {
    order_lines: Vec<OrderLine>,
    bottom_line: BottomLine,
}

/// One line; amounts in minor units.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ordermanagement::OrderLine)]
struct OrderLine {
    name: String,
    id: String,
    total_amount: i64,
    total_amount_excluding_tax: i64,
    total_tax_amount: i64,
    /// Hundredths of a percent.
    #[serde(skip_serializing_if = "Option::is_none")]
    tax_rate: Option<i32>,
    /// Whole percents, for older clients; only where the rate is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    tax_percentage: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unit_info: Option<UnitInfo>,
    #[serde(skip_serializing_if = "Option::is_none")]
    discount: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    product_url: Option<String>,
    is_return: bool,
    is_shipping: bool,
}

/// Quantity and unit price.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ordermanagement::UnitInfo)]
struct UnitInfo {
    #[serde(skip_serializing_if = "Option::is_none")]
    unit_price: Option<i64>,
    quantity: String,
    quantity_unit: String,
}

/// The foot.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ordermanagement::BottomLine)]
struct BottomLine {
    currency: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    tip_amount: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pos_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    payment_sources: Option<PaymentSources>,
    #[serde(skip_serializing_if = "Option::is_none")]
    barcode: Option<Barcode>,
    #[serde(skip_serializing_if = "Option::is_none")]
    receipt_number: Option<String>,
}

/// What was paid otherwise.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ordermanagement::PaymentSources)]
struct PaymentSources {
    #[serde(skip_serializing_if = "Option::is_none")]
    gift_card: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    card: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    voucher: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cash: Option<i64>,
}

/// A barcode to show.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ordermanagement::Barcode)]
struct Barcode {
    format: String,
    data: String,
}

impl Receipt {
    pub(super) fn from_proto(receipt: v1::Receipt) -> Result<Self, Status> {
        Ok(Self {
            order_lines: receipt.order_lines.into_iter().map(OrderLine::from_proto).collect(),
            bottom_line: BottomLine::from_proto(receipt.bottom_line.ok_or_else(unreadable)?)?,
        })
    }
}

impl OrderLine {
    fn from_proto(line: v1::OrderLine) -> Self {
        let whole = line.tax_rate.filter(|rate| rate % RATE_PER_PERCENT == 0);
        Self {
            name: line.name,
            id: line.id,
            total_amount: line.total_amount_minor,
            total_amount_excluding_tax: line.total_amount_excluding_tax_minor,
            total_tax_amount: line.total_tax_amount_minor,
            tax_rate: line.tax_rate,
            tax_percentage: whole.map(|rate| rate / RATE_PER_PERCENT),
            unit_info: line.unit_info.map(UnitInfo::from_proto),
            discount: line.discount_minor,
            product_url: given(line.product_url),
            is_return: line.is_return,
            is_shipping: line.is_shipping,
        }
    }
}

impl UnitInfo {
    fn from_proto(unit: v1::UnitInfo) -> Self {
        Self {
            unit_price: unit.unit_price_minor,
            quantity: given(unit.quantity).unwrap_or_else(|| "1".to_owned()),
            quantity_unit: given(unit.quantity_unit).unwrap_or_else(|| PIECES.to_owned()),
        }
    }
}

impl BottomLine {
    fn from_proto(foot: v1::BottomLine) -> Result<Self, Status> {
        let currency = money::currency_from_proto(foot.currency, "currency").map_err(|_| unreadable())?;
        let sources = foot.payment_sources_minor;
        let source = |name: &str| sources.get(name).copied();
        let payment_sources = PaymentSources {
            gift_card: source("giftCard"),
            card: source("card"),
            voucher: source("voucher"),
            cash: source("cash"),
        };
        let barcode = Barcode { format: foot.barcode_format, data: foot.barcode_data };
        Ok(Self {
            currency: Currency::code(currency),
            tip_amount: foot.tip_amount_minor,
            pos_id: given(foot.pos_id),
            payment_sources: (!sources.is_empty()).then_some(payment_sources),
            barcode: (!barcode.format.is_empty()).then_some(barcode),
            receipt_number: given(foot.receipt_number),
        })
    }
}
