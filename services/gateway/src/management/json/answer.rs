//! Answers in upstream's shapes (contract-merchant section 15); the order of the fields is theirs. What may be null is
//! null where there is none, so that a member is always there.

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use chrono::SecondsFormat;
use http::{HeaderValue, header};
use kvitt_primitives::{BusinessIdentifier, Market, OrganizationNumber};
use kvitt_proto::{
    error::v1::Reason,
    merchant::v1::{
        self, CaptureType, Feature, MerchantStatus, OrderStatus, OrderType, ProductType, order::Subject,
    },
    refusal, time,
};
use prost_types::Timestamp;
use serde::Serialize;
use tonic::Status;
use utoipa::ToSchema;

/// `productType`.
pub(crate) const PRODUCT_TYPES: [(&str, ProductType); 5] = [
    ("PAYMENT_INTEGRATION", ProductType::PaymentIntegration),
    ("CASHIER", ProductType::Cashier),
    ("CHECKOUT", ProductType::Checkout),
    ("LOGIN", ProductType::Login),
    ("DONATIONS", ProductType::Donations),
];

const STATUSES: [(&str, OrderStatus); 6] = [
    ("RECEIVED", OrderStatus::Received),
    ("MERCHANT_VIEWED", OrderStatus::MerchantViewed),
    ("ORDER_SUBMITTED", OrderStatus::OrderSubmitted),
    ("EXPIRED", OrderStatus::Expired),
    ("COMPLETED", OrderStatus::Completed),
    ("REJECTED", OrderStatus::Rejected),
];

const ORDER_TYPES: [(&str, OrderType); 3] =
    [("PREFILL", OrderType::Prefill), ("TEMPLATE", OrderType::Template), ("MANUAL", OrderType::Manual)];

const MARKETS: [(&str, v1::Market); 3] =
    [("NO", v1::Market::No), ("DK", v1::Market::Dk), ("FI", v1::Market::Fi)];

/// The answer to a read, whose media type names its character set.
#[derive(Debug)]
pub(crate) struct Reading<T>(pub(crate) T);

/// A company, by its register.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = management::Identifier)]
struct Identifier {
    scheme: String,
    id: String,
}

/// An account, as payouts know it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = management::Account)]
struct Account {
    scheme: String,
    id: String,
}

/// A merchant.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = management::Merchant)]
pub(crate) struct Merchant {
    business_identifier: Identifier,
    name: String,
    status: &'static str,
    created_at: String,
    updated_at: String,
    country_code: &'static str,
    business_address: Option<Address>,
    business_post_address: Option<Address>,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = management::Address)]
struct Address {
    lines: Vec<String>,
    post_code: Option<String>,
    city: Option<String>,
    country_code: Option<String>,
}

/// A sales unit in a list, and as what came of an order.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = management::UnitName)]
pub(crate) struct UnitName {
    msn: String,
    name: String,
}

/// A sales unit.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = management::SalesUnit)]
pub(crate) struct SalesUnit {
    msn: String,
    name: String,
    business_identifier: Identifier,
    settlement_bank_account: Option<Account>,
    configuration: Configuration,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = management::Configuration)]
struct Configuration {
    payment_allowed: bool,
    capture_type: &'static str,
    skip_landing_page_allowed: bool,
    recurring_allowed: bool,
    partial_capture_allowed: bool,
    late_capture_allowed: bool,
    landing_page_phone_number_locked: bool,
    long_living_payment_allowed: bool,
    credit_card_payment_allowed: bool,
}

/// What a partner may offer.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = management::PricePackage)]
pub(crate) struct PricePackage {
    price_package_id: String,
    name: String,
    description: String,
    visible_in_signup_form: bool,
    product_type: &'static str,
    market: &'static str,
    /// Percent, as in `2.99`.
    commission: String,
}

/// The answer to a product order.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = management::Prefilled)]
pub(crate) struct Prefilled {
    prefilled_order_id: String,
    prefill_url: String,
}

/// An order.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = management::Order)]
pub(crate) struct Order {
    product_order_type: &'static str,
    product_order_id: String,
    product_type: &'static str,
    status: &'static str,
    business_identifier: Identifier,
    /// Where the merchant goes on with what a partner prefilled.
    product_order_url: Option<String>,
    sales_unit: Option<UnitName>,
}

/// There is nothing to tell; an object keeps JSON clients content.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = management::Deleted)]
pub(crate) struct Deleted {}

impl<T: Serialize> IntoResponse for Reading<T> {
    fn into_response(self) -> Response {
        let mut response = Json(self.0).into_response();
        let media_type = HeaderValue::from_static("application/json;charset=UTF-8");
        response.headers_mut().insert(header::CONTENT_TYPE, media_type);
        response
    }
}

impl Merchant {
    pub(crate) fn from_proto(merchant: Option<v1::Merchant>) -> Result<Self, Status> {
        let merchant = merchant.ok_or_else(|| lacks("a merchant"))?;
        let company = merchant.company.clone().unwrap_or_default();
        Ok(Self {
            business_identifier: Identifier::of(&merchant)?,
            status: match merchant.status() {
                MerchantStatus::Active => "ACTIVE",
                MerchantStatus::Deactivated => "DEACTIVATED",
                MerchantStatus::Unspecified => return Err(lacks("a merchant's status")),
            },
            created_at: instant(merchant.created_at)?,
            updated_at: instant(merchant.updated_at)?,
            country_code: word(&MARKETS, merchant.market()).ok_or_else(|| lacks("a market"))?,
            business_address: company.business_address.map(Address::from),
            business_post_address: company.postal_address.map(Address::from),
            name: merchant.name,
        })
    }
}

