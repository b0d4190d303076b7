//! Orders, and what is asked about them.

use chrono::{DateTime, Utc};
use kvitt_primitives::{BusinessIdentifier, Invalid, Name, OrderId};
use kvitt_proto::{merchant::v1, refusal::FieldViolation, time};

use super::{
    Violations, absent, check, check_given,
    merchant::{company_parts, company_to_proto},
    one,
    product::{product, product_to_proto},
    terms,
};
use crate::{
    app::orders::{Application, List, MOST_PER_PAGE, Prefill, ProductOrder, Submission},
    domain::{
        Agreement, CaptureType, Decision, FeatureRequest, Order, OrderType, Prose, Reason, Status, Subject,
        Turnover, Wanted,
    },
};

const REQUIRED: Invalid = Invalid { rule: "is required" };

pub(in crate::grpc) fn order_id(text: &str) -> Result<OrderId, Violations> {
    one("orderId", text.parse())
}

pub(in crate::grpc) fn application(request: v1::ApplyForAgreementRequest) -> Result<Application, Violations> {
    let mut broken = Vec::new();
    let order_id = check(&mut broken, "orderId", request.order_id.parse());
    let company = business(&mut broken, &request.business_scheme, &request.business_id);
    let Some(message) = request.agreement else {
        broken.extend(absent("agreement"));
        return Err(broken);
    };
    let name = check(&mut broken, "agreement.name", Name::try_new(message.name));
    let market = check(&mut broken, "agreement.market", terms::market(message.market));
    if let (Some(market), Some(company)) = (market, &company)
        && market != company.market()
    {
        broken.push(FieldViolation::new("agreement.market", "must be where the company is registered"));
    }
    let profile = company_parts(&mut broken, "agreement.company", message.company.unwrap_or_default());
    match (order_id, company, name) {
        (Some(order_id), Some(company), Some(name)) if broken.is_empty() => {
            Ok(Application { order_id, company, agreement: Agreement { name, company: profile } })
        }
        _ => Err(broken),
    }
}

pub(in crate::grpc) fn product_order(request: v1::OrderProductRequest) -> Result<ProductOrder, Violations> {
    let mut broken = Vec::new();
    let order_id = check(&mut broken, "orderId", request.order_id.parse());
    let merchant_id = check(&mut broken, "merchantId", request.merchant_id.parse());
    let product = required_product(&mut broken, request.product);
    match (order_id, merchant_id, product) {
        (Some(order_id), Some(merchant_id), Some(product)) if broken.is_empty() => {
            Ok(ProductOrder { order_id, merchant_id, product })
        }
        _ => Err(broken),
    }
}

pub(in crate::grpc) fn prefill(request: v1::PrefillOrderRequest) -> Result<Prefill, Violations> {
    let mut broken = Vec::new();
    let key = check(&mut broken, "idempotencyKey", key(request.idempotency_key));
    let company = business(&mut broken, &request.business_scheme, &request.business_id);
    let product = required_product(&mut broken, request.product);
    match (key, company, product) {
        (Some(key), Some(company), Some(product)) if broken.is_empty() => {
            Ok(Prefill { key, company, product })
        }
        _ => Err(broken),
    }
}

pub(in crate::grpc) fn submission(request: v1::SubmitOrderRequest) -> Result<Submission, Violations> {
    let mut broken = Vec::new();
    let order_id = check(&mut broken, "orderId", request.order_id.parse());
    let merchant_id = check(&mut broken, "merchantId", request.merchant_id.parse());
    let product = request.product.and_then(|message| product(&mut broken, message));
    match (order_id, merchant_id) {
        (Some(order_id), Some(merchant_id)) if broken.is_empty() => {
            Ok(Submission { order_id, merchant_id, product })
        }
        _ => Err(broken),
    }
}

