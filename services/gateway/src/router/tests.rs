//! The gateway with nobody behind it: what it must answer alone.

use std::collections::{BTreeMap, BTreeSet};

use axum::{body::Body, response::Response};
use clap::Parser;
use http::{Method, Request, StatusCode, header};
use kvitt_runtime::Clock;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use super::*;
use crate::Config;

/// Nobody listens here.
const NOWHERE: &str = "http://127.0.0.1:1";

fn config() -> Config {
    let peers = [
        "--access-url",
        "--merchant-url",
        "--payment-url",
        "--wallet-url",
        "--ordermanagement-url",
        "--checkout-url",
        "--webhook-url",
        "--qr-url",
        "--settlement-url",
    ];
    let urls = peers.into_iter().flat_map(|name| [name, NOWHERE]);
    let rest = ["--service-secret", "a secret of the tests", "--sandbox"];
    Config::try_parse_from(["kvitt-gateway"].into_iter().chain(urls).chain(rest)).unwrap()
}

async fn ask(method: Method, path: &str, with_sandbox: bool) -> Response {
    let app = router(Gateway::try_new(&config()).unwrap(), with_sandbox);
    let request = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
    app.oneshot(request).await.unwrap()
}

async fn body(response: Response) -> Value {
    let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

#[tokio::test]
async fn every_guarded_operation_asks_for_a_token_however_its_path_is_written() {
    let operations = [
        (Method::POST, "/epayment/v1/payments"),
        (Method::GET, "/epayment/v1/payments/order-12345678"),
        (Method::GET, "/epayment/v1/payments/order-12345678/events"),
        (Method::POST, "/epayment/v1/payments/order-12345678/capture"),
        (Method::POST, "/epayment/v1/payments/order-12345678/refund"),
        (Method::POST, "/epayment/v1/payments/order-12345678/cancel"),
        (Method::POST, "/epayment/v1/test/payments/order-12345678/approve"),
        (Method::GET, "/kvitt/v1/payments/order-12345678/payer"),
        (Method::POST, "/kvitt/v1/payments/order-12345678/payer/shipping-options"),
        (Method::POST, "/kvitt/v1/payments/order-12345678/payer/approve"),
        (Method::POST, "/kvitt/v1/payments/order-12345678/payer/card"),
        (Method::POST, "/kvitt/v1/payments/order-12345678/payer/challenge"),
        (Method::POST, "/kvitt/v1/payments/order-12345678/payer/reject"),
        (Method::POST, "/kvitt/v1/payers/4712345678/customer-token"),
        (Method::POST, "/kvitt/v1/payers/4712345678/personal-qr"),
        (Method::POST, "/kvitt/v1/payers/4712345678/push"),
        (Method::POST, "/kvitt/v1/payers/4712345678/status"),
        (Method::POST, "/kvitt/v1/payers/4712345678/revoke-consent"),
        (Method::POST, "/kvitt/v1/payers/4712345678/scan"),
        (Method::POST, "/kvitt/v1/payers/4712345678/vm-number-payments"),
        (Method::GET, "/kvitt/v1/check-ins/01234567-8901-2345-6789-012345678901"),
        (Method::GET, "/kvitt/v1/links/123"),
        (Method::POST, "/kvitt/v1/links/123/payments"),
        (Method::POST, "/kvitt/v1/payment-links"),
        (Method::GET, "/kvitt/v1/payment-links"),
        (Method::GET, "/kvitt/v1/payment-links/01234567-8901-2345-6789-012345678901"),
        (Method::POST, "/kvitt/v1/payment-links/01234567-8901-2345-6789-012345678901/deactivate"),
        (Method::GET, "/kvitt/v1/checkout/sessions/order-12345678"),
        (Method::POST, "/kvitt/v1/checkout/sessions/order-12345678/details"),
        (Method::POST, "/kvitt/v1/checkout/sessions/order-12345678/shipping-options"),
        (Method::POST, "/kvitt/v1/checkout/sessions/order-12345678/payment"),
        (Method::POST, "/kvitt/v1/checkout/sessions/order-12345678/cancel"),
        (Method::GET, "/kvitt/v1/payouts"),
        (Method::GET, "/kvitt/v1/agreements"),
        (Method::PUT, "/kvitt/v1/agreements"),
        (Method::POST, "/kvitt/v1/ledger-entries"),
        (Method::POST, "/kvitt/v1/report-subscriptions"),
        (Method::GET, "/kvitt/v1/report-subscriptions"),
        (Method::PUT, "/kvitt/v1/report-subscriptions/01234567-8901-2345-6789-012345678901"),
        (Method::DELETE, "/kvitt/v1/report-subscriptions/01234567-8901-2345-6789-012345678901"),
        (Method::GET, "/kvitt/v1/mails"),
        (Method::GET, "/kvitt/v1/dashboard"),
        (Method::GET, "/kvitt/v1/deliveries"),
        (Method::GET, "/kvitt/v1/deliveries/01234567-8901-2345-6789-012345678901"),
        (Method::POST, "/kvitt/v1/deliveries/01234567-8901-2345-6789-012345678901/resend"),
        (Method::GET, "/kvitt/v1/clock"),
        (Method::POST, "/kvitt/v1/clock"),
        (Method::GET, "/kvitt/v1/faults"),
        (Method::POST, "/kvitt/v1/faults"),
        (Method::DELETE, "/kvitt/v1/faults"),
        (Method::DELETE, "/kvitt/v1/faults/01234567-8901-2345-6789-012345678901"),
    ];
    let paths: BTreeSet<_> = operations.iter().map(|(_, path)| path).collect();
    let ours = sandbox().len() + watching().len() + linking().len() + paying_out().len();
    assert_eq!(paths.len(), guarded().len() + ours);
    for (method, path) in operations {
        let shouted = path.to_uppercase().replace("ORDER", "order");
        for path in [path.to_owned(), format!("{path}/"), shouted] {
            let response = ask(method.clone(), &path, true).await;
            assert_eq!(response.status(), StatusCode::UNAUTHORIZED, "{path}");
            assert_eq!(response.headers()[header::CONTENT_TYPE], "application/problem+json");
            let canonical = path.trim_end_matches('/').to_lowercase();
            let below = canonical.find("/v1").unwrap();
            assert_eq!(body(response).await["instance"], canonical[below..]);
        }
    }
}

#[tokio::test]
async fn every_operation_on_registrations_asks_for_a_token_also_outside_the_sandbox() {
    let operations = [
        (Method::POST, "/webhooks/v1/webhooks"),
        (Method::GET, "/webhooks/v1/webhooks"),
        (Method::DELETE, "/webhooks/v1/webhooks/01234567-8901-2345-6789-012345678901"),
        (Method::POST, "/kvitt/v1/webhooks/01234567-8901-2345-6789-012345678901/ping"),
        (Method::POST, "/kvitt/v1/webhooks/01234567-8901-2345-6789-012345678901/resend"),
    ];
    let paths: BTreeSet<_> = operations.iter().map(|(_, path)| path).collect();
    assert_eq!(paths.len(), registering().len());
    for (method, path) in operations {
        for with_sandbox in [true, false] {
            let response = ask(method.clone(), path, with_sandbox).await;
            assert_eq!(response.status(), StatusCode::UNAUTHORIZED, "{path}");
            assert_eq!(response.headers()[header::CONTENT_TYPE], "application/problem+json");
        }
    }
}

#[tokio::test]
async fn every_operation_on_orders_asks_for_a_token_in_the_gateways_dialect() {
    let operations = [
        (Method::POST, "/order-management/v1/images"),
        (Method::PUT, "/order-management/v2/eCom/categories/order-1"),
        (Method::POST, "/order-management/v2/ECOM/receipts/order-1"),
        (Method::GET, "/order-management/v2/ecom/order-1"),
        (Method::POST, "/order-management/v3/categories"),
        (Method::GET, "/order-management/v3/categories"),
        (Method::GET, "/order-management/v3/categories/01234567-8901-2345-6789-012345678901"),
        (Method::DELETE, "/order-management/v3/categories/01234567-8901-2345-6789-012345678901"),
    ];
    let paths: BTreeSet<_> = operations.iter().map(|(_, path)| path).collect();
    assert_eq!(paths.len(), telling().len());
    for (method, path) in operations {
        for path in [path.to_owned(), format!("{path}/"), path.to_uppercase()] {
            let response = ask(method.clone(), &path, true).await;
            assert_eq!(response.status(), StatusCode::UNAUTHORIZED, "{path}");
            assert_eq!(response.headers()[header::CONTENT_TYPE], "application/json");
            assert_eq!(body(response).await["statusCode"], 401, "{path}");
        }
    }
}

#[tokio::test]
async fn every_operation_on_codes_asks_for_a_token_in_the_gateways_dialect() {
    let operations = [
        (Method::POST, "/qr/v1"),
        (Method::POST, "/qr/v1/merchant-redirect"),
        (Method::GET, "/qr/v1/merchant-redirect"),
        (Method::GET, "/qr/v1/merchant-redirect/billboard_1"),
        (Method::PUT, "/qr/v1/merchant-redirect/%C3%A6%20+%25"),
        (Method::DELETE, "/qr/v1/merchant-redirect/billboard_1"),
        (Method::GET, "/qr/v1/merchant-callback"),
        (Method::GET, "/qr/v1/merchant-callback/mobilepay"),
        (Method::PUT, "/qr/v1/merchant-callback/a%2Fb"),
        (Method::DELETE, "/qr/v1/merchant-callback/till-1"),
        (Method::PUT, "/qr/v1/merchant-callback/mobilepay/beacon-1"),
        (Method::POST, "/qr/v1/exchange"),
        (Method::POST, "/qr/v1/exchange/customer"),
    ];
    for (method, path) in operations {
        for path in [path.to_owned(), format!("{path}/"), path.replace("/qr/v1", "/QR/V1")] {
            let response = ask(method.clone(), &path, true).await;
            assert_eq!(response.status(), StatusCode::UNAUTHORIZED, "{path}");
            assert_eq!(response.headers()[header::CONTENT_TYPE], "application/json");
            assert_eq!(body(response).await["statusCode"], 401, "{path}");
        }
        let response = ask(Method::PATCH, path, true).await;
        assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED, "{path}");
        let body = body(response).await;
        let told = if path.contains("exchange") { "status" } else { "instance" };
        assert!(!body[told].is_null() && body["traceId"].is_null(), "{path}: {body}");
    }
}

