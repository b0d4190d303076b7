//! `/ecomm/v2/…`.

mod callbacks;
mod details;
mod errors;
mod express;
mod initiate;
mod modify;
mod orders;
mod units;

use kvitt_tests::Shop;
use reqwest::Method;
use serde_json::{Value, json};

use orders::Orders;

/// Every operation: method, path for an order, and a body.
pub(crate) fn operations(shop: &Shop, order_id: &str) -> Vec<(Method, String, Option<Value>)> {
    let orders = Orders { shop: shop.clone() };
    let at = |rest: &str| format!("/ecomm/v2/payments/{order_id}{rest}");
    vec![
        (Method::POST, "/ecomm/v2/payments".to_owned(), Some(orders.minimal(10_000))),
        (Method::POST, at("/capture"), Some(orders.change(None))),
        (Method::PUT, at("/cancel"), Some(orders.change(None))),
        (Method::POST, at("/refund"), Some(orders.change(None))),
        (Method::GET, at("/details"), None),
        (Method::GET, at("/status"), None),
        (
            Method::POST,
            format!("/ecomm/v2/integration-test/payments/{order_id}/approve"),
            Some(json!({"customerPhoneNumber": shop.phone})),
        ),
    ]
}
