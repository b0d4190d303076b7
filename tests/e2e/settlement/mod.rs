//! `/settlement/v1/ledgers`, `/report` and what of ours belongs to them: what sales units earned, what it cost them, and what
//! they were paid out. A test whose name has an `m` and a number proves that conformance statement of the contract with
//! upstream's merchant side.

mod bad_input;
mod calendar;
mod charges;
mod closing;
mod entries;
mod feed;
mod operator;
mod pages;
mod personal;
mod rights;

use std::time::Duration;

use chrono::{DateTime, Utc};
use kvitt_proto::access::v1::{CreateCredentialsRequest, KeyOwner, SetAccountingGrantRequest};
use kvitt_proto::merchant::v1::{CreateSalesUnitRequest, GetSalesUnitRequest, SalesUnit};
use kvitt_testing::eventually;
use kvitt_tests::requests::fresh_key;
use kvitt_tests::{Answer, Keys, Mesh, Shop, Stack, UnitPlan};
use reqwest::{Client, Method};
use serde_json::{Value, json};
use uuid::Uuid;

/// Every operation: method, path and a body. None of the paths names anything.
pub(crate) fn operations() -> Vec<(Method, &'static str, Option<Value>)> {
    vec![
        (Method::GET, "/settlement/v1/ledgers", None),
        (Method::GET, "/report/v2/ledgers/{ledgerId}/{topic}/dates/{ledgerDate}", None),
        (Method::GET, "/report/v2/ledgers/{ledgerId}/{topic}/feed", None),
        (Method::GET, "/report/v1/ledgertransactions", None),
        (Method::GET, "/kvitt/v1/payouts", None),
        (Method::GET, "/kvitt/v1/agreements", None),
        (Method::PUT, "/kvitt/v1/agreements", Some(json!({}))),
        (Method::POST, "/kvitt/v1/ledger-entries", Some(json!({}))),
    ]
}

/// Somebody who reads ledgers: a token, and a subscription key where the keys have one. Names no sales unit.
#[derive(Clone, Debug)]
struct Reader {
    http: Client,
    base: String,
    token: String,
    subscription_key: Option<String>,
}

impl Reader {
    /// With keys of a unit or a partner.
    async fn standard(stack: &Stack, keys: &Keys) -> Self {
        let shop = Shop::open(stack, keys).await;
        Self::of(&shop)
    }

    fn of(shop: &Shop) -> Self {
        let key = Some(shop.keys.primary.clone());
        Self {
            http: shop.http.clone(),
            base: shop.base.clone(),
            token: shop.token.clone(),
            subscription_key: key,
        }
    }

    /// With accounting or management keys.
    async fn specialised(stack: &Stack, name: &str) -> Self {
        let (keys, http, base) = (stack.keys(name), Client::new(), stack.base_url());
        let request = http
            .post(format!("{base}/miami/v1/token"))
            .basic_auth(&keys.client_id, Some(&keys.client_secret))
            .header("Content-Type", "application/x-www-form-urlencoded")
            .body("grant_type=client_credentials");
        let answer = Answer::of(request).await;
        let token = answer.is(200)["access_token"].as_str().expect("a token is text").to_owned();
        Self { http, base, token, subscription_key: None }
    }

    async fn get(&self, path: &str) -> Answer {
        let request = self.http.get(format!("{}{path}", self.base));
        let request = request.header("Authorization", format!("Bearer {}", self.token));
        Answer::of(match &self.subscription_key {
            Some(key) => request.header("Ocp-Apim-Subscription-Key", key),
            None => request,
        })
        .await
    }

    /// Every ledger that is listed, page by page.
    async fn ledgers(&self) -> Vec<Value> {
        let (mut all, mut cursor) = (Vec::new(), String::new());
        loop {
            let answer = self.get(&format!("/settlement/v1/ledgers?cursor={cursor}")).await;
            all.extend(items(answer.is(200)));
            cursor = text(&answer.body, "cursor");
            if cursor.is_empty() {
                return all;
            }
        }
    }