#[tokio::test]
async fn codes_are_drawn_and_followed_without_a_token_and_what_is_none_is_not_asked_for() {
    for path in [
        "/qr-images/v1/",
        "/qr-images/v1/nothing",
        "/qr-images/v1/.svg",
        "/qr-images/v1/rAbCdEfGhIjKlMnOpQrSt%00_.svg",
        "/qr-images/v1/%ff.svg",
        "/q/short",
        "/q/%ff",
        "/q/rAbCdEfGhIjKlMnOpQrStU%2F",
    ] {
        assert_eq!(ask(Method::GET, path, true).await.status(), StatusCode::NOT_FOUND, "{path}");
    }
    for path in [
        "/qr-images/v1/rAbCdEfGhIjKlMnOpQrStUv.png?size=99",
        "/qr-images/v1/rAbCdEfGhIjKlMnOpQrStUv.png?border=x",
    ] {
        assert_eq!(ask(Method::GET, path, true).await.status(), StatusCode::BAD_REQUEST, "{path}");
    }
    // Nobody is there who knows the code, or the payment.
    for path in [
        "/qr-images/v1/rAbCdEfGhIjKlMnOpQrStUv.svg",
        "/qr-images/v1/a-token.png",
        "/q/rAbCdEfGhIjKlMnOpQrStUv",
    ] {
        assert_eq!(ask(Method::GET, path, false).await.status(), StatusCode::SERVICE_UNAVAILABLE, "{path}");
    }
}

