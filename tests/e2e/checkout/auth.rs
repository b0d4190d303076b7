//! Who may call `/checkout/v3`.

use kvitt_tests::requests::fresh_reference;
use kvitt_tests::{Answer, Keys, Stack};
use reqwest::Method;

use super::{Seller, code, operations};

/// Those of upstream's API.
fn sessions(reference: &str) -> Vec<(Method, String, Option<serde_json::Value>)> {
    operations(reference).into_iter().filter(|(_, path, _)| path.starts_with("/checkout/")).collect()
}

#[tokio::test]
async fn keys_that_do_not_belong_together_are_401_in_the_words_of_checkout() {
    let seller = Seller::named("full").await;
    let own = seller.shop.keys.clone();
    let other = Stack::shared().keys("second");
    let table = [
        (Keys { client_secret: "a-wrong-secret".to_owned(), ..own.clone() }, "ClientInvalid"),
        (Keys { client_id: "nonsense".to_owned(), ..own.clone() }, "ClientInvalid"),
        (Keys { client_id: String::new(), ..own.clone() }, "ClientInvalid"),
        (Keys { primary: "0".repeat(32), ..own.clone() }, "SubscriptionKeyInvalid"),
        (Keys { primary: other.primary.clone(), ..own.clone() }, "SubscriptionKeyInvalid"),
        (Keys { primary: String::new(), ..own.clone() }, "SubscriptionKeyMissing"),
        (Keys { msn: other.msn.clone(), ..own.clone() }, "MsnNotCovered"),
    ];
    for (keys, expected) in table {
        for (method, path, body) in sessions(&fresh_reference()) {
            let mut request = seller.request_with(&keys, method, &path);
            if let Some(body) = body {
                request = request.json(&body);
            }
            let answer = Answer::of(request).await;
            assert_eq!(code(&answer, 401), expected, "{path}");
        }
    }
}

#[tokio::test]
async fn a_token_alone_is_not_enough_and_a_needless_one_does_no_harm() {
    let seller = Seller::named("full").await;
    let path = format!("/checkout/v3/session/{}", fresh_reference());
    let by_token = Answer::of(seller.shop.request(Method::GET, &path)).await;
    code(&by_token, 401);
    // A client library sends the word without a token.
    let both = seller.request(Method::GET, &path).header("Authorization", "Bearer ");
    assert_eq!(code(&Answer::of(both).await, 404), "NotFound");
}

#[tokio::test]
async fn a_partner_opens_sessions_for_the_units_that_are_linked_to_it() {
    let seller = Seller::named("full").await;
    let partner = Stack::shared().keys("partner");
    let danish = Keys { msn: Stack::shared().keys("danish").msn.clone(), ..partner.clone() };
    let request = seller.request_with(&danish, Method::POST, "/checkout/v3/session").json(&seller.minimal());
    assert_eq!(code(&Answer::of(request).await, 403), "PartnerNotLinked");
}

#[tokio::test]
async fn a_session_of_another_unit_is_as_an_absent_one() {
    let (seller, other) = (Seller::named("full").await, Seller::named("second").await);
    let reference = seller.opened(&seller.minimal()).await;
    let (foreign, absent) = (other.read(&reference).await, other.read(&fresh_reference()).await);
    assert_eq!((code(&foreign, 404), code(&absent, 404)), ("NotFound", "NotFound"));
    assert_eq!(foreign.body["detail"], "Session expired or not known.");
    assert_eq!(foreign.body["detail"], absent.body["detail"]);
    // Both may use the same name.
    let mut body = other.minimal();
    body["transaction"]["reference"] = reference.clone().into();
    other.create(&body).await.is(200);
    for verb in ["details", "payment", "cancel"] {
        let answer = Seller::named("plain").await.payer(&reference, verb, &super::kari()).await;
        assert!([400, 404].contains(&answer.status), "{}", answer.text);
    }
}
