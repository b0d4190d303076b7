//! Registrations: statements 58 to 60.

use kvitt_proto::error::v1::Reason;
use kvitt_proto::refusal;
use kvitt_proto::webhook::v1::{DeleteWebhookRequest, ListWebhooksRequest, RegisterWebhookRequest};
use kvitt_tests::{Answer, Mesh, Shop, Stack, UnitPlan};
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

const PATH: &str = "/webhooks/v1/webhooks";
const URL: &str = "https://shop.example/hook?callback=webhook";
pub(super) const CAPTURED: &str = "epayments.payment.captured.v1";
pub(super) const CHECKED_IN: &str = "user.checked-in.v1";

/// A shop with registrations of its own.
pub(super) async fn own_shop() -> Shop {
    let stack = Stack::shared();
    Shop::open(stack, &stack.open_unit(UnitPlan::default()).await).await
}

pub(super) async fn register(shop: &Shop, body: &Value) -> Answer {
    Answer::of(shop.request(Method::POST, PATH).json(body)).await
}

/// The id of a new registration.
pub(super) async fn registered(shop: &Shop, url: &str, events: &[&str]) -> String {
    let answer = register(shop, &json!({"url": url, "events": events})).await;
    answer.is(201)["id"].as_str().expect("an id is text").to_owned()
}

pub(super) async fn delete(shop: &Shop, id: &str) -> Answer {
    Answer::of(shop.request(Method::DELETE, &format!("{PATH}/{id}"))).await
}

async fn listed(shop: &Shop) -> Value {
    shop.get(PATH).await.is(200).clone()
}

#[tokio::test]
async fn p58_a_registration_is_json_whatever_its_media_type_says() {
    let shop = own_shop().await;
    for media_type in ["application/x-www-form-urlencoded", "text/plain", "application/json", ""] {
        let body = json!({"url": URL, "events": [CAPTURED]}).to_string();
        let request = shop.request(Method::POST, PATH).header("Content-Type", media_type).body(body);
        let answer = Answer::of(request).await;
        let body = answer.is(201).as_object().expect("an object");
        assert_eq!(body.len(), 2, "{}", answer.text);
        assert!(body["id"].as_str().is_some_and(|id| Uuid::try_parse(id).is_ok()), "{}", answer.text);
        assert_eq!(body["secret"].as_str().map(str::len), Some(88), "{}", answer.text);
    }
}

#[tokio::test]
async fn every_event_type_of_the_document_can_be_registered() {
    let shop = own_shop().await;
    let document = shop.get("/openapi.json").await;
    let types = &document.is(200)["components"]["schemas"]["webhooks.EventType"]["enum"];
    let types = types.as_array().expect("the document lists them");
    let answer = register(&shop, &json!({"url": URL, "events": types})).await;
    answer.is(201);
    assert_eq!(listed(&shop).await["webhooks"][0]["events"].as_array(), Some(types));
}

#[tokio::test]
async fn p59_a_url_that_is_not_called_and_one_registration_too_many_are_refused() {
    let shop = own_shop().await;
    // What is http at all is refused outside the sandbox; here, what is neither public nor this machine.
    let refused = register(&shop, &json!({"url": "http://10.0.0.1/hook", "events": [CAPTURED]})).await;
    refused.names_field("url");
    for _ in 0..25 {
        registered(&shop, URL, &[CAPTURED]).await;
    }
    let refused = register(&shop, &json!({"url": URL, "events": [CAPTURED]})).await;
    refused.names_field("events");
    let body = json!({"url": URL, "events": ["epayments.payment.created.v1", CAPTURED]});
    register(&shop, &body).await.names_field("events");
    registered(&shop, URL, &["epayments.payment.created.v1"]).await;

    let first = registered(&shop, URL, &[CHECKED_IN]).await;
    register(&shop, &json!({"url": URL, "events": [CHECKED_IN]})).await.names_field("events");
    assert_eq!(delete(&shop, &first).await.status, 204);
    registered(&shop, URL, &[CHECKED_IN]).await;
}

#[tokio::test]
async fn p60_registrations_are_listed_without_secrets_and_gone_when_they_are_deleted() {
    let shop = own_shop().await;
    assert_eq!(listed(&shop).await, json!({"webhooks": []}));
    let first = registered(&shop, URL, &[CHECKED_IN, CAPTURED, CHECKED_IN]).await;
    let second = registered(&shop, "https://shop.example/other", &[CAPTURED]).await;
    let shown = json!({"id": second, "url": "https://shop.example/other", "events": [CAPTURED]});
    let both = [json!({"id": first, "url": URL, "events": [CAPTURED, CHECKED_IN]}), shown.clone()];
    assert_eq!(listed(&shop).await, json!({"webhooks": both}));
    let gone = delete(&shop, &first).await;
    assert_eq!((gone.status, gone.text.as_str()), (204, ""));
    assert_eq!(listed(&shop).await, json!({"webhooks": [shown]}));
    delete(&shop, &first).await.problem(404);
}

