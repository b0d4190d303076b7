//! The error bodies of eCom (contract-payments sections 4 and 9.5): what the gateway refuses before the API is an object
//! in the gateway's words, everything else an array of groups and codes. Every code stands here and nowhere else; a
//! reason that has none is VippsError 99, as upstream's "internal error (typically bad request)".

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header};
use kvitt_proto::{error::v1::Reason, reason::Info, refusal};
use serde::Serialize;
use tonic::Status;
use utoipa::ToSchema;

use super::json::EcomJson;
use crate::{
    accesstoken::json::GatewayError,
    problem::{self, sentence},
};

/// One of an answer's errors; the order of the fields is upstream's.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ecomm::EcomError)]
pub(crate) struct EcomError {
    error_group: &'static str,
    /// A number, or for a broken field its path.
    error_code: String,
    error_message: String,
    /// The id of the request's trace.
    context_id: String,
}

/// How a reason is told.
#[derive(Debug, PartialEq)]
enum Told {
    /// In the words of the gateway in front of the API.
    AtTheGate,
    /// Each broken field by its path.
    Fields,
    /// The field of this path.
    Field(&'static str),
    /// The field that the detail begins with, in ePayment's words.
    NamedField,
    /// Group, code, HTTP status, and what it means.
    Code(&'static str, &'static str, u16, &'static str),
}

const PAYMENT: &str = "Payment";
const VIPPS: &str = "VippsError";
const USER: &str = "User";
const MERCHANT: &str = "Merchant";
const INVALID: &str = "InvalidRequest";

const AMOUNT: &str = "transaction.amount";

/// What the services behind call a field, and what a client of this API calls it. The first that fits is taken; what
/// stands behind it is kept.
const FIELDS: [(&str, &str); 11] = [
    ("reference", "transaction.orderId"),
    ("amount", AMOUNT),
    ("paymentDescription", "transaction.transactionText"),
    ("text", "transaction.transactionText"),
    ("industryData.airlineData", "transaction.additionalData"),
    ("customer", "customerInfo.mobileNumber"),
    ("returnUrl", "merchantInfo.fallBack"),
    ("shipping", "merchantInfo.staticShippingDetails"),
    ("idempotencyKey", "X-Request-Id"),
    ("msn", "merchantInfo.merchantSerialNumber"),
    ("phoneNumber", "customerPhoneNumber"),
];

/// What the services behind call the fields of a shipping option.
const OPTION_FIELDS: [(&str, &str); 3] =
    [("id", "shippingMethodId"), ("name", "shippingMethod"), ("amount", "shippingCost")];

/// Fields under which this API has nothing further.
const WITHOUT_PARTS: [&str; 3] = [AMOUNT, "customerInfo.mobileNumber", "merchantInfo.staticShippingDetails"];

/// The answer to a refused request.
pub(crate) fn response(status: &Status, trace_parent: &str) -> Response {
    let info = problem::info_of(status);
    let context_id = trace_parent.split('-').nth(1).unwrap_or_default();
    let error = |group, code: String, message: String| EcomError {
        error_group: group,
        error_code: code,
        error_message: message,
        context_id: context_id.to_owned(),
    };
    let detail = problem::detail(status, info);
    let mut response = match told(info) {
        Told::AtTheGate => at_the_gate(info, detail),
        Told::Fields => {
            let broken = refusal::field_violations_of(status).into_iter().map(|mut violation| {
                violation.field = as_clients_know_it(&violation.field);
                error(INVALID, violation.field.clone(), sentence(&violation))
            });
            array(400, broken.collect())
        }
        Told::Field(field) => array(400, vec![error(INVALID, field.to_owned(), detail)]),
        Told::NamedField => {
            let field = as_clients_know_it(detail.split(' ').next().unwrap_or_default());
            array(400, vec![error(INVALID, field, detail)])
        }
        Told::Code(group, code, http_status, message) => {
            array(http_status, vec![error(group, code.to_owned(), message.to_owned())])
        }
    };
    problem::add_retry_after(status, &mut response);
    response
}

/// The code of a reason, or its name where the answer has none.
pub(crate) fn code(info: &'static Info) -> &'static str {
    match told(info) {
        Told::Code(_, code, ..) => code,
        Told::AtTheGate | Told::Fields | Told::Field(_) | Told::NamedField => info.name,
    }
}

fn at_the_gate(info: &Info, message: String) -> Response {
    let error = GatewayError { status_code: info.http_status, message };
    let mut response = (problem::http_status(info), Json(error)).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

fn array(http_status: u16, errors: Vec<EcomError>) -> Response {
    let http_status = StatusCode::from_u16(http_status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (http_status, EcomJson(errors)).into_response()
}

/// What each reason is to a client of this API.
fn told(info: &Info) -> Told {
    use Reason as R;
    match info.reason {
        R::TokenMissing
        | R::TokenInvalid
        | R::TokenExpired
        | R::SubscriptionKeyMissing
        | R::SubscriptionKeyInvalid
        | R::ClientInvalid
        | R::MsnNotCovered
        | R::MsnRequired
        | R::PermissionDenied
        | R::PartnerNotLinked
        | R::NoAccess
        | R::RateLimited
        | R::RouteNotFound
        | R::MethodNotAllowed
        | R::BodyTooLarge
        | R::HeadersTooLarge => Told::AtTheGate,
        R::FieldInvalid => Told::Fields,
        R::BodyMalformed => Told::Field("body"),
        R::PaymentLocked | R::CaptureTryAgain => Told::Code(
            VIPPS,
            "94",
            423,
            "The order is locked and being processed. Try again with the same X-Request-Id.",
        ),
        R::Overloaded => Told::Code(VIPPS, "98", 429, "Too many requests at once. Try again shortly."),
        R::ReferenceNotFound => {
            Told::Code(MERCHANT, "35", 404, "The sales unit has no order with this orderId.")
        }
        _ => of_initiate(info)
            .or_else(|| of_change(info))
            .or_else(|| of_approval(info))
            .unwrap_or(Told::Code(VIPPS, "99", info.http_status, "Internal error.")),
    }
}

fn of_initiate(info: &Info) -> Option<Told> {
    use Reason as R;
    Some(match info.reason {
        R::InvalidAmount | R::AmountTooSmall => Told::Field(AMOUNT),
        R::InvalidScope => Told::Field("transaction.scope"),
        R::InvalidUrl | R::MissingRequiredParameter => Told::NamedField,
        R::InvalidPhoneNumber | R::CustomerNotFound => {
            Told::Code(USER, "81", 400, "The mobile number is not valid, or its user cannot pay businesses.")
        }
        R::ReferenceExists => {
            Told::Code(MERCHANT, "34", 400, "The sales unit has used this orderId before. It must be unique.")
        }
        R::PaymentCannotBeCreated => {
            Told::Code(MERCHANT, "37", 400, "The sales unit is not available, or has been deactivated.")
        }
        R::PushMessageNotAllowed => {
            Told::Code(MERCHANT, "38", 403, "The sales unit may not skip the landing page.")
        }
        R::LongLivingNotAllowed => {
            Told::Code(MERCHANT, "39", 403, "The sales unit may not make long-living payments.")
        }
        R::ScopeNotAllowed => {
            Told::Code(MERCHANT, "51", 403, "The sales unit may not ask for the scope nin.")
        }
        R::AccountNotVerified | R::InvalidCurrency => {
            Told::Code(MERCHANT, "97", 403, "The sales unit may not take payments through this API.")
        }
        R::ExpressNotAllowed => Told::Code(VIPPS, "91", 403, "The sales unit may not use Express."),
        _ => return None,
    })
}

fn of_change(info: &Info) -> Option<Told> {
    use Reason as R;
    const CHANGED: &str = "The request is another one than the first with this X-Request-Id.";
    Some(match info.reason {
        R::CannotCancelCaptured => Told::Code(
            PAYMENT,
            "51",
            400,
            "An order from which something has been captured cannot be cancelled.",
        ),
        R::CannotCancel
        | R::CannotCancelNotReserved
        | R::CannotCancelAuthorized
        | R::CannotCancelProcessing
        | R::CancelPeriodExpired => Told::Code(PAYMENT, "52", 400, "The order cannot be cancelled."),
        R::CaptureAmountTooHigh | R::AlreadyCaptured => Told::Code(
            PAYMENT,
            "61",
            400,
            "The captured amount is more than what is left of the reserved amount.",
        ),
        R::CaptureBeforeReservation => {
            Told::Code(PAYMENT, "62", 400, "Nothing is reserved that could be captured.")
        }
        R::FundsUnavailable => Told::Code(PAYMENT, "63", 400, "The capture failed."),
        R::CannotCapture | R::CannotCaptureCancelled | R::MustCaptureFullAmount => {
            Told::Code(VIPPS, "91", 400, "The order does not allow this.")
        }
        R::CapturePeriodExpired => Told::Code(PAYMENT, "98", 400, "The order is too old to be captured."),
        R::NotEnoughRefundable | R::AlreadyRefunded => Told::Code(
            PAYMENT,
            "71",
            400,
            "The refunded amount is more than what is left of the captured amount.",
        ),
        R::RefundBeforeReservation => Told::Code(
            PAYMENT,
            "72",
            400,
            "An order that is only reserved cannot be refunded. Cancel it instead.",
        ),
        R::CannotRefund => Told::Code(PAYMENT, "73", 400, "A cancelled order cannot be refunded."),
        R::RefundNotPossible => Told::Code(PAYMENT, "74", 400, "The refund failed."),
        R::RefundPeriodExpired => Told::Code(PAYMENT, "95", 400, "The order is too old to be refunded."),
        R::CaptureIdempotencyConflict => Told::Code(PAYMENT, "93", 400, CHANGED),
        R::RefundIdempotencyConflict | R::IdempotencyConflict => Told::Code(VIPPS, "93", 400, CHANGED),
        _ => return None,
    })
}

fn of_approval(info: &Info) -> Option<Told> {
    use Reason as R;
    Some(match info.reason {
        R::ApproveNoCards | R::ApproveInvalidSource => {
            Told::Code(PAYMENT, "41", 400, "The user has no valid card.")
        }
        R::ApproveFailed => Told::Code(PAYMENT, "42", 400, "The card's issuer refused."),
        R::ApproveLimitExceeded => Told::Code(PAYMENT, "43", 400, "The amount is not allowed for this user."),
        R::ApprovalIncomplete | R::ShippingNotPossible | R::ShippingNotAnswered | R::ChallengeInvalid => {
            Told::Code(PAYMENT, "45", 400, "The reservation failed.")
        }
        R::ApproveIdentificationRequired => {
            Told::Code(PAYMENT, "1082", 400, "The user has not been identified.")
        }
        R::ApproveNotAllowed => Told::Code(USER, "81", 400, "The user cannot pay this order."),
        R::AlreadyReserved => Told::Code(VIPPS, "92", 400, "The order has been processed before."),
        R::CannotApprove | R::ApproveNotSupported => {
            Told::Code(VIPPS, "91", 400, "The order does not allow this.")
        }
        _ => return None,
    })
}

/// `shipping.fixedOptions[0].options[1].name` is `merchantInfo.staticShippingDetails[1].shippingMethod` to a client.
fn as_clients_know_it(field: &str) -> String {
    let option = field.strip_prefix("shipping.fixedOptions").and_then(|rest| rest.split_once(".options["));
    if let Some((at, part)) = option.and_then(|(_, rest)| rest.split_once(']')) {
        let part = part.trim_start_matches('.').split('.').next().unwrap_or_default();
        let known = OPTION_FIELDS.iter().find(|(behind, _)| *behind == part);
        let part = known.map_or_else(String::new, |(_, known)| format!(".{known}"));
        return format!("merchantInfo.staticShippingDetails[{at}]{part}");
    }
    let is_part = |rest: &str| rest.is_empty() || rest.starts_with('.') || rest.starts_with('[');
    let known = FIELDS.iter().find_map(|(behind, known)| {
        field.strip_prefix(behind).filter(|rest| is_part(rest)).map(|rest| (*known, rest))
    });
    match known {
        Some((known, _)) if WITHOUT_PARTS.contains(&known) => known.to_owned(),
        Some((known, rest)) => format!("{known}{rest}"),
        None => field.to_owned(),
    }
}

#[cfg(test)]
mod tests;
