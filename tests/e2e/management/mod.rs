//! Upstream's Management API, and the token call of its own keys. A test whose name starts with `m` and a number proves
//! that conformance statement of the contract with upstream's merchant side, one with `p` that of its payment APIs.

mod auth;
mod isolation;
mod lives;
mod merchants;
mod product_orders;
mod sales_units;
mod token;

use kvitt_tests::requests::fresh_key;
use kvitt_tests::{Answer, Keys, Stack};
use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};

/// The register of the demo merchants in Norway.
const NORWEGIAN: &str = "business:NO:ORG";

/// The company of the unit `full`.
const FJORDBUTIKKEN: &str = "987654325";

/// Every operation: method, path and a body. None of the paths names anything.
pub(crate) fn operations() -> Vec<(Method, &'static str, Option<Value>)> {
    vec![
        (Method::GET, "/management/v1/partners/price-packages", None),
        (Method::POST, "/management/v1/product-orders", Some(order())),
        (Method::DELETE, "/management/v1/product-orders/{productOrderId}", None),
        (Method::GET, "/management/v2/product-orders", None),
        (Method::GET, "/management/v2/product-orders/{productOrderId}/details", None),
        (Method::GET, "/management/v1/merchants/{scheme}/{id}", None),
        (Method::GET, "/management/v1/merchants/{scheme}/{id}/sales-units", None),
        (Method::GET, "/management/v1/sales-units", None),
        (Method::GET, "/management/v1/sales-units/{msn}", None),
    ]
}

/// An order for the company of the unit `full` that its merchant need not add anything to.
fn order() -> Value {
    json!({
        "businessIdentifier": {"scheme": NORWEGIAN, "id": FJORDBUTIKKEN},
        "productType": "PAYMENT_INTEGRATION",
        "salesUnitName": "Fjordbutikken på nett",
        "settlementBankAccount": {"scheme": "BBAN:NO", "id": "15034012358"},
        "website": {"url": "https://shop.example", "termsUrl": "https://shop.example/terms"},
    })
}

/// Somebody who manages sales units: a token, and a subscription key where the keys have one.
#[derive(Clone, Debug)]
struct Manager {
    http: Client,
    base: String,
    token: String,
    subscription_key: Option<String>,
}

impl Manager {
    /// With management or accounting keys.
    async fn specialised(stack: &Stack, name: &str) -> Self {
        let mut manager = Self::nobody(stack);
        let keys = stack.keys(name);
        let answer = Answer::of(manager.token_request(&keys.client_id, &keys.client_secret)).await;
        manager.token = answer.is(200)["access_token"].as_str().expect("a token is text").to_owned();
        manager
    }

    /// With the keys of a unit or a partner.
    async fn standard(stack: &Stack, keys: &Keys) -> Self {
        let mut manager = Self::nobody(stack);
        let request = manager
            .bare(Method::POST, "/accesstoken/get")
            .header("client_id", &keys.client_id)
            .header("client_secret", &keys.client_secret)
            .header("Ocp-Apim-Subscription-Key", &keys.primary)
            .header("Content-Length", "0");
        let answer = Answer::of(request).await;
        manager.token = answer.is(200)["access_token"].as_str().expect("a token is text").to_owned();
        manager.subscription_key = Some(keys.primary.clone());
        manager
    }

    fn nobody(stack: &Stack) -> Self {
        let base = stack.base_url();
        Self { http: Client::new(), base, token: String::new(), subscription_key: None }
    }

    fn bare(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.base))
    }

    /// The token call that is in order.
    fn token_request(&self, id: &str, secret: &str) -> RequestBuilder {
        self.bare(Method::POST, "/miami/v1/token")
            .basic_auth(id, Some(secret))
            .header("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
            .body("grant_type=client_credentials")
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.bare(method, path).header("Authorization", format!("Bearer {}", self.token));
        match &self.subscription_key {
            Some(key) => request.header("Ocp-Apim-Subscription-Key", key),
            None => request,
        }
    }

    async fn get(&self, path: &str) -> Answer {
        Answer::of(self.request(Method::GET, path)).await
    }

    /// The body of a read, and its media type to the letter.
    async fn read(&self, path: &str) -> Value {
        let answer = self.get(path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text);
        assert_eq!(answer.headers["content-type"], "application/json;charset=UTF-8", "{path}");
        answer.body
    }

    async fn prefill(&self, key: &str, body: &Value) -> Answer {
        let request = self.request(Method::POST, "/management/v1/product-orders");
        Answer::of(request.header("Idempotency-Key", key).json(body)).await
    }

    /// The id of an order that is prefilled under a fresh key.
    async fn prefilled(&self, body: &Value) -> String {
        let answer = self.prefill(&fresh_key(), body).await;
        answer.is(201)["prefilledOrderId"].as_str().expect("an id is text").to_owned()
    }

    async fn delete(&self, order_id: &str) -> Answer {
        let path = format!("/management/v1/product-orders/{order_id}");
        Answer::of(self.request(Method::DELETE, &path)).await
    }

    async fn details(&self, order_id: &str) -> Value {
        self.read(&format!("/management/v2/product-orders/{order_id}/details")).await
    }

    /// The ids of the orders that are listed.
    async fn orders(&self, query: &str) -> Vec<String> {
        ids(&self.read(&format!("/management/v2/product-orders{query}")).await, "productOrderId")
    }

    /// The MSNs that are listed at the path.
    async fn msns(&self, path: &str) -> Vec<String> {
        ids(&self.read(path).await, "msn")
    }
}

fn ids(list: &Value, name: &str) -> Vec<String> {
    let list = list.as_array().expect("a list is an array").iter();
    list.map(|one| one[name].as_str().expect("an id is text").to_owned()).collect()
}

/// The body of a refusal, its form checked to the letter.
#[track_caller]
fn problem(answer: &Answer, status: u16) -> &Value {
    assert_eq!(answer.status, status, "{}", answer.text);
    assert_eq!(answer.media_type(), "application/problem+json", "{}", answer.text);
    let body = &answer.body;
    let mut members: Vec<&str> =
        body.as_object().expect("a problem is an object").keys().map(String::as_str).collect();
    members.sort_unstable();
    assert_eq!(members, ["detail", "extraDetails", "instance", "status", "title", "type"], "{}", answer.text);
    assert_eq!(body["status"], status, "{}", answer.text);
    assert!(body["instance"].as_str().is_some_and(|urn| urn.starts_with("urn:uuid:")), "{}", answer.text);
    body
}

/// The fields that a refusal names.
#[track_caller]
fn named(answer: &Answer) -> Vec<&str> {
    let details = problem(answer, 400)["extraDetails"].as_array().expect("fields are named").iter();
    details.map(|detail| detail["key"].as_str().expect("a key is text")).collect()
}

/// The gateway's own dialect for whoever is not proven.
#[track_caller]
fn unproven(answer: &Answer) {
    assert_eq!(answer.status, 401, "{}", answer.text);
    assert_eq!(answer.media_type(), "application/json", "{}", answer.text);
    assert_eq!(answer.body["statusCode"], 401, "{}", answer.text);
    assert!(answer.body["message"].as_str().is_some_and(|text| !text.is_empty()), "{}", answer.text);
}

/// Every byte of a problem but those that name this very answer.
fn without_instance(answer: &Answer) -> String {
    let instance = answer.body["instance"].as_str().expect("a problem has an instance");
    answer.text.replace(instance, "")
}