#[tokio::test]
async fn every_broken_field_of_a_registration_is_named() {
    let shop = own_shop().await;
    let table = [
        (json!({}), &["url", "events"] as &[&str]),
        (json!(null), &["url", "events"]),
        (json!({"url": URL}), &["events"]),
        (json!({"url": URL, "events": []}), &["events"]),
        (json!({"url": URL, "events": [CAPTURED, "epayments.payment.captured.v2"]}), &["events"]),
        (json!({"url": URL, "events": ["EPAYMENTS.PAYMENT.CAPTURED.V1"]}), &["events"]),
        (json!({"url": URL, "events": "all"}), &["events"]),
        (json!({"url": URL, "events": [7]}), &["events[0]"]),
        (json!({"url": 7, "events": [CAPTURED]}), &["url"]),
        (json!({"url": "", "events": [CAPTURED]}), &["url"]),
        (json!({"url": "ftp://shop.example/", "events": ["x"]}), &["url", "events"]),
        (json!({"url": URL, "events": [CAPTURED], "standardWebhooks": "yes"}), &["standardWebhooks"]),
    ];
    for (body, fields) in table {
        let answer = register(&shop, &body).await;
        for field in fields {
            answer.names_field(field);
        }
        assert_eq!(answer.fields().len(), fields.len(), "{}", answer.text);
    }
    let unknown = register(&shop, &json!({"url": URL, "events": ["x".repeat(10_000)]})).await;
    unknown.names_field("events");
    assert!(unknown.text.len() < 1_000, "what was sent is not told back at length");
    for body in ["", "[]", "\"text\"", "{", "url=https://shop.example/&events=a", "\u{0}"] {
        let request = shop.request(Method::POST, PATH).body(body);
        let answer = Answer::of(request).await;
        answer.problem(400);
    }
    assert_eq!(listed(&shop).await, json!({"webhooks": []}));
}

#[tokio::test]
async fn what_is_not_an_id_is_nobodys_registration() {
    let shop = own_shop().await;
    for id in ["1", "%ff", "%00", "..%2f", &"a".repeat(1_000), &Uuid::new_v4().to_string()] {
        delete(&shop, id).await.problem(404);
        let ping = shop.request(Method::POST, &format!("/kvitt/v1/webhooks/{id}/ping"));
        Answer::of(ping).await.problem(404);
    }
}

#[tokio::test]
async fn another_units_registrations_are_as_absent_as_nobodys() {
    let (shop, thief) = (own_shop().await, own_shop().await);
    let id = registered(&shop, URL, &[CAPTURED]).await;
    assert_eq!(listed(&thief).await, json!({"webhooks": []}));
    let foreign = delete(&thief, &id).await;
    let ping = || Answer::of(thief.request(Method::POST, &format!("/kvitt/v1/webhooks/{id}/ping")));
    let foreign_ping = ping().await;
    assert_eq!(listed(&shop).await["webhooks"][0]["id"], json!(id));
    assert_eq!(delete(&shop, &id).await.status, 204);
    foreign.problem(404);
    assert_eq!(foreign.text_without_trace_id(), delete(&thief, &id).await.text_without_trace_id());
    foreign_ping.problem(404);
    assert_eq!(foreign_ping.text_without_trace_id(), ping().await.text_without_trace_id());

    let mut liar = own_shop().await;
    liar.keys.msn.clone_from(&shop.keys.msn);
    for (method, path, body) in super::operations() {
        let request = liar.request(method, path);
        let answer = Answer::of(match body {
            Some(body) => request.json(&body),
            None => request,
        });
        answer.await.problem(401);
    }
}

#[tokio::test]
async fn a_grpc_client_meets_the_same_registrations_and_the_same_rules() {
    let (stack, shop) = (Stack::shared(), own_shop().await);
    let mesh = Mesh::with_token(stack, &shop.token);
    let request = RegisterWebhookRequest {
        msn: shop.keys.msn.clone(),
        url: URL.to_owned(),
        events: vec![CAPTURED.to_owned()],
        standard_webhooks: true,
    };
    let made =
        mesh.webhooks().register_webhook(request.clone()).await.expect("it is registered").into_inner();
    assert_eq!(listed(&shop).await["webhooks"][0]["id"], json!(made.webhook_id));
    let broken =
        RegisterWebhookRequest { url: "https://10.0.0.1/".to_owned(), events: Vec::new(), ..request };
    let refused = mesh.webhooks().register_webhook(broken.clone()).await.expect_err("it breaks rules");
    let named: Vec<_> =
        refusal::field_violations_of(&refused).into_iter().map(|broken| broken.field).collect();
    assert_eq!(named, ["url", "events"]);
    let open = mesh.webhooks().list_webhooks(ListWebhooksRequest::default()).await.expect_err("whose?");
    assert_eq!(refusal::reason_of(&open), Some(Reason::MsnRequired));
    let which = DeleteWebhookRequest { msn: shop.keys.msn.clone(), webhook_id: made.webhook_id };
    mesh.webhooks().delete_webhook(which.clone()).await.expect("it is ended");
    let again = mesh.webhooks().delete_webhook(which).await.expect_err("it is gone");
    assert_eq!(refusal::reason_of(&again), Some(Reason::NotFound));
}

#[tokio::test]
async fn people_with_developer_access_see_what_the_units_keys_registered_and_others_do_not() {
    let (stack, shop) = (Stack::shared(), Shop::named("full").await);
    let id = registered(&shop, URL, &["recurring.agreement-expired.v1"]).await;
    let request = ListWebhooksRequest { msn: shop.keys.msn.clone() };
    for name in ["administrator", "developer"] {
        let listed = stack.user(name).await.mesh.webhooks().list_webhooks(request.clone()).await;
        let webhooks = listed.expect("they may see them").into_inner().webhooks;
        assert!(webhooks.iter().any(|webhook| webhook.webhook_id == id), "{name}: {webhooks:?}");
    }
    for (name, reason) in [("assistant", Reason::PermissionDenied), ("neighbour", Reason::NotFound)] {
        let refused = stack.user(name).await.mesh.webhooks().list_webhooks(request.clone()).await;
        let refused = refused.expect_err("they may not see them");
        assert_eq!(refusal::reason_of(&refused), Some(reason), "{name}");
    }
    let which = DeleteWebhookRequest { msn: shop.keys.msn.clone(), webhook_id: id };
    let administrator = stack.user("administrator").await;
    administrator.mesh.webhooks().delete_webhook(which).await.expect("they may end them");
}