pub(in crate::grpc) fn feature_request(
    request: v1::RequestFeatureRequest,
) -> Result<(OrderId, FeatureRequest), Violations> {
    let mut broken = Vec::new();
    let order_id = check(&mut broken, "orderId", request.order_id.parse());
    let Some(message) = request.request else {
        broken.extend(absent("request"));
        return Err(broken);
    };
    let msn = check(&mut broken, "request.msn", message.msn.parse());
    let wanted = wanted(&mut broken, message.wanted);
    let estimate = Turnover::try_new(message.revenue_estimate);
    let revenue_estimate = check(&mut broken, "request.revenueEstimate", estimate);
    let description = check(&mut broken, "request.description", Prose::try_new(message.description));
    let (Some(msn), Some(wanted), Some(revenue_estimate), Some(description)) =
        (msn, wanted, revenue_estimate, description)
    else {
        return Err(broken);
    };
    let asked = FeatureRequest { msn, wanted, revenue_estimate, description };
    if let Err((field, Invalid { rule })) = asked.tells_enough() {
        broken.push(FieldViolation::new(format!("request.{field}"), rule));
    }
    match order_id {
        Some(order_id) if broken.is_empty() => Ok((order_id, asked)),
        _ => Err(broken),
    }
}

pub(in crate::grpc) fn decision(request: v1::DecideOrderRequest) -> Result<(OrderId, Decision), Violations> {
    let mut broken = Vec::new();
    let order_id = check(&mut broken, "orderId", request.order_id.parse());
    let decision = if request.approve {
        let approve = || Ok(Decision::Approve);
        let silent = Invalid { rule: "must be empty for an approval" };
        check(&mut broken, "reason", if request.reason.is_empty() { approve() } else { Err(silent) })
    } else {
        check(&mut broken, "reason", Reason::try_new(request.reason).map(Decision::Reject))
    };
    match (order_id, decision) {
        (Some(order_id), Some(decision)) => Ok((order_id, decision)),
        _ => Err(broken),
    }
}

pub(in crate::grpc) fn list(request: &v1::ListOrdersRequest) -> Result<List, Violations> {
    let mut broken = Vec::new();
    let merchant_id = check_given(&mut broken, "merchantId", &request.merchant_id, str::parse);
    let size = check(&mut broken, "pageSize", page_size(request.page_size));
    let after = check_given(&mut broken, "pageToken", &request.page_token, place);
    match size {
        Some(size) if broken.is_empty() => {
            Ok(List { merchant_id, with_expired: request.include_expired, size, after })
        }
        _ => Err(broken),
    }
}

/// Leads to what follows an order.
pub(in crate::grpc) fn page_token(order: &Order) -> String {
    format!("{}.{}", order.created_at.timestamp_micros(), order.id)
}

/// The order as it stands now.
pub(in crate::grpc) fn order_to_proto(order: &Order, now: DateTime<Utc>) -> v1::Order {
    let text = |part: Option<String>| part.unwrap_or_default();
    v1::Order {
        order_id: order.id.to_string(),
        status: status_to_proto(order.status_at(now)).into(),
        r#type: type_to_proto(order.order_type).into(),
        merchant_id: text(order.merchant_id.map(|id| id.to_string())),
        business_scheme: order.company.scheme().to_owned(),
        business_id: order.company.number().as_str().to_owned(),
        subject: Some(subject_to_proto(order)),
        partner_id: text(order.partner_id.map(|id| id.to_string())),
        msn: text(order.msn.as_ref().map(ToString::to_string)),
        reason: text(order.reason.as_ref().map(|reason| reason.as_str().to_owned())),
        created_at: Some(time::to_proto(order.created_at)),
        expires_at: order.expires_at.map(time::to_proto),
        decided_at: order.decided_at.map(time::to_proto),
    }
}

fn subject_to_proto(order: &Order) -> v1::order::Subject {
    match &order.subject {
        Subject::Agreement(agreement) => v1::order::Subject::Agreement(v1::Agreement {
            name: agreement.name.as_str().to_owned(),
            market: terms::market_to_proto(order.company.market()).into(),
            company: Some(company_to_proto(&agreement.company)),
        }),
        Subject::Product(product) => v1::order::Subject::Product(product_to_proto(product)),
        Subject::Feature(request) => v1::order::Subject::Feature(v1::FeatureRequest {
            msn: request.msn.to_string(),
            wanted: Some(wanted_to_proto(request.wanted)),
            revenue_estimate: request.revenue_estimate.as_i64(),
            description: request.description.as_str().to_owned(),
        }),
    }
}

