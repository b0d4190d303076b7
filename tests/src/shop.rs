use std::collections::BTreeMap;

use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};

use crate::Answer;
use crate::requests::{fresh_key, fresh_reference, modification, web_redirect};
use crate::stack::{Keys, Stack};

/// A merchant's system: the keys of one sales unit, an access token, and an HTTP client of its own, because a
/// client belongs to the runtime of the test that made it.
#[derive(Clone, Debug)]
pub struct Shop {
    /// The HTTP client.
    pub http: Client,
    /// Where the gateway listens: `http://127.0.0.1:port`.
    pub base: String,
    /// The sales unit's keys.
    pub keys: Keys,
    /// A living access token.
    pub token: String,
    /// A payer of the unit's market with plenty of money.
    pub phone: String,
}

impl Shop {
    /// Fetches a token with the keys.
    pub async fn open(stack: &Stack, keys: &Keys) -> Self {
        let mut shop = Self {
            http: Client::new(),
            base: stack.base_url(),
            keys: keys.clone(),
            token: String::new(),
            phone: stack.phone(&keys.currency).to_owned(),
        };
        shop.renew_token().await;
        shop
    }

    /// The unit that an env file speaks of.
    pub async fn of_env(env: &BTreeMap<String, String>) -> Self {
        let value =
            |name: &str| env.get(name).unwrap_or_else(|| panic!("{name} is not in the env file")).clone();
        let keys = Keys {
            client_id: value("CLIENT_ID"),
            client_secret: value("CLIENT_SECRET"),
            primary: value("SUBSCRIPTION_KEY"),
            secondary: value("SUBSCRIPTION_KEY"),
            msn: value("MSN"),
            currency: "NOK".to_owned(),
        };
        let (base, phone) = (value("BASE_URL"), value("TEST_PHONE"));
        let mut shop = Self { http: Client::new(), base, keys, token: String::new(), phone };
        shop.renew_token().await;
        shop
    }

    /// A demo unit's system on the shared stack: `full`, `plain`, `danish`, `finnish`, `second`, `full_capture`.
    pub async fn named(unit: &str) -> Self {
        let stack = Stack::shared();
        Self::open(stack, stack.keys(unit)).await
    }

    /// Fetches a new token.
    pub async fn renew_token(&mut self) {
        let answer = Answer::of(self.token_request()).await;
        self.token = answer.is(200)["access_token"].as_str().expect("a token is text").to_owned();
    }

    /// The token call with the primary subscription key and an empty body.
    pub fn token_request(&self) -> RequestBuilder {
        self.token_request_with(&self.keys.client_id, &self.keys.client_secret, Some(&self.keys.primary))
    }

    /// The token call with these credentials.
    pub fn token_request_with(&self, id: &str, secret: &str, subscription: Option<&str>) -> RequestBuilder {
        let request = self
            .bare(Method::POST, "/accesstoken/get")
            .header("client_id", id)
            .header("client_secret", secret)
            .header("Content-Length", "0");
        match subscription {
            Some(key) => request.header("Ocp-Apim-Subscription-Key", key),
            None => request,
        }
    }

