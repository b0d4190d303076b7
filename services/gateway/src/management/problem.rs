//! The error bodies of the Management API: the gateway's own for a 401, problem+json with pairs of key and value for
//! everything else.

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, header};
use kvitt_proto::refusal;
use serde::Serialize;
use tonic::Status;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    accesstoken::json::GatewayError,
    problem::{self, sentence},
};

/// Upstream's error body; the order of the fields is theirs.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = management::Problem)]
pub(crate) struct Problem {
    r#type: String,
    title: &'static str,
    status: u16,
    detail: String,
    /// Names this very answer: the id of its trace.
    instance: String,
    extra_details: Option<Vec<ExtraDetail>>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = management::ExtraDetail)]
struct ExtraDetail {
    key: String,
    value: String,
}

/// What the services behind call a field, and what a client of this API calls it.
const FIELDS: [(&str, &str); 13] = [
    ("orderId", "productOrderId"),
    ("idempotencyKey", "Idempotency-Key"),
    ("businessScheme", "businessIdentifier.scheme"),
    ("businessId", "businessIdentifier.id"),
    ("logoPng", "salesUnitLogo"),
    ("settlementAccount", "settlementBankAccount"),
    ("useCase", "productUseCase"),
    ("appName", "app.appName"),
    ("websiteUrl", "website.url"),
    ("websiteTermsUrl", "website.termsUrl"),
    ("testWebsiteUrl", "website.testWebsiteUrl"),
    ("testWebsiteUsername", "website.testWebsiteUsername"),
    ("testWebsitePassword", "website.testWebsitePassword"),
];

/// The answer to a refused request.
pub(crate) fn response(status: &Status, trace_parent: &str) -> Response {
    let info = problem::info_of(status);
    let http_status = problem::http_status(info);
    let detail = problem::detail(status, info);
    let mut response = if info.http_status == 401 {
        let error = GatewayError { status_code: info.http_status, message: detail };
        (http_status, Json(error)).into_response()
    } else {
        let problem = Problem {
            r#type: format!("https://httpstatuses.io/{}", info.http_status),
            title: http_status.canonical_reason().unwrap_or(info.title),
            status: info.http_status,
            detail,
            instance: trace_id(trace_parent).urn().to_string(),
            extra_details: extra_details(status),
        };
        let mut response = (http_status, Json(problem)).into_response();
        let media_type = HeaderValue::from_static("application/problem+json");
        response.headers_mut().insert(header::CONTENT_TYPE, media_type);
        response
    };
    problem::add_retry_after(status, &mut response);
    response
}

/// The trace id of a W3C traceparent.
fn trace_id(trace_parent: &str) -> Uuid {
    trace_parent.split('-').nth(1).and_then(|id| Uuid::try_parse(id).ok()).unwrap_or_default()
}

fn extra_details(status: &Status) -> Option<Vec<ExtraDetail>> {
    let mut fields = refusal::field_violations_of(status);
    for violation in &mut fields {
        violation.field = as_clients_know_it(&violation.field);
    }
    let details: Vec<_> = fields
        .into_iter()
        .map(|violation| ExtraDetail { value: sentence(&violation), key: violation.field })
        .collect();
    (!details.is_empty()).then_some(details)
}

/// `product.settlementAccount.id` is `settlementBankAccount.id` to a client.
fn as_clients_know_it(field: &str) -> String {
    let field = field.strip_prefix("product.").unwrap_or(field);
    let (name, rest) = field.find('.').map_or((field, ""), |at| field.split_at(at));
    let known = FIELDS.iter().find(|(behind, _)| *behind == name);
    format!("{}{rest}", known.map_or(name, |(_, known)| known))
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;
    use kvitt_proto::{
        error::v1::Reason,
        reason,
        refusal::{FieldViolation, fields},
    };
    use serde_json::{Value, json};

    use super::*;

    const TRACE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    async fn told(status: &Status) -> (http::response::Parts, String) {
        let (parts, body) = response(status, TRACE).into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        (parts, String::from_utf8(body.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn every_reason_has_the_dialect_of_its_status() {
        for info in reason::all() {
            let (parts, body) = told(&refusal::status(info.reason, "Because.")).await;
            assert_eq!(parts.status.as_u16(), info.http_status, "{}", info.name);
            let body: Value = serde_json::from_str(&body).unwrap();
            let members = body.as_object().unwrap().len();
            if info.http_status == 401 {
                assert_eq!(parts.headers[header::CONTENT_TYPE], "application/json");
                assert_eq!(body, json!({"statusCode": 401, "message": "Because."}), "{}", info.name);
            } else {
                assert_eq!(parts.headers[header::CONTENT_TYPE], "application/problem+json");
                assert_eq!((&body["status"], members), (&json!(info.http_status), 6), "{}", info.name);
                assert_eq!(body["extraDetails"], Value::Null, "{}", info.name);
            }
            let asked_to_wait = parts.headers.contains_key(header::RETRY_AFTER);
            assert_eq!(asked_to_wait, [429, 503].contains(&info.http_status), "{}", info.name);
        }
    }

    #[tokio::test]
    async fn the_fields_stand_in_upstreams_order() {
        let (_, body) = told(&refusal::status(Reason::NotFound, "there is no such sales unit")).await;
        let expected = concat!(
            r#"{"type":"https://httpstatuses.io/404","title":"Not Found","status":404,"#,
            r#""detail":"there is no such sales unit","#,
            r#""instance":"urn:uuid:4bf92f35-77b3-4da6-a3ce-929d0e0e4736","extraDetails":null}"#,
        );
        assert_eq!(body, expected);
    }

    #[tokio::test]
    async fn a_broken_field_is_named_as_clients_know_it() {
        let table = [
            ("product.salesUnitName", "salesUnitName"),
            ("product.settlementAccount.id", "settlementBankAccount.id"),
            ("product.logoPng", "salesUnitLogo"),
            ("product.websiteTermsUrl", "website.termsUrl"),
            ("businessScheme", "businessIdentifier.scheme"),
            ("idempotencyKey", "Idempotency-Key"),
            ("orderId", "productOrderId"),
            ("msn", "msn"),
        ];
        let broken = table.map(|(behind, _)| FieldViolation::new(behind, "is not valid"));
        let (_, body) = told(&fields(broken.to_vec())).await;
        let body: Value = serde_json::from_str(&body).unwrap();
        let details = body["extraDetails"].as_array().unwrap();
        let named: Vec<_> = details.iter().map(|detail| detail["key"].as_str().unwrap()).collect();
        assert_eq!(named, table.map(|(_, known)| known));
        assert_eq!(details[0]["value"], "The field SalesUnitName is not valid.");
        assert_eq!(details[3]["value"], "The field TermsUrl is not valid.");
    }
}