fn wanted(broken: &mut Violations, message: Option<v1::feature_request::Wanted>) -> Option<Wanted> {
    use v1::feature_request::Wanted as Message;
    match message {
        Some(Message::Feature(feature)) => {
            check(broken, "request.feature", terms::feature(feature).map(Wanted::Feature))
        }
        Some(Message::CaptureType(capture_type)) => {
            let only = Err(Invalid { rule: "must be DIRECT_CAPTURE" });
            let asked = match terms::capture_type(capture_type) {
                Ok(CaptureType::DirectCapture) => Ok(Wanted::DirectCapture),
                Ok(CaptureType::ReserveCapture | CaptureType::ReserveCaptureFull) | Err(_) => only,
            };
            check(broken, "request.captureType", asked)
        }
        None => check(broken, "request.feature", Err(REQUIRED)),
    }
}

fn wanted_to_proto(wanted: Wanted) -> v1::feature_request::Wanted {
    use v1::feature_request::Wanted as Message;
    match wanted {
        Wanted::Feature(feature) => Message::Feature(terms::feature_to_proto(feature).into()),
        Wanted::DirectCapture => {
            Message::CaptureType(terms::capture_type_to_proto(CaptureType::DirectCapture).into())
        }
    }
}

fn required_product(broken: &mut Violations, message: Option<v1::Product>) -> Option<crate::domain::Product> {
    match message {
        Some(message) => product(broken, message),
        None => check(broken, "product", Err(REQUIRED)),
    }
}

fn business(broken: &mut Violations, scheme: &str, id: &str) -> Option<BusinessIdentifier> {
    let violation = |error: kvitt_primitives::BusinessIdentifierError| {
        let (part, rule) = error.field_and_rule();
        let field = if part == "scheme" { "businessScheme" } else { "businessId" };
        broken.push(FieldViolation::new(field, rule));
    };
    BusinessIdentifier::try_new(scheme, id).map_err(violation).ok()
}

/// Upstream's form of the Management API's keys.
fn key(text: String) -> Result<String, Invalid> {
    let letters = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if letters && (1..=50).contains(&text.len()) {
        Ok(text)
    } else {
        Err(Invalid { rule: "must match the regular expression '^[a-zA-Z0-9-]{1,50}$'" })
    }
}

fn page_size(size: i32) -> Result<u32, Invalid> {
    match u32::try_from(size) {
        Ok(0) => Ok(MOST_PER_PAGE),
        Ok(size) if size <= MOST_PER_PAGE => Ok(size),
        Ok(_) | Err(_) => Err(Invalid { rule: "must be between 0 and 100" }),
    }
}

fn place(token: &str) -> Result<(DateTime<Utc>, OrderId), Invalid> {
    let broken = Invalid { rule: "must be a nextPageToken that was given" };
    let (at, id) = token.split_once('.').ok_or(broken)?;
    let at = at.parse().ok().and_then(DateTime::from_timestamp_micros).ok_or(broken)?;
    Ok((at, id.parse().map_err(|_: Invalid| broken)?))
}

fn status_to_proto(status: Status) -> v1::OrderStatus {
    match status {
        Status::Received => v1::OrderStatus::Received,
        Status::MerchantViewed => v1::OrderStatus::MerchantViewed,
        Status::OrderSubmitted => v1::OrderStatus::OrderSubmitted,
        Status::Expired => v1::OrderStatus::Expired,
        Status::Completed => v1::OrderStatus::Completed,
        Status::Rejected => v1::OrderStatus::Rejected,
    }
}

fn type_to_proto(order_type: OrderType) -> v1::OrderType {
    match order_type {
        OrderType::Prefill => v1::OrderType::Prefill,
        OrderType::Template => v1::OrderType::Template,
        OrderType::Manual => v1::OrderType::Manual,
    }
}
