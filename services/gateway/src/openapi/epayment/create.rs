//! What a merchant asks for when it creates a payment. The rules are those of the payment service.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use utoipa::ToSchema;

use super::{MethodWord, NewAmount};
use crate::openapi::{
    receipt::Receipt,
    words::{CountryCode, HttpsUrl, Id, Instant, Msisdn, NewReference, ReturnUrl, kinds, one_of, text},
};

kinds! {
    /// How the payer meets the payment.
    UserFlow as "epayment.UserFlow" = one_of(["PUSH_MESSAGE", "NATIVE_REDIRECT", "WEB_REDIRECT", "QR"]);
    /// What a payer may not pay with.
    BlockedSource as "epayment.BlockedSource" = one_of(["COMMERCIAL_CARDS"]);
    /// Whether the payer stands before the merchant.
    Interaction as "epayment.CustomerInteraction" = one_of(["CUSTOMER_PRESENT", "CUSTOMER_NOT_PRESENT"]);
    /// What the redirect URL of the flow QR is.
    QrFormat as "epayment.QrFormat" = one_of(["TEXT/TARGETURL", "IMAGE/SVG+XML", "IMAGE/PNG"]);
    /// How goods are sent.
    ShippingType as "epayment.ShippingType" =
        one_of(["HOME_DELIVERY", "PICKUP_POINT", "MAILBOX", "IN_STORE", "OTHER"]);
    /// Who sends them.
    Brand as "epayment.ShippingBrand" = one_of([
        "POSTEN", "BRING", "POSTNORD", "HELTHJEM", "PORTERBUDDY", "DHL", "INSTABOX", "FEDEX", "MATKAHUOLTO", "GLS",
        "POSTI", "GORDON", "OTHER",
    ]);
    /// Cards that a PSP can charge.
    CardType as "epayment.CardType" =
        one_of(["VISA_DEBIT", "VISA_CREDIT", "MC_CREDIT", "MC_DEBIT", "DANKORT", "ELEC_DEBIT"]);
    /// Words of what is to be shared: `name`, `address`, `email`, `phoneNumber`, `birthDate`, and `nin` by permission.
    Scope as "epayment.Scope" =
        text().pattern(Some("^((name|address|email|phoneNumber|birthDate|nin)( |$))*$"));
    /// What a merchant's server is shown.
    CallbackToken as "epayment.CallbackToken" = text().pattern(Some("^[ -~]*$")).max_length(Some(1000));
}

/// A payment to create.
#[derive(ToSchema)]
#[schema(as = epayment::CreatePayment, rename_all = "camelCase")]
pub(super) struct CreatePayment {
    amount: NewAmount,
    payment_method: PaymentMethod,
    reference: NewReference,
    user_flow: UserFlow,
    /// Needed for PUSH_MESSAGE. One of the three only.
    customer: Option<Customer>,
    /// Needed for WEB_REDIRECT.
    return_url: Option<ReturnUrl>,
    #[schema(min_length = 3, max_length = 100)]
    payment_description: Option<String>,
    /// At most five pairs, of keys up to 100 and values up to 500 characters.
    #[schema(value_type = Option<Metadata>)]
    metadata: Option<BTreeMap<String, String>>,
    /// More than ten minutes and at most 60 days ahead, for sales units that may. Needs `receipt`.
    expires_at: Option<Instant>,
    #[schema(minimum = 0, maximum = 100)]
    minimum_user_age: Option<i32>,
    customer_interaction: Option<Interaction>,
    profile: Option<Profile>,
    qr_format: Option<QrOptions>,
    receipt: Option<Receipt>,
    receipt_url: Option<HttpsUrl>,
    industry_data: Option<IndustryData>,
    merchant_legal_links: Option<LegalLinks>,
    /// Makes it an Express payment; `profile.scope` then holds `address`.
    shipping: Option<Shipping>,
    /// Of PSPs, with the payment method CARD_PASSTHROUGH.
    card_passthrough: Option<CardPassthrough>,
}

kinds! {
    /// The merchant's own words about a payment.
    Metadata as "epayment.Metadata" = utoipa::openapi::ObjectBuilder::new()
        .schema_type(utoipa::openapi::Type::Object)
        .property_names(Some(utoipa::openapi::Schema::from(text().max_length(Some(100)))))
        .additional_properties(Some(utoipa::openapi::Schema::from(text().max_length(Some(500)))))
        .max_properties(Some(5));
}

/// What is paid with.
#[derive(ToSchema)]
#[schema(as = epayment::NewPaymentMethod, rename_all = "camelCase")]
struct PaymentMethod {
    r#type: MethodWord,
    /// For WALLET, in Denmark and Finland.
    blocked_sources: Option<Vec<BlockedSource>>,
}

