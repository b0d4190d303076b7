//! Upstream's Checkout API v3. The payer's part is played through `/kvitt/v1/checkout`.

mod auth;
mod payer;
mod sessions;
mod time;

use kvitt_tests::requests::fresh_reference;
use kvitt_tests::{Answer, Keys, MerchantServer, Shop};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

/// What merchants' servers are shown.
const TOKEN: &str = "the-shops-token";

/// Every operation: method, path for a reference, and a body.
pub(crate) fn operations(reference: &str) -> Vec<(Method, String, Option<Value>)> {
    let at = |rest: &str| format!("/checkout/v3/session/{reference}{rest}");
    let kvitt = |rest: &str| format!("/kvitt/v1/checkout/sessions/{reference}{rest}");
    let nok = json!({"value": 10_000, "currency": "NOK"});
    vec![
        (
            Method::POST,
            "/checkout/v3/session".to_owned(),
            Some(minimal(&fresh_reference(), "https://shop.example")),
        ),
        (Method::GET, at(""), None),
        (Method::PATCH, at(""), Some(json!({"transaction": {"amount": nok}}))),
        (Method::POST, at("/expire"), None),
        (Method::GET, kvitt(""), None),
        (Method::POST, kvitt("/details"), Some(kari())),
        (Method::POST, kvitt("/shipping-options"), None),
        (Method::POST, kvitt("/payment"), Some(json!({"method": "Wallet"}))),
        (Method::POST, kvitt("/cancel"), None),
    ]
}

/// The smallest session that is in order, of 100 kroner.
fn minimal(reference: &str, callback_url: &str) -> Value {
    json!({
        "merchantInfo": {
            "callbackUrl": callback_url,
            "returnUrl": "https://shop.example/return",
            "callbackAuthorizationToken": TOKEN,
        },
        "transaction": {
            "amount": {"value": 10_000, "currency": "NOK"},
            "reference": reference,
            "paymentDescription": "One pair of socks",
        },
    })
}

/// Who pays.
fn kari() -> Value {
    json!({"person": person()})
}

fn person() -> Value {
    json!({
        "firstName": "Kari", "lastName": "Nordmann", "email": "kari@example.com", "phoneNumber": "4791234567",
        "streetAddress": "Storgata 1", "postalCode": "0155", "city": "Oslo", "country": "NO",
    })
}

/// A shop that sells through Checkout, and its server.
struct Seller {
    shop: Shop,
    server: MerchantServer,
}

impl Seller {
    async fn named(unit: &str) -> Self {
        Self::of(Shop::named(unit).await).await
    }

    async fn of(shop: Shop) -> Self {
        Self { shop, server: MerchantServer::start(200, "{}").await }
    }

    /// A request with these keys in the four headers.
    fn request_with(&self, keys: &Keys, method: Method, path: &str) -> RequestBuilder {
        self.shop
            .bare(method, path)
            .header("client_id", &keys.client_id)
            .header("client_secret", &keys.client_secret)
            .header("Ocp-Apim-Subscription-Key", &keys.primary)
            .header("Merchant-Serial-Number", &keys.msn)
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.request_with(&self.shop.keys, method, path)
    }

    /// A session whose callbacks come to this shop's server.
    fn minimal(&self) -> Value {
        minimal(&fresh_reference(), &self.server.url("/callback"))
    }

    async fn create(&self, body: &Value) -> Answer {
        Answer::of(self.request(Method::POST, "/checkout/v3/session").json(body)).await
    }

    /// The reference of an open session.
    async fn opened(&self, body: &Value) -> String {
        self.create(body).await.is(200);
        body["transaction"]["reference"].as_str().expect("a reference is text").to_owned()
    }

    async fn read(&self, reference: &str) -> Answer {
        Answer::of(self.request(Method::GET, &format!("/checkout/v3/session/{reference}"))).await
    }

    async fn state(&self, reference: &str) -> String {
        self.read(reference).await.is(200)["sessionState"].as_str().expect("a state is text").to_owned()
    }

    async fn patch(&self, reference: &str, body: &Value) -> Answer {
        let path = format!("/checkout/v3/session/{reference}");
        Answer::of(self.request(Method::PATCH, &path).json(body)).await
    }

    async fn expire(&self, reference: &str) -> Answer {
        Answer::of(self.request(Method::POST, &format!("/checkout/v3/session/{reference}/expire"))).await
    }

    /// What the payer does.
    async fn payer(&self, reference: &str, verb: &str, body: &Value) -> Answer {
        let path = format!("/kvitt/v1/checkout/sessions/{reference}/{verb}");
        Answer::of(self.shop.request(Method::POST, &path).json(body)).await
    }

    /// The states that the merchant was told of, in the order of the calls, for this session.
    fn told(&self, reference: &str) -> Vec<String> {
        let asked = self.server.asked().into_iter().filter(|asked| asked.body["reference"] == reference);
        asked.map(|asked| asked.body["sessionState"].as_str().unwrap_or_default().to_owned()).collect()
    }
}

/// Checks a refusal in Checkout's form, and gives its code.
#[track_caller]
fn code(answer: &Answer, status: u16) -> &str {
    assert_eq!(answer.status, status, "{}", answer.text);
    assert_eq!(answer.media_type(), "application/json", "{}", answer.text);
    let body = &answer.body;
    assert_eq!(body["type"], format!("https://httpstatuses.io/{status}"), "{}", answer.text);
    assert_eq!(body["status"], status, "{}", answer.text);
    assert!(body["title"].is_string() && body["detail"].is_string(), "{}", answer.text);
    assert!(body["instance"].as_str().is_some_and(|path| path.starts_with("/v3/")), "{}", answer.text);
    assert!(body["errors"].is_object(), "{}", answer.text);
    body["errorCode"].as_str().expect("a refusal has a code")
}