    /// A request without any credentials.
    pub fn bare(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.base))
    }

    /// A request with token, subscription key and MSN.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.bare(method, path)
            .header("Authorization", format!("Bearer {}", self.token))
            .header("Ocp-Apim-Subscription-Key", &self.keys.primary)
            .header("Merchant-Serial-Number", &self.keys.msn)
    }

    /// GET with the keys.
    pub async fn get(&self, path: &str) -> Answer {
        Answer::of(self.request(Method::GET, path)).await
    }

    /// POST with the keys and this idempotency key.
    pub async fn post(&self, path: &str, key: &str, body: &Value) -> Answer {
        Answer::of(self.post_request(path, key, body)).await
    }

    /// The same, not sent yet.
    pub fn post_request(&self, path: &str, key: &str, body: &Value) -> RequestBuilder {
        self.request(Method::POST, path).header("Idempotency-Key", key).json(body)
    }

    /// POST with the keys, a fresh idempotency key and a body of any bytes.
    pub async fn post_bytes(&self, path: &str, bytes: impl Into<reqwest::Body>) -> Answer {
        let request = self
            .request(Method::POST, path)
            .header("Idempotency-Key", fresh_key())
            .header("Content-Type", "application/json")
            .body(bytes);
        Answer::of(request).await
    }

    /// Creates under a fresh key.
    pub async fn create(&self, body: &Value) -> Answer {
        self.create_keyed(&fresh_key(), body).await
    }

    /// Creates under this key.
    pub async fn create_keyed(&self, key: &str, body: &Value) -> Answer {
        self.post("/epayment/v1/payments", key, body).await
    }

    /// A minimal create request under a fresh reference.
    pub fn minimal(&self, minor: i64) -> Value {
        web_redirect(&fresh_reference(), &self.keys.currency, minor)
    }

    /// The reference of a payment that waits for its payer.
    pub async fn created(&self, minor: i64) -> String {
        let answer = self.create(&self.minimal(minor)).await;
        answer.is(201)["reference"].as_str().expect("a reference is text").to_owned()
    }

    /// The reference of a payment that its payer has approved.
    pub async fn authorized(&self, minor: i64) -> String {
        let reference = self.created(minor).await;
        let answer = self.approve(&reference, &self.phone).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        reference
    }

    /// The payment as it stands.
    pub async fn payment(&self, reference: &str) -> Answer {
        self.get(&format!("/epayment/v1/payments/{reference}")).await
    }

    /// The state the payment is in.
    pub async fn state(&self, reference: &str) -> String {
        self.payment(reference).await.is(200)["state"].as_str().expect("a state is text").to_owned()
    }

    /// Authorized, captured, cancelled and refunded minor units.
    pub async fn sums(&self, reference: &str) -> [i64; 4] {
        sums(self.payment(reference).await.is(200))
    }

    /// The payment's events, oldest first.
    pub async fn events(&self, reference: &str) -> Vec<Value> {
        let answer = self.get(&format!("/epayment/v1/payments/{reference}/events")).await;
        answer.is(200).as_array().expect("events are an array").clone()
    }

    /// The names of the payment's events, oldest first.
    pub async fn event_names(&self, reference: &str) -> Vec<String> {
        let name = |event: &Value| event["name"].as_str().expect("a name is text").to_owned();
        self.events(reference).await.iter().map(name).collect()
    }

    /// Captures under a fresh key.
    pub async fn capture(&self, reference: &str, minor: i64) -> Answer {
        self.capture_keyed(reference, &fresh_key(), minor).await
    }

    /// Captures under this key.
    pub async fn capture_keyed(&self, reference: &str, key: &str, minor: i64) -> Answer {
        let body = modification(&self.keys.currency, minor);
        self.post(&format!("/epayment/v1/payments/{reference}/capture"), key, &body).await
    }

    /// Refunds under a fresh key.
    pub async fn refund(&self, reference: &str, minor: i64) -> Answer {
        self.refund_keyed(reference, &fresh_key(), minor).await
    }

    /// Refunds under this key.
    pub async fn refund_keyed(&self, reference: &str, key: &str, minor: i64) -> Answer {
        let body = modification(&self.keys.currency, minor);
        self.post(&format!("/epayment/v1/payments/{reference}/refund"), key, &body).await
    }

    /// Cancels with neither body nor content type nor idempotency key.
    pub async fn cancel(&self, reference: &str) -> Answer {
        Answer::of(self.request(Method::POST, &format!("/epayment/v1/payments/{reference}/cancel"))).await
    }

    /// Cancels under this key.
    pub async fn cancel_keyed(&self, reference: &str, key: &str, body: &Value) -> Answer {
        self.post(&format!("/epayment/v1/payments/{reference}/cancel"), key, body).await
    }

    /// Approves as the payer with this phone number.
    pub async fn approve(&self, reference: &str, phone: &str) -> Answer {
        let path = format!("/epayment/v1/test/payments/{reference}/approve");
        let body = json!({"customer": {"phoneNumber": phone}});
        Answer::of(self.request(Method::POST, &path).json(&body)).await
    }
}

/// Authorized, captured, cancelled and refunded minor units of an answer with an aggregate.
fn sums(body: &Value) -> [i64; 4] {
    ["authorizedAmount", "capturedAmount", "cancelledAmount", "refundedAmount"].map(|name| {
        body["aggregate"][name]["value"].as_i64().unwrap_or_else(|| panic!("{name} is not there: {body}"))
    })
}
