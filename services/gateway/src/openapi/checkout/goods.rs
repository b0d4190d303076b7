//! What is bought in a session, and how it can be sent.

use utoipa::ToSchema;

use super::NewAmount;
use crate::openapi::words::{CurrencyCode, HttpsUrl, kinds, one_of, text};

kinds! {
    /// Who sends.
    BrandWord as "checkout.Brand" =
        one_of(["POSTEN", "POSTNORD", "PORTERBUDDY", "HELTHJEM", "POSTI", "GLS", "DAO", "OTHER"]);
    /// How it is sent; not every brand has all of them.
    ShippingType as "checkout.ShippingType" = one_of(["MAILBOX", "PICKUP_POINT", "HOME_DELIVERY"]);
    /// A number with at most eight decimals.
    QuantityText as "checkout.Quantity" =
        text().pattern(Some("^[0-9]+([.][0-9]{1,8})?$")).max_length(Some(10));
    /// What a quantity is counted in.
    QuantityUnitWord as "checkout.QuantityUnit" = one_of(["PCS", "KG", "KM", "MINUTE", "LITRE", "KWH"]);
}

/// What is bought.
#[derive(ToSchema)]
#[schema(as = checkout::OrderSummary, rename_all = "camelCase")]
pub(super) struct OrderSummary {
    #[schema(min_items = 1, max_items = 500)]
    order_lines: Vec<OrderLine>,
    order_bottom_line: BottomLine,
}

/// One line. One of `taxRate` and the older `taxPercentage` must be there.
#[derive(ToSchema)]
#[schema(as = checkout::OrderLine, rename_all = "camelCase")]
struct OrderLine {
    #[schema(min_length = 1, max_length = 2048)]
    name: String,
    #[schema(min_length = 1, max_length = 255)]
    id: String,
    #[schema(minimum = 0)]
    total_amount: i64,
    #[schema(minimum = 0)]
    total_amount_excluding_tax: i64,
    #[schema(minimum = 0)]
    total_tax_amount: i64,
    /// Hundredths of a percent: 2500 is 25 %.
    #[schema(minimum = 0, maximum = 10000)]
    tax_rate: Option<i32>,
    /// Whole percents.
    #[schema(minimum = 0, maximum = 100)]
    tax_percentage: Option<i32>,
    unit_info: Option<UnitInfo>,
    #[schema(minimum = 0)]
    discount: Option<i64>,
    #[schema(max_length = 2500)]
    product_url: Option<String>,
    is_return: Option<bool>,
    is_shipping: Option<bool>,
}

/// How much of it.
#[derive(ToSchema)]
#[schema(as = checkout::UnitInfo, rename_all = "camelCase")]
struct UnitInfo {
    #[schema(minimum = 0)]
    unit_price: i64,
    quantity: QuantityText,
    quantity_unit: Option<QuantityUnitWord>,
}

/// The foot.
#[derive(ToSchema)]
#[schema(as = checkout::BottomLine, rename_all = "camelCase")]
struct BottomLine {
    currency: CurrencyCode,
    tip_amount: Option<i64>,
    gift_card_amount: Option<i64>,
    #[schema(max_length = 255)]
    terminal_id: Option<String>,
    payment_sources: Option<Sources>,
    #[schema(max_length = 255)]
    receipt_number: Option<String>,
}

/// How it was paid, in minor units.
#[derive(ToSchema)]
#[schema(as = checkout::PaymentSources, rename_all = "camelCase")]
struct Sources {
    gift_card: Option<i64>,
    card: Option<i64>,
    voucher: Option<i64>,
    cash: Option<i64>,
}

/// How the goods can be sent.
#[derive(ToSchema)]
#[schema(as = checkout::Logistics, rename_all = "camelCase")]
pub(super) struct Logistics {
    /// The merchant's server, asked when the payer's address is known. Needs `elements` to be Full.
    dynamic_options_callback: Option<HttpsUrl>,
    #[schema(max_items = 100)]
    fixed_options: Option<Vec<NewOption>>,
    /// What carriers' own services would need: read, not kept, and none is asked.
    integrations: Option<Integrations>,
}

/// One way to send them.
#[derive(ToSchema)]
#[schema(as = checkout::NewShippingOption, rename_all = "camelCase")]
struct NewOption {
    #[schema(min_length = 1, max_length = 200)]
    id: String,
    brand: BrandWord,
    r#type: Option<ShippingType>,
    #[schema(max_length = 200)]
    custom_type: Option<String>,
    /// Required of the brand OTHER.
    #[schema(max_length = 200)]
    title: Option<String>,
    #[schema(max_length = 1000)]
    description: Option<String>,
    /// Required of every brand but PORTERBUDDY.
    amount: Option<NewAmount>,
    #[schema(minimum = 0)]
    priority: i32,
    is_default: bool,
    #[schema(minimum = 0, maximum = 10000)]
    tax_rate: Option<i32>,
}

/// Carriers' own services.
#[derive(ToSchema)]
#[schema(as = checkout::Integrations)]
struct Integrations {
    porterbuddy: Option<Porterbuddy>,
    helthjem: Option<Helthjem>,
}

/// What Porterbuddy would need.
#[derive(ToSchema)]
#[schema(as = checkout::Porterbuddy, rename_all = "camelCase")]
struct Porterbuddy {
    public_token: String,
    api_key: String,
    origin: PorterbuddyOrigin,
}

/// Who sends.
#[derive(ToSchema)]
#[schema(as = checkout::PorterbuddyOrigin, rename_all = "camelCase")]
struct PorterbuddyOrigin {
    name: String,
    email: String,
    phone_number: String,
    address: PorterbuddyAddress,
}

/// Where it is fetched.
#[derive(ToSchema)]
#[schema(as = checkout::PorterbuddyAddress, rename_all = "camelCase")]
struct PorterbuddyAddress {
    street_address: String,
    postal_code: String,
    city: String,
    country: String,
}

/// What Helthjem would need.
#[derive(ToSchema)]
#[schema(as = checkout::Helthjem, rename_all = "camelCase")]
struct Helthjem {
    username: String,
    password: String,
    shop_id: i32,
}