/// The payer in mind.
#[derive(ToSchema)]
#[schema(as = epayment::Customer, rename_all = "camelCase")]
struct Customer {
    phone_number: Option<Msisdn>,
    /// The text that was scanned.
    #[schema(min_length = 5, max_length = 255)]
    personal_qr: Option<String>,
    customer_token: Option<String>,
}

/// What the payer is to share.
#[derive(ToSchema)]
#[schema(as = epayment::NewProfile)]
struct Profile {
    scope: Option<Scope>,
}

/// What the code of the flow QR looks like.
#[derive(ToSchema)]
#[schema(as = epayment::QrOptions)]
struct QrOptions {
    format: QrFormat,
    /// Pixels on a side, of a PNG.
    #[schema(minimum = 100, maximum = 2000)]
    size: Option<i32>,
}

/// What only some trades tell.
#[derive(ToSchema)]
#[schema(as = epayment::IndustryData, rename_all = "camelCase")]
struct IndustryData {
    airline_data: Option<AirlineData>,
}

/// An airline's ticket.
#[derive(ToSchema)]
#[schema(as = epayment::AirlineData, rename_all = "camelCase")]
pub(in crate::openapi) struct AirlineData {
    #[schema(min_length = 1, max_length = 6)]
    agency_invoice_number: String,
    #[schema(min_length = 3, max_length = 3)]
    airline_code: String,
    #[schema(min_length = 2, max_length = 2)]
    airline_designator_code: String,
    #[schema(min_length = 1, max_length = 49)]
    passenger_name: String,
    #[schema(min_length = 1, max_length = 150)]
    ticket_number: Option<String>,
}

/// What the payer accepts by approving.
#[derive(ToSchema)]
#[schema(as = epayment::LegalLinks, rename_all = "camelCase")]
struct LegalLinks {
    terms_of_sale_url: Option<HttpsUrl>,
    privacy_policy_url: Option<HttpsUrl>,
}

/// How goods can be sent: one of the two.
#[derive(ToSchema)]
#[schema(as = epayment::Shipping, rename_all = "camelCase")]
pub(in crate::openapi) struct Shipping {
    #[schema(min_items = 1, max_items = 20)]
    fixed_options: Option<Vec<ShippingGroup>>,
    dynamic_options: Option<DynamicOptions>,
    #[schema(max_items = 250)]
    allowed_countries: Option<Vec<CountryCode>>,
}

/// The merchant's server says how, once the address is known.
#[derive(ToSchema)]
#[schema(as = epayment::DynamicOptions, rename_all = "camelCase")]
struct DynamicOptions {
    callback_url: HttpsUrl,
    callback_authorization_token: Option<CallbackToken>,
}

/// What one carrier offers of one kind; there is one group of a carrier and kind.
#[derive(ToSchema)]
#[schema(as = epayment::NewShippingGroup, rename_all = "camelCase")]
struct ShippingGroup {
    r#type: ShippingType,
    brand: Brand,
    #[schema(min_items = 1, max_items = 100)]
    options: Vec<ShippingOption>,
    is_default: Option<bool>,
    priority: Option<i32>,
}

/// One way to send goods. Its price is added to the amount.
#[derive(ToSchema)]
#[schema(as = epayment::NewShippingOption, rename_all = "camelCase")]
struct ShippingOption {
    #[schema(min_length = 1, max_length = 200)]
    id: String,
    #[schema(min_length = 1, max_length = 256)]
    name: String,
    amount: NewAmount,
    is_default: Option<bool>,
    priority: Option<i32>,
    #[schema(max_length = 200)]
    meta: Option<String>,
    #[schema(max_length = 200)]
    estimated_delivery: Option<String>,
}

/// How a PSP hears of the card.
#[derive(ToSchema)]
#[schema(as = epayment::CardPassthrough, rename_all = "camelCase")]
struct CardPassthrough {
    #[schema(min_length = 1, max_length = 64)]
    psp_reference: String,
    card_callback_url: HttpsUrl,
    #[schema(min_items = 1)]
    allowed_card_types: Vec<CardType>,
    prefer_visa_part_of_visa_dankort: Option<bool>,
    public_encryption_key_id: Option<Id>,
}

/// One that a shop could send as it is, with a reference of its own.
pub(super) fn example() -> Value {
    json!({
        "amount": {"currency": "NOK", "value": 49900},
        "paymentMethod": {"type": "WALLET"},
        "customer": {"phoneNumber": "4799900001"},
        "reference": "acme-shop-123-order123abc",
        "returnUrl": "https://shop.example/return?order=123",
        "userFlow": "WEB_REDIRECT",
        "paymentDescription": "One pair of socks",
        "metadata": {"cart": "42"},
    })
}
