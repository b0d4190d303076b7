//! What a partner's keys register: for one of its units, or for all of them.

use kvitt_tests::{Answer, Keys, Shop, Stack};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use super::registrations::{CAPTURED, CHECKED_IN};

const PATH: &str = "/webhooks/v1/webhooks";

/// A unit that is linked to the partner, and one that is not.
const LINKED: &str = "400001";
const UNLINKED: &str = "500001";

async fn partner() -> Shop {
    let stack = Stack::shared();
    let keys = Keys { msn: LINKED.to_owned(), ..stack.keys("partner").clone() };
    Shop::open(stack, &keys).await
}

/// A request with the partner's keys, which names this unit or none.
fn request(shop: &Shop, method: Method, path: &str, msn: Option<&str>) -> RequestBuilder {
    let request = shop.bare(method, path);
    let request = request.header("Authorization", format!("Bearer {}", shop.token));
    let request = request.header("Ocp-Apim-Subscription-Key", &shop.keys.primary);
    match msn {
        Some(msn) => request.header("Merchant-Serial-Number", msn),
        None => request,
    }
}

async fn register(shop: &Shop, msn: Option<&str>, event: &str) -> Answer {
    let body = json!({"url": "https://partner.example/hook", "events": [event]});
    Answer::of(request(shop, Method::POST, PATH, msn).json(&body)).await
}

async fn delete(shop: &Shop, msn: Option<&str>, id: &Value) -> Answer {
    let path = format!("{PATH}/{}", id.as_str().expect("an id is text"));
    Answer::of(request(shop, Method::DELETE, &path, msn)).await
}

async fn ids(shop: &Shop, msn: Option<&str>) -> Vec<Value> {
    let listed = Answer::of(request(shop, Method::GET, PATH, msn)).await;
    let webhooks = listed.is(200)["webhooks"].as_array().expect("an array").clone();
    webhooks.into_iter().map(|webhook| webhook["id"].clone()).collect()
}

#[tokio::test]
async fn a_partner_registers_without_a_unit_and_each_owner_has_a_quota_of_its_own() {
    let (shop, unit) = (partner().await, Shop::named("second").await);
    let all = register(&shop, None, CHECKED_IN).await.is(201)["id"].clone();
    let one = register(&shop, Some(LINKED), CHECKED_IN).await.is(201)["id"].clone();
    let own = register(&unit, Some(LINKED), CHECKED_IN).await.is(201)["id"].clone();
    for (shop, msn) in [(&shop, None), (&shop, Some(LINKED)), (&unit, Some(LINKED))] {
        register(shop, msn, CHECKED_IN).await.names_field("events");
    }
    for (shop, msn, seen) in [(&shop, None, &all), (&shop, Some(LINKED), &one), (&unit, Some(LINKED), &own)] {
        let ids = ids(shop, msn).await;
        assert!(ids.contains(seen), "{ids:?}");
        assert!([&all, &one, &own].into_iter().all(|id| id == seen || !ids.contains(id)), "{ids:?}");
    }
    delete(&shop, Some(LINKED), &all).await.problem(404);
    delete(&shop, None, &one).await.problem(404);
    delete(&unit, Some(LINKED), &one).await.problem(404);
    for (shop, msn, id) in [(&shop, None, all), (&shop, Some(LINKED), one), (&unit, Some(LINKED), own)] {
        assert_eq!(delete(shop, msn, &id).await.status, 204);
    }
}

#[tokio::test]
async fn a_partner_registers_for_no_unit_that_is_not_linked() {
    let shop = partner().await;
    for msn in [UNLINKED, "1999999999", "nonsense"] {
        let refused = register(&shop, Some(msn), CAPTURED).await;
        refused.problem(403);
        assert!(refused.text.contains(&format!("Invalid MSN: {msn}")), "{}", refused.text);
    }
}

#[tokio::test]
async fn only_registrations_may_leave_the_unit_open_and_only_a_partners() {
    let shop = partner().await;
    for path in ["/kvitt/v1/faults", "/epayment/v1/payments/order-12345678"] {
        let refused = Answer::of(request(&shop, Method::GET, path, None)).await;
        refused.problem(403);
    }
    // The keys of a unit mean that unit.
    let unit = Shop::named("second").await;
    let id = register(&unit, None, CAPTURED).await.is(201)["id"].clone();
    assert!(ids(&unit, Some(LINKED)).await.contains(&id));
    assert_eq!(delete(&unit, None, &id).await.status, 204);
}
