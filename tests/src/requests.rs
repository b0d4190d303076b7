//! Request bodies as merchants' systems send them, and ways to bend them.

use serde_json::{Map, Value, json};
use uuid::Uuid;

/// Where the tests' payers are sent afterwards.
pub const RETURN_URL: &str = "https://shop.example/return";

/// A reference nobody has used, within every rule.
pub fn fresh_reference() -> String {
    format!("order-{}", Uuid::new_v4().simple())
}

/// An idempotency key nobody has used.
pub fn fresh_key() -> String {
    Uuid::new_v4().to_string()
}

/// An amount.
pub fn amount(currency: &str, minor: i64) -> Value {
    json!({"currency": currency, "value": minor})
}

/// The smallest create request that is in order: WALLET, WEB_REDIRECT.
pub fn web_redirect(reference: &str, currency: &str, minor: i64) -> Value {
    json!({
        "amount": amount(currency, minor),
        "paymentMethod": {"type": "WALLET"},
        "reference": reference,
        "userFlow": "WEB_REDIRECT",
        "returnUrl": RETURN_URL,
    })
}

/// A request that appears in the payer's app.
pub fn push_message(reference: &str, currency: &str, minor: i64, phone: &str) -> Value {
    json!({
        "amount": amount(currency, minor),
        "paymentMethod": {"type": "WALLET"},
        "reference": reference,
        "userFlow": "PUSH_MESSAGE",
        "customer": {"phoneNumber": phone},
        "paymentDescription": "Two coffees",
    })
}

/// A code on the merchant's screen.
pub fn qr(reference: &str, currency: &str, minor: i64, format: &str) -> Value {
    json!({
        "amount": amount(currency, minor),
        "paymentMethod": {"type": "WALLET"},
        "reference": reference,
        "userFlow": "QR",
        "customerInteraction": "CUSTOMER_PRESENT",
        "qrFormat": {"format": format},
    })
}

/// The body of capture and refund.
pub fn modification(currency: &str, minor: i64) -> Value {
    json!({"modificationAmount": amount(currency, minor)})
}

/// A receipt of one line that is in order.
pub fn receipt(currency: &str) -> Value {
    json!({
        "orderLines": [{
            "name": "Coffee",
            "id": "coffee-1",
            "totalAmount": 10000,
            "totalAmountExcludingTax": 8000,
            "totalTaxAmount": 2000,
            "taxRate": 2500,
            "unitInfo": {"unitPrice": 5000, "quantity": "2", "quantityUnit": "PCS"},
        }],
        "bottomLine": {"currency": currency, "receiptNumber": "0001"},
    })
}

/// The body with the value at the pointer replaced or added; objects on the way are made.
#[must_use]
pub fn with(body: &Value, pointer: &str, value: Value) -> Value {
    let mut changed = body.clone();
    let mut place = &mut changed;
    for step in pointer.split('/').skip(1) {
        if let Ok(index) = step.parse::<usize>() {
            place = place.get_mut(index).expect("the pointer names an item that is there");
            continue;
        }
        if !place.is_object() {
            *place = Value::Object(Map::new());
        }
        let object = place.as_object_mut().expect("it has just been made an object");
        place = object.entry(step.to_owned()).or_insert(Value::Null);
    }
    *place = value;
    changed
}

/// The body without the member at the pointer.
#[must_use]
pub fn without(body: &Value, pointer: &str) -> Value {
    let mut changed = body.clone();
    let (parent, name) = pointer.rsplit_once('/').expect("a pointer starts with a slash");
    let object = changed
        .pointer_mut(parent)
        .and_then(Value::as_object_mut)
        .expect("the pointer's parent is an object");
    object.remove(name).expect("the member was there");
    changed
}
