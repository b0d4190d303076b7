//! `/webhooks`, and what is ours beside it: who is told of what happens, and what became of it.

mod deliveries;
mod partners;
mod pings;
mod registrations;
mod sending;
mod urls;

use reqwest::Method;
use serde_json::{Value, json};

/// Every operation on registrations and deliveries: method, path and a body. None of the paths names anything.
pub(crate) fn operations() -> Vec<(Method, &'static str, Option<Value>)> {
    vec![
        (Method::POST, "/webhooks/v1/webhooks", Some(json!({"url": "https://shop.example/", "events": []}))),
        (Method::GET, "/webhooks/v1/webhooks", None),
        (Method::DELETE, "/webhooks/v1/webhooks/{webhookId}", None),
        (Method::POST, "/kvitt/v1/webhooks/{webhookId}/ping", None),
        (
            Method::POST,
            "/kvitt/v1/webhooks/{webhookId}/resend",
            Some(json!({"since": "2026-11-22T12:00:00Z"})),
        ),
        (Method::GET, "/kvitt/v1/deliveries", None),
        (Method::GET, "/kvitt/v1/deliveries/{deliveryId}", None),
        (Method::POST, "/kvitt/v1/deliveries/{deliveryId}/resend", None),
    ]
}