    /// A page of a stream behind a cursor.
    async fn feed_page(&self, ledger: &str, topic: &str, query: &str) -> Value {
        self.get(&format!("/report/v2/ledgers/{ledger}/{topic}/feed?{query}")).await.is(200).clone()
    }

    /// A stream from its beginning to its end.
    async fn feed(&self, ledger: &str, topic: &str) -> Vec<Value> {
        let (mut all, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = self.feed_page(ledger, topic, &format!("cursor={cursor}")).await;
            all.extend(items(&page));
            cursor = text(&page, "cursor");
            if page["tryLater"] == true {
                return all;
            }
        }
    }

    /// What is answered for a date.
    async fn date(&self, ledger: &str, topic: &str, date: &str) -> Answer {
        self.get(&format!("/report/v2/ledgers/{ledger}/{topic}/dates/{date}")).await
    }
}

/// A sales unit of one test, with its ledger.
struct Books {
    shop: Shop,
    reader: Reader,
    ledger: String,
}

impl Books {
    /// Beside a demo unit.
    async fn open(stack: &Stack, beside: &'static str) -> Self {
        let keys = stack.open_unit(UnitPlan { beside, ..UnitPlan::default() }).await;
        Self::of(stack, &keys).await
    }

    async fn of(stack: &Stack, keys: &Keys) -> Self {
        let shop = Shop::open(stack, keys).await;
        let reader = Reader::of(&shop);
        let ledgers = reader.ledgers().await;
        assert_eq!(ledgers.len(), 1, "a unit's keys are for its own ledger: {ledgers:?}");
        let ledger = text(&ledgers[0], "ledgerId");
        Self { shop, reader, ledger }
    }

    /// A payment that is captured at once; its reference.
    async fn sell(&self, minor: i64) -> String {
        let reference = self.shop.authorized(minor).await;
        self.shop.capture(&reference, minor).await.is(200);
        reference
    }

    async fn feed(&self, topic: &str) -> Vec<Value> {
        self.reader.feed(&self.ledger, topic).await
    }

    /// A stream once it has that many entries.
    async fn entries(&self, topic: &str, number: usize) -> Vec<Value> {
        eventually!(self.feed(topic).await.len() >= number, "{number} entries in {topic}");
        let entries = self.feed(topic).await;
        assert_eq!(entries.len(), number, "{entries:#?}");
        entries
    }

    /// A closed date, which fits one page.
    async fn date(&self, topic: &str, date: &str) -> Vec<Value> {
        let answer = self.reader.date(&self.ledger, topic, date).await;
        let body = answer.is(200);
        assert_eq!((&body["hasMore"], &body["tryLater"]), (&json!(false), &json!(false)), "{body}");
        assert!(body.get("cursor").is_none(), "{body}");
        items(body)
    }

    /// Agrees something with the unit, as its operator.
    async fn agree(&self, agreement: &Value) {
        let request = self.shop.request(Method::PUT, "/kvitt/v1/agreements").json(agreement);
        Answer::of(request).await.is(200);
    }

    /// Adds an entry as the operator.
    async fn post(&self, entry_type: &str, minor: i64, more: &Value) -> Answer {
        let currency = &self.shop.keys.currency;
        let mut body = json!({"entryType": entry_type, "amount": {"currency": currency, "value": minor}});
        for (name, value) in more.as_object().into_iter().flatten() {
            body[name] = value.clone();
        }
        self.shop.post("/kvitt/v1/ledger-entries", &fresh_key(), &body).await
    }

    /// The payouts, newest first.
    async fn payouts(&self) -> Vec<Value> {
        let answer = self.shop.get("/kvitt/v1/payouts").await;
        answer.is(200)["payouts"].as_array().expect("payouts are an array").clone()
    }
}