#[tokio::test]
async fn every_managing_operation_asks_for_a_token_in_the_gateways_dialect() {
    let operations = [
        (Method::GET, "/management/v1/partners/price-packages"),
        (Method::POST, "/management/v1/product-orders"),
        (Method::DELETE, "/management/v1/product-orders/01234567-8901-2345-6789-012345678901"),
        (Method::GET, "/management/v2/product-orders"),
        (Method::GET, "/management/v2/product-orders/01234567-8901-2345-6789-012345678901/details"),
        (Method::GET, "/management/v1/merchants/business:NO:ORG/987654325"),
        (Method::GET, "/management/v1/merchants/business:NO:ORG/987654325/sales-units"),
        (Method::GET, "/management/v1/sales-units"),
        (Method::GET, "/management/v1/sales-units/300001"),
    ];
    assert_eq!(operations.len(), managing().len());
    for (method, path) in operations {
        for path in [path.to_owned(), format!("{path}/"), path.to_uppercase()] {
            let response = ask(method.clone(), &path, true).await;
            assert_eq!(response.status(), StatusCode::UNAUTHORIZED, "{path}");
            assert_eq!(response.headers()[header::CONTENT_TYPE], "application/json");
            assert_eq!(body(response).await["statusCode"], 401, "{path}");
        }
        let response = ask(Method::PATCH, path, true).await;
        assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED, "{path}");
        assert!(body(response).await["instance"].as_str().unwrap().starts_with("urn:uuid:"), "{path}");
    }
}

