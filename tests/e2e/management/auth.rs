//! Who may call the Management API at all.

use kvitt_tests::requests::fresh_key;
use kvitt_tests::{Answer, Stack};
use reqwest::RequestBuilder;

use super::{Manager, operations, problem, unproven};

/// Calls every operation, each with what `prove` adds to it.
async fn everywhere(manager: &Manager, prove: impl Fn(RequestBuilder) -> RequestBuilder) -> Vec<Answer> {
    let mut answers = Vec::new();
    for (method, path, body) in operations() {
        let mut request = prove(manager.bare(method, path)).header("Idempotency-Key", fresh_key());
        if let Some(body) = body {
            request = request.json(&body);
        }
        answers.push(Answer::of(request).await);
    }
    answers
}

#[tokio::test]
async fn m38_a_request_without_the_word_bearer_is_401_in_the_gateways_dialect() {
    let stack = Stack::shared();
    let manager = Manager::specialised(stack, "partner_management").await;
    let token = manager.token.as_str();
    let basic = format!("Basic {token}");
    for authorization in [None, Some(token), Some("Bearer"), Some("Bearer "), Some(basic.as_str())] {
        let answers = everywhere(&manager, |request| match authorization {
            Some(value) => request.header("Authorization", value),
            None => request,
        });
        for answer in answers.await {
            unproven(&answer);
        }
    }
}

#[tokio::test]
async fn a_forged_token_is_401() {
    let manager = Manager::specialised(Stack::shared(), "partner_management").await;
    let forged = format!("Bearer {}A", manager.token);
    for answer in everywhere(&manager, |request| request.header("Authorization", &forged)).await {
        unproven(&answer);
    }
}

#[tokio::test]
async fn keys_with_a_subscription_key_must_send_one_that_is_theirs() {
    let stack = Stack::shared();
    for keys in [stack.keys("full"), stack.keys("partner")] {
        let manager = Manager::standard(stack, keys).await;
        let bearer = format!("Bearer {}", manager.token);
        let foreign = stack.keys("second").primary.as_str();
        for (key, word) in
            [(None, "missing"), (Some(""), "missing"), (Some("0"), "invalid"), (Some(foreign), "invalid")]
        {
            let prove = |request: RequestBuilder| {
                let request = request.header("Authorization", &bearer);
                match key {
                    Some(key) => request.header("Ocp-Apim-Subscription-Key", key),
                    None => request,
                }
            };
            for answer in everywhere(&manager, prove).await {
                unproven(&answer);
                let start = format!("Access denied due to {word} subscription key. ");
                assert!(answer.body["message"].as_str().unwrap().starts_with(&start), "{}", answer.text);
            }
        }
        let mut secondary = manager.clone();
        secondary.subscription_key = Some(keys.secondary.clone());
        assert_eq!(
            secondary.read("/management/v1/sales-units").await,
            manager.read("/management/v1/sales-units").await
        );
    }
}

#[tokio::test]
async fn management_keys_need_no_subscription_key_and_one_that_is_sent_is_ignored() {
    let stack = Stack::shared();
    for name in ["partner_management", "merchant_management"] {
        let mut manager = Manager::specialised(stack, name).await;
        let alone = manager.read("/management/v1/merchants/business:NO:ORG/987654325").await;
        for key in ["nonsense", stack.keys("second").primary.as_str()] {
            manager.subscription_key = Some(key.to_owned());
            assert_eq!(
                manager.read("/management/v1/merchants/business:NO:ORG/987654325").await,
                alone,
                "{name}"
            );
        }
    }
}

#[tokio::test]
async fn accounting_keys_manage_nothing() {
    let manager = Manager::specialised(Stack::shared(), "accounting").await;
    let bearer = format!("Bearer {}", manager.token);
    for answer in everywhere(&manager, |request| request.header("Authorization", &bearer)).await {
        problem(&answer, 403);
    }
}

#[tokio::test]
async fn no_sales_unit_is_named_and_one_that_is_named_changes_nothing() {
    let stack = Stack::shared();
    let partner = Manager::standard(stack, stack.keys("partner")).await;
    let path = "/management/v1/sales-units";
    let unnamed = partner.read(path).await;
    for msn in ["300001", "500001", "nonsense", ""] {
        let request = partner.request(reqwest::Method::GET, path).header("Merchant-Serial-Number", msn);
        assert_eq!(Answer::of(request).await.is(200), &unnamed, "{msn}");
    }
}