impl Identifier {
    fn of(merchant: &v1::Merchant) -> Result<Self, Status> {
        let market = match merchant.market() {
            v1::Market::No => Market::No,
            v1::Market::Dk => Market::Dk,
            v1::Market::Fi => Market::Fi,
            v1::Market::Unspecified => return Err(lacks("a market")),
        };
        let number = OrganizationNumber::try_new(market, merchant.organization_number.clone());
        let business = BusinessIdentifier::new(number.map_err(|_| lacks("an organisation number"))?);
        Ok(Self { scheme: business.scheme().to_owned(), id: business.number().as_str().to_owned() })
    }
}

impl From<v1::Address> for Address {
    fn from(address: v1::Address) -> Self {
        let given = |text: String| (!text.is_empty()).then_some(text);
        Self {
            lines: address.lines,
            post_code: given(address.post_code),
            city: given(address.city),
            country_code: given(address.country_code),
        }
    }
}

impl From<v1::SalesUnit> for UnitName {
    fn from(unit: v1::SalesUnit) -> Self {
        Self { msn: unit.msn, name: unit.name }
    }
}

impl SalesUnit {
    /// A unit, and the merchant that it belongs to.
    pub(crate) fn from_proto(unit: v1::SalesUnit, owner: Option<v1::Merchant>) -> Result<Self, Status> {
        let owner = owner.ok_or_else(|| lacks("a merchant"))?;
        let configuration = Configuration::of(&unit)?;
        let account = unit.settlement_account;
        Ok(Self {
            msn: unit.msn,
            name: unit.name,
            business_identifier: Identifier::of(&owner)?,
            settlement_bank_account: account
                .map(|account| Account { scheme: account.scheme, id: account.id }),
            configuration,
        })
    }
}

impl Configuration {
    fn of(unit: &v1::SalesUnit) -> Result<Self, Status> {
        let has = |feature: Feature| unit.features.contains(&feature.into());
        let payment_allowed = unit.product_type() != ProductType::Login;
        let capture_type = match unit.capture_type() {
            _ if !payment_allowed => "NotApplicable",
            CaptureType::ReserveCapture | CaptureType::ReserveCaptureFull => "ReserveCapture",
            CaptureType::DirectCapture => "DirectCapture",
            CaptureType::Unspecified => return Err(lacks("a capture type")),
        };
        Ok(Self {
            payment_allowed,
            capture_type,
            skip_landing_page_allowed: has(Feature::PushMessage),
            recurring_allowed: has(Feature::Recurring),
            partial_capture_allowed: payment_allowed && unit.capture_type() == CaptureType::ReserveCapture,
            late_capture_allowed: has(Feature::LateCapture),
            landing_page_phone_number_locked: has(Feature::LandingPagePhoneLocked),
            long_living_payment_allowed: has(Feature::LongLiving),
            credit_card_payment_allowed: has(Feature::CreditCard),
        })
    }
}

impl PricePackage {
    pub(crate) fn from_proto(package: v1::PricePackage) -> Result<Self, Status> {
        let basis_points = package.commission_basis_points;
        Ok(Self {
            product_type: word(&PRODUCT_TYPES, package.product_type())
                .ok_or_else(|| lacks("a product type"))?,
            market: word(&MARKETS, package.market()).ok_or_else(|| lacks("a market"))?,
            price_package_id: package.price_package_id,
            name: package.name,
            description: package.description,
            visible_in_signup_form: package.visible_in_signup_form,
            commission: format!("{}.{:02}", basis_points / 100, basis_points % 100),
        })
    }
}

impl Prefilled {
    /// The order, which the merchant opens at the URL that begins so.
    pub(crate) fn from_proto(order: Option<v1::Order>, prefill_url: &str) -> Result<Self, Status> {
        let order = order.ok_or_else(|| lacks("an order"))?;
        let prefill_url = format!("{prefill_url}{}", order.order_id);
        Ok(Self { prefilled_order_id: order.order_id, prefill_url })
    }
}

impl Order {
    /// The order, `None` when it is not one of a product, or of one that upstream has no word for.
    pub(crate) fn from_proto(order: v1::Order, prefill_url: &str) -> Result<Option<Self>, Status> {
        let (status, order_type) = (order.status(), order.r#type());
        let Some(Subject::Product(product)) = order.subject else { return Ok(None) };
        let prefilled = order_type == OrderType::Prefill;
        let completed = status == OrderStatus::Completed && !order.msn.is_empty();
        let product_type = product.product_type();
        if product_type == ProductType::VmNumber {
            return Ok(None);
        }
        Ok(Some(Self {
            product_order_type: word(&ORDER_TYPES, order_type).ok_or_else(|| lacks("an order's type"))?,
            product_type: word(&PRODUCT_TYPES, product_type).ok_or_else(|| lacks("a product type"))?,
            status: word(&STATUSES, status).ok_or_else(|| lacks("an order's status"))?,
            business_identifier: Identifier { scheme: order.business_scheme, id: order.business_id },
            product_order_url: prefilled.then(|| format!("{prefill_url}{}", order.order_id)),
            sales_unit: completed.then_some(UnitName { msn: order.msn, name: product.sales_unit_name }),
            product_order_id: order.order_id,
        }))
    }
}

fn word<T: Copy + PartialEq>(words: &[(&'static str, T)], meaning: T) -> Option<&'static str> {
    words.iter().find(|(_, known)| *known == meaning).map(|(word, _)| *word)
}

fn instant(at: Option<Timestamp>) -> Result<String, Status> {
    let at = at.and_then(|at| time::from_proto(at, "at").ok()).ok_or_else(|| lacks("an instant"))?;
    Ok(at.to_rfc3339_opts(SecondsFormat::Millis, true))
}

fn lacks(what: &str) -> Status {
    refusal::status(Reason::Internal, format!("the answer lacks {what}"))
}

#[cfg(test)]
mod tests;