#[tokio::test]
async fn every_operation_of_whoever_reads_ledgers_asks_for_a_token_in_the_dialect_of_reports() {
    let operations = [
        "/settlement/v1/ledgers",
        "/report/v2/ledgers/30000101/funds/dates/2026-11-22",
        "/report/v2/ledgers/30000101/fees/feed",
        "/report/v1/ledgertransactions?ledgerId=30000101",
    ];
    assert_eq!(operations.len(), accounting().len());
    for path in operations {
        for path in [path.to_owned(), path.replace("/v", "/V")] {
            let response = ask(Method::GET, &path, false).await;
            assert_eq!(response.status(), StatusCode::UNAUTHORIZED, "{path}");
            assert_eq!(response.headers()[header::CONTENT_TYPE], "application/json");
            let body = body(response).await;
            assert_eq!(
                (&body["code"], body.as_object().unwrap().len()),
                (&json!("Unauthorized"), 2),
                "{path}"
            );
        }
        let response = ask(Method::POST, path, false).await;
        assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED, "{path}");
        assert_eq!(body(response).await.as_object().unwrap().len(), 5, "{path}");
    }
}

#[tokio::test]
async fn report_files_ask_for_a_token_in_our_own_dialect() {
    for (path, _) in reporting() {
        for with_sandbox in [false, true] {
            let response = ask(Method::GET, path, with_sandbox).await;
            assert_eq!(response.status(), StatusCode::UNAUTHORIZED, "{path}");
            assert_eq!(response.headers()[header::CONTENT_TYPE], "application/problem+json");
        }
    }
}

#[tokio::test]
async fn every_operation_of_checkout_asks_for_keys_and_refuses_in_checkouts_words() {
    let operations = [
        (Method::POST, "/checkout/v3/session"),
        (Method::GET, "/checkout/v3/session/order-12345678"),
        (Method::PATCH, "/checkout/v3/session/order-12345678"),
        (Method::POST, "/checkout/v3/session/order-12345678/expire"),
    ];
    for (method, path) in operations {
        for path in [path.to_owned(), format!("{path}/"), path.replace("checkout", "Checkout")] {
            // Nobody knows the keys, since nobody is there.
            let response = ask(method.clone(), &path, true).await;
            assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE, "{path}");
            assert_eq!(response.headers()[header::CONTENT_TYPE], "application/json");
            let body = body(response).await;
            assert_eq!((&body["errorCode"], &body["errors"]), (&json!("Unavailable"), &json!({})), "{path}");
        }
        let response = ask(Method::DELETE, path, true).await;
        assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED, "{path}");
        assert_eq!(body(response).await["errorCode"], "MethodNotAllowed", "{path}");
    }
}

#[tokio::test]
async fn every_operation_of_ecom_asks_for_a_token_however_its_path_is_written() {
    let operations = [
        (Method::POST, "/ecomm/v2/payments"),
        (Method::POST, "/ecomm/v2/payments/order-1/capture"),
        (Method::PUT, "/ecomm/v2/payments/order-1/cancel"),
        (Method::POST, "/ecomm/v2/payments/order-1/refund"),
        (Method::GET, "/ecomm/v2/payments/order-1/details"),
        (Method::GET, "/ecomm/v2/payments/order-1/status"),
        (Method::POST, "/ecomm/v2/integration-test/payments/order-1/approve"),
    ];
    assert_eq!(operations.len(), ecomm().len() + ecomm_sandbox().len());
    for (method, path) in operations {
        for path in [path.to_owned(), format!("{path}/"), path.replace("ecomm", "Ecomm")] {
            let response = ask(method.clone(), &path, true).await;
            assert_eq!(response.status(), StatusCode::UNAUTHORIZED, "{path}");
            assert_eq!(response.headers()[header::CONTENT_TYPE], "application/json");
            assert_eq!(body(response).await["statusCode"], 401, "{path}");
        }
        let response = ask(Method::PATCH, path, true).await;
        assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED, "{path}");
        assert_eq!(body(response).await["statusCode"], 405, "{path}");
    }
}

