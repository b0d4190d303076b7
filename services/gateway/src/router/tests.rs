//! The gateway with nobody behind it: what it must answer alone.

use std::collections::BTreeSet;

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
    let urls = ["--access-url", "--merchant-url", "--payment-url", "--wallet-url"];
    let urls = urls.into_iter().flat_map(|name| [name, NOWHERE]);
    let rest = ["--service-secret", "secret", "--sandbox"];
    Config::parse_from(["kvitt-gateway"].into_iter().chain(urls).chain(rest))
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
        (Method::GET, "/kvitt/v1/clock"),
        (Method::POST, "/kvitt/v1/clock"),
        (Method::GET, "/kvitt/v1/faults"),
        (Method::POST, "/kvitt/v1/faults"),
        (Method::DELETE, "/kvitt/v1/faults"),
        (Method::DELETE, "/kvitt/v1/faults/01234567-8901-2345-6789-012345678901"),
    ];
    let paths: BTreeSet<_> = operations.iter().map(|(_, path)| path).collect();
    assert_eq!(paths.len(), guarded().len() + sandbox().len());
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
    let services = json!({"access": silent, "merchant": silent, "payment": silent, "wallet": silent});
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
