//! A shop that speaks eCom, and what it asks of answers.

use kvitt_tests::requests::{RETURN_URL, fresh_reference};
use kvitt_tests::{Answer, Shop};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

/// A shop's orders.
#[derive(Clone, Debug)]
pub(super) struct Orders {
    pub(super) shop: Shop,
}

impl Orders {
    /// Those of a demo unit on the shared stack.
    pub(super) async fn named(unit: &str) -> Self {
        Self { shop: Shop::named(unit).await }
    }

    /// The smallest initiate that is in order, under a fresh order id.
    pub(super) fn minimal(&self, minor: i64) -> Value {
        json!({
            "customerInfo": {},
            "merchantInfo": {
                "merchantSerialNumber": self.shop.keys.msn,
                "callbackPrefix": "https://shop.example/vipps/callbacks",
                "fallBack": RETURN_URL,
            },
            "transaction": {
                "amount": minor,
                "orderId": fresh_reference(),
                "transactionText": "One pair of socks",
            },
        })
    }

    /// The body of a change.
    pub(super) fn change(&self, minor: Option<i64>) -> Value {
        let mut body = json!({
            "merchantInfo": {"merchantSerialNumber": self.shop.keys.msn},
            "transaction": {"transactionText": "Socks on the way"},
        });
        if let Some(minor) = minor {
            body["transaction"]["amount"] = json!(minor);
        }
        body
    }

    pub(super) async fn initiate(&self, body: &Value) -> Answer {
        Answer::of(self.shop.request(Method::POST, "/ecomm/v2/payments").json(body)).await
    }

    /// An order that waits for its payer.
    pub(super) async fn initiated(&self, minor: i64) -> String {
        let answer = self.initiate(&self.minimal(minor)).await;
        answer.is(200)["orderId"].as_str().expect("an order id is text").to_owned()
    }

    /// An order that its payer has approved.
    pub(super) async fn reserved(&self, minor: i64) -> String {
        let order_id = self.initiated(minor).await;
        self.approve(&order_id, &self.shop.phone).await.is(200);
        order_id
    }

    /// An order of which so much has been captured.
    pub(super) async fn captured(&self, minor: i64, captured: i64) -> String {
        let order_id = self.reserved(minor).await;
        self.capture(&order_id, Some(captured)).await.is(200);
        order_id
    }

    /// Approves as the payer with this number, in the form of this API or in another.
    pub(super) async fn approve(&self, order_id: &str, phone: &str) -> Answer {
        let path = format!("/ecomm/v2/integration-test/payments/{order_id}/approve");
        let body = json!({"customerPhoneNumber": phone});
        Answer::of(self.shop.request(Method::POST, &path).json(&body)).await
    }

    pub(super) async fn capture(&self, order_id: &str, minor: Option<i64>) -> Answer {
        Answer::of(self.request(order_id, "capture", &self.change(minor))).await
    }

    pub(super) async fn refund(&self, order_id: &str, minor: Option<i64>) -> Answer {
        Answer::of(self.request(order_id, "refund", &self.change(minor))).await
    }

    pub(super) async fn cancel(&self, order_id: &str) -> Answer {
        Answer::of(self.request(order_id, "cancel", &self.change(None))).await
    }

    /// A change that is not sent yet and has no request id.
    pub(super) fn request(&self, order_id: &str, verb: &str, body: &Value) -> RequestBuilder {
        let method = if verb == "cancel" { Method::PUT } else { Method::POST };
        self.shop.request(method, &format!("/ecomm/v2/payments/{order_id}/{verb}")).json(body)
    }

    /// A change under this request id.
    pub(super) async fn under(&self, request_id: &str, order_id: &str, verb: &str, body: &Value) -> Answer {
        Answer::of(self.request(order_id, verb, body).header("X-Request-Id", request_id)).await
    }

    pub(super) async fn details(&self, order_id: &str) -> Answer {
        self.shop.get(&format!("/ecomm/v2/payments/{order_id}/details")).await
    }

    pub(super) async fn status(&self, order_id: &str) -> Answer {
        self.shop.get(&format!("/ecomm/v2/payments/{order_id}/status")).await
    }

    /// The operations of the history, newest first.
    pub(super) async fn operations(&self, order_id: &str) -> Vec<String> {
        let details = self.details(order_id).await;
        let history = details.is(200)["transactionLogHistory"].as_array().expect("a history").clone();
        history.iter().map(|entry| entry["operation"].as_str().expect("a word").to_owned()).collect()
    }
}

/// Captured, left to capture, refunded and left to refund, of an answer with a summary.
pub(super) fn summary(body: &Value) -> [i64; 4] {
    ["capturedAmount", "remainingAmountToCapture", "refundedAmount", "remainingAmountToRefund"].map(|name| {
        body["transactionSummary"][name].as_i64().unwrap_or_else(|| panic!("{name} is not there: {body}"))
    })
}

/// Checks a refusal with one of this API's codes, its form to the letter.
#[track_caller]
pub(super) fn is_refused(answer: &Answer, status: u16, group: &str, code: &str) {
    assert_eq!(answer.status, status, "{}", answer.text);
    assert_eq!(answer.headers["content-type"], "application/json;charset=UTF-8", "{}", answer.text);
    let errors = answer.body.as_array().unwrap_or_else(|| panic!("no array: {}", answer.text));
    for error in errors {
        let members: Vec<&str> = error.as_object().expect("an object").keys().map(String::as_str).collect();
        assert_eq!(members, ["contextId", "errorCode", "errorGroup", "errorMessage"], "{}", answer.text);
        assert!(error["errorMessage"].as_str().is_some_and(|text| !text.is_empty()), "{}", answer.text);
        let trace = error["contextId"].as_str().unwrap_or_default();
        assert!(trace.len() == 32 && trace.bytes().all(|byte| byte.is_ascii_hexdigit()), "{}", answer.text);
    }
    let told = |error: &Value| error["errorGroup"] == group && error["errorCode"] == code;
    assert!(errors.iter().any(told), "{group} {code} is not told: {}", answer.text);
}

/// Checks a refusal that names this field.
#[track_caller]
pub(super) fn names_field(answer: &Answer, field: &str) {
    is_refused(answer, 400, "InvalidRequest", field);
}

/// Checks a number that stands for a transaction.
#[track_caller]
pub(super) fn is_transaction_id(value: &Value) {
    let digits = value.as_str().is_some_and(|text| {
        (10..=19).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
    });
    assert!(digits, "{value} is no transaction id");
}