/// Opens a unit with keys of its own, which differs from the demo unit `full` as said.
async fn open(stack: &Stack, change: impl FnOnce(SalesUnit) -> SalesUnit) -> Keys {
    let mesh = Mesh::operator(stack).await;
    let request = GetSalesUnitRequest { msn: stack.keys("full").msn.clone() };
    let found = mesh.merchants().get_sales_unit(request).await.expect("the demo unit is there").into_inner();
    let found = found.sales_unit.expect("a unit is answered");
    let secret = || Uuid::new_v4().simple().to_string();
    let keys = Keys {
        client_id: Uuid::new_v4().to_string(),
        client_secret: secret(),
        primary: secret(),
        secondary: secret(),
        msn: format!("6{:09}", Uuid::new_v4().as_u128() % 1_000_000_000),
        currency: "NOK".to_owned(),
    };
    let unit = SalesUnit {
        msn: keys.msn.clone(),
        name: "A unit of one test".to_owned(),
        partner_id: String::new(),
        ..found
    };
    let unit = change(unit);
    let owner = KeyOwner { merchant_id: unit.merchant_id.clone(), ..Default::default() };
    let request = CreateSalesUnitRequest { sales_unit: Some(unit) };
    mesh.merchants().create_sales_unit(request).await.expect("a unit can be opened");
    let request = CreateCredentialsRequest {
        client_id: keys.client_id.clone(),
        client_secret: keys.client_secret.clone(),
        primary_subscription_key: keys.primary.clone(),
        secondary_subscription_key: keys.secondary.clone(),
        msn: keys.msn.clone(),
        owner: Some(owner),
        ..Default::default()
    };
    mesh.credentials().create_credentials(request).await.expect("credentials can be stored");
    keys
}

/// Lets the demo accountant read the reports of a unit of the first demo merchant, or takes that back. Access hears of a unit
/// without keys a moment after it was opened.
async fn grant(stack: &Stack, msn: &str, granted: bool) {
    let client_id = stack.keys("accounting").client_id.clone();
    let request = SetAccountingGrantRequest { msn: msn.to_owned(), client_id, granted };
    let administrator = stack.user("administrator").await.mesh;
    eventually!(administrator.keys().set_accounting_grant(request.clone()).await.is_ok());
}

/// Moves the clock of a stack of the test's own.
async fn go_to(stack: &Stack, at: DateTime<Utc>) {
    let by: Duration = (at - stack.clock().now()).to_std().expect("time does not go back");
    stack.advance(by).await;
}

/// Noon in UTC of a date, which is the same date in every market.
fn noon(date: chrono::NaiveDate) -> DateTime<Utc> {
    date.and_hms_opt(12, 0, 0).expect("every date has a noon").and_utc()
}

#[track_caller]
fn items(page: &Value) -> Vec<Value> {
    page["items"].as_array().unwrap_or_else(|| panic!("there are no items: {page}")).clone()
}

#[track_caller]
fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_else(|| panic!("{name} is no text: {value}")).to_owned()
}

/// What entries are, one after the other.
fn types(entries: &[Value]) -> Vec<String> {
    entries.iter().map(|entry| text(entry, "entryType")).collect()
}

/// The amounts of entries.
fn amounts(entries: &[Value]) -> Vec<i64> {
    entries.iter().map(|entry| entry["amount"].as_i64().expect("an amount is a number")).collect()
}

/// That balances chain from nothing on (statement 4).
#[track_caller]
fn chained(entries: &[Value]) {
    let mut balance = 0;
    for entry in entries {
        assert_eq!(entry["balanceBefore"], balance, "{entry}");
        balance += entry["amount"].as_i64().expect("an amount is a number");
        assert_eq!(entry["balanceAfter"], balance, "{entry}");
    }
}

/// A refusal in problem+json of the Report API, its form checked to the letter.
#[track_caller]
fn problem(answer: &Answer, status: u16) -> &Value {
    assert_eq!(answer.status, status, "{}", answer.text);
    assert_eq!(answer.media_type(), "application/problem+json", "{}", answer.text);
    let mut members: Vec<&str> =
        answer.body.as_object().expect("a problem is an object").keys().map(String::as_str).collect();
    members.sort_unstable();
    assert_eq!(members, ["detail", "instance", "status", "title", "type"], "{}", answer.text);
    assert_eq!(answer.body["status"], status, "{}", answer.text);
    &answer.body
}