#[tokio::test]
async fn every_operation_stands_in_the_document_and_nothing_else_does() {
    for with_sandbox in [true, false] {
        let mut allowed = BTreeMap::new();
        for (pattern, _) in routes(&Gateway::try_new(&config()).unwrap(), with_sandbox) {
            // Nobody takes this method, and the answer says which ones are taken.
            let response = ask(Method::TRACE, &pattern.replace(['{', '}'], "x"), with_sandbox).await;
            assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED, "{pattern}");
            let methods = response.headers()[header::ALLOW].to_str().unwrap().split(',');
            allowed.insert(pattern.to_owned(), methods.map(str::to_owned).collect::<BTreeSet<_>>());
        }
        assert_eq!(openapi::tests::methods(with_sandbox), allowed);
    }
}

#[tokio::test]
async fn the_document_is_served_as_json_and_as_a_page_that_loads_nothing() {
    let response = ask(Method::GET, "/openapi.json", true).await;
    assert_eq!(response.headers()[header::CONTENT_TYPE], "application/json");
    assert_eq!(body(response).await["openapi"], "3.1.0");
    let response = ask(Method::GET, "/docs", true).await;
    assert_eq!(response.headers()[header::CONTENT_TYPE], "text/html; charset=utf-8");
    assert!(response.headers()[header::CONTENT_SECURITY_POLICY].to_str().unwrap().contains("'none'"));
    let page = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
    let page = str::from_utf8(&page).unwrap();
    assert!(page.contains("/epayment/v1/payments/{reference}/capture"));
    for loading in ["<script", "<link", "<img", "src=", "url(", "@import"] {
        assert!(!page.contains(loading), "{loading}");
    }
}

#[tokio::test]
async fn an_unknown_path_and_a_wrong_method_are_problems() {
    for path in ["/", "/nowhere", "/epayment/v1/payments/order-12345678/nothing"] {
        let response = ask(Method::POST, path, true).await;
        assert_eq!(response.status(), StatusCode::NOT_FOUND, "{path}");
        assert_eq!(body(response).await["title"], "Not Found");
    }
    let response = ask(Method::DELETE, "/epayment/v1/payments/order-12345678/capture", true).await;
    assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(response.headers()[header::ALLOW], "POST");
    assert_eq!(body(response).await["instance"], "/v1/payments/order-12345678/capture");
}

#[tokio::test]
async fn the_token_call_speaks_its_own_language() {
    let response = ask(Method::GET, "/accessToken/get", true).await;
    assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(body(response).await["statusCode"], 405);
    let response = ask(Method::POST, "/accessToken/get/", true).await;
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(response.headers().contains_key(header::RETRY_AFTER));

    let response = ask(Method::GET, "/Miami/v1/token", true).await;
    assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(body(response).await["statusCode"], 405);
    let response = ask(Method::POST, "/miami/v1/token", true).await;
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
    assert_eq!(body(response).await["error"], "invalid_client");
}

#[tokio::test]
async fn outside_the_sandbox_nobody_is_forced_and_time_is_not_moved() {
    for path in ["/epayment/v1/test/payments/order-12345678/approve", "/kvitt/v1/clock"] {
        assert_eq!(ask(Method::POST, path, false).await.status(), StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn health_names_who_does_not_serve() {
    let response = ask(Method::GET, "/Health", true).await;
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    let silent = "NOT_SERVING";
    let services = json!({
        "access": silent, "merchant": silent, "payment": silent, "wallet": silent, "ordermanagement": silent,
        "checkout": silent, "webhook": silent, "qr": silent, "settlement": silent,
    });
    assert_eq!(body(response).await, json!({"status": silent, "services": services}));
}

#[tokio::test]
async fn the_gateway_answers_over_a_socket_and_ends_when_it_is_told_to() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut connection = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    let shutdown = CancellationToken::new();
    let running = tokio::spawn(crate::run(config(), listener, Clock::system(), shutdown.clone()));

    let request = "DELETE /accesstoken/get HTTP/1.1\r\nHost: kvitt\r\nConnection: close\r\n\r\n";
    connection.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 405 ") && answer.contains("allow: POST"), "{answer}");
    assert!(answer.ends_with('}'), "{answer}");

    shutdown.cancel();
    running.await.unwrap().unwrap();
}
