//! `/order-management`. A test whose name starts with `m` and a number proves that conformance statement of the contract
//! with upstream's merchant side.

mod categories;
mod errors;
mod images;
mod isolation;
mod receipts;

use kvitt_tests::{Answer, Shop};
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

/// A PNG picture of 8 by 167 pixels, and one that is a pixel too low.
const PNG: &str = "iVBORw0KGgoAAAANSUhEUgAAAAgAAACnCAAAAAAJLkJsAAAAGElEQVR42mOohwKGUcYoY5QxyhhlDCMGABgBlue419rjAAAAAElF\
                   TkSuQmCC";
const LOW_PNG: &str = "iVBORw0KGgoAAAANSUhEUgAAAAgAAACmCAAAAADCcpHJAAAAGElEQVR42mOohwKGUcYoY5QxyhhlDH0GANtkku+Lbk0cAAAA\
                       AElFTkSuQmCC";

/// A JPEG picture of 8 by 167 pixels.
const JPEG: &str = "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB\
                    AQEBAQEBAQEBAQEBAQEBAQH/wAALCACnAAgBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAAAP/EABQQAQAAAAAAAAAAAAAAAAAA\
                    AAD/2gAIAQEAAD8AAAAAAAA//9k=";

/// Every operation: method, path and a body. None of the paths names anything.
pub(crate) fn operations() -> Vec<(Method, &'static str, Option<Value>)> {
    vec![
        (Method::POST, "/order-management/v1/images", Some(image("socks", PNG))),
        (
            Method::PUT,
            "/order-management/v2/{paymentType}/categories/{orderId}",
            Some(json!({"category": "GENERAL", "orderDetailsUrl": "https://shop.example"})),
        ),
        (Method::POST, "/order-management/v2/{paymentType}/receipts/{orderId}", Some(receipt("socks"))),
        (Method::GET, "/order-management/v2/{paymentType}/{orderId}", None),
        (Method::POST, "/order-management/v3/categories", Some(category("order-1", "GENERAL"))),
        (Method::GET, "/order-management/v3/categories", None),
        (Method::GET, "/order-management/v3/categories/{categoryId}", None),
        (Method::DELETE, "/order-management/v3/categories/{categoryId}", None),
    ]
}

/// The body of a picture.
fn image(image_id: &str, src: &str) -> Value {
    json!({"imageId": image_id, "src": src, "type": "base64"})
}

/// The body of a category of version 3.
fn category(order_id: &str, category_type: &str) -> Value {
    json!({
        "orderId": order_id,
        "paymentType": "ECOM",
        "type": category_type,
        "url": format!("https://shop.example/orders/{order_id}"),
    })
}

/// A receipt as old plugins send it, with fields that upstream has given up.
fn receipt(name: &str) -> Value {
    json!({
        "orderLines": [
            {
                "name": name,
                "id": "line_item_1",
                "totalAmount": 1000,
                "totalAmountExcludingTax": 800,
                "totalTaxAmount": 200,
                "taxPercentage": 25,
                "unitInfo": {"unitPrice": 400, "quantity": "2.5", "quantityUnit": "KG"},
                "discount": 0,
                "productUrl": "https://shop.example/socks",
                "isReturn": false,
                "isShipping": false,
            },
            {
                "name": "Home delivery",
                "id": "shipping_1",
                "totalAmount": 1000,
                "totalAmountExcludingTax": 1000,
                "totalTaxAmount": 0,
                "taxRate": 0,
                "isShipping": true,
            },
        ],
        "bottomLine": {
            "currency": "NOK",
            "tipAmount": null,
            "posId": "pos_122",
            "giftCardAmount": 0,
            "terminalId": "1",
            "barcode": {"format": "CODE 39", "data": "SC0527013501 "},
            "receiptNumber": "0527013501",
        },
    })
}

/// The same as it is shown.
fn shown(name: &str) -> Value {
    let mut shown = receipt(name);
    let lines = &mut shown["orderLines"];
    lines[0]["taxRate"] = json!(2500);
    lines[1]["taxPercentage"] = json!(0);
    lines[1]["isReturn"] = json!(false);
    let foot = shown["bottomLine"].as_object_mut().expect("a foot is an object");
    for dropped in ["tipAmount", "giftCardAmount", "terminalId"] {
        foot.remove(dropped);
    }
    shown
}

/// The orders of a shop.
struct Orders {
    shop: Shop,
}

impl Orders {
    async fn of(unit: &str) -> Self {
        Self { shop: Shop::named(unit).await }
    }

    async fn send(&self, method: Method, path: &str, body: Option<&Value>) -> Answer {
        let request = self.shop.request(method, &format!("/order-management{path}"));
        Answer::of(match body {
            Some(body) => request.json(body),
            None => request,
        })
        .await
    }

    async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, None).await
    }

    async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(Method::POST, path, Some(body)).await
    }

    async fn put(&self, path: &str, body: &Value) -> Answer {
        self.send(Method::PUT, path, Some(body)).await
    }

    async fn delete(&self, path: &str) -> Answer {
        self.send(Method::DELETE, path, None).await
    }

    /// Gives an order of ePayment this category.
    async fn set_category(&self, order_id: &str, category_type: &str) -> Answer {
        let body = json!({"category": category_type, "orderDetailsUrl": "https://shop.example/orders"});
        self.put(&format!("/v2/ecom/categories/{order_id}"), &body).await
    }

    /// Sends the receipt of an order of ePayment.
    async fn add_receipt(&self, order_id: &str, name: &str) -> Answer {
        self.post(&format!("/v2/ecom/receipts/{order_id}"), &receipt(name)).await
    }

    /// An order of ePayment.
    async fn order(&self, order_id: &str) -> Answer {
        self.get(&format!("/v2/ecom/{order_id}")).await
    }
}

/// A body that is nothing but an id.
fn id(body: &Value) -> Uuid {
    body.as_str().and_then(|id| id.parse().ok()).unwrap_or_else(|| panic!("no id: {body}"))
}

/// The body of a refusal, its form checked to the letter.
#[track_caller]
fn problem(answer: &Answer, status: u16) -> &Value {
    assert_eq!(answer.status, status, "{}", answer.text);
    assert_eq!(answer.media_type(), "application/json", "{}", answer.text);
    let body = &answer.body;
    for member in ["type", "title", "detail", "instance"] {
        assert!(body[member].as_str().is_some_and(|text| !text.is_empty()), "{member}: {}", answer.text);
    }
    assert_eq!(body["status"], Value::Null, "{}", answer.text);
    body
}

/// The fields that a refusal names.
#[track_caller]
fn invalid(answer: &Answer) -> Vec<&str> {
    let params = problem(answer, 400)["invalidParams"].as_array().map(Vec::as_slice).unwrap_or_default();
    let named = params.iter().map(|param| {
        assert!(param["reason"].as_str().is_some_and(|reason| !reason.is_empty()), "{}", answer.text);
        param["name"].as_str().expect("a name is text")
    });
    named.collect()
}
