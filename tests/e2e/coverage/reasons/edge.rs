//! Refusals at the edge: routes, bodies, credentials.

use kvitt_proto::error::v1::Reason;
use kvitt_tests::requests::{fresh_key, fresh_reference, web_redirect};
use kvitt_tests::{Answer, Shop};
use reqwest::Method;

use super::Provoked;

const CREATE: &str = "/epayment/v1/payments";

pub(crate) async fn provoke() -> Vec<Provoked> {
    let shop = Shop::named("full").await;
    let second = Shop::named("second").await;
    let path = format!("{CREATE}/{}", fresh_reference());
    let bare = || shop.bare(Method::GET, &path);
    let bearer = format!("Bearer {}", shop.token);
    let with_token = || bare().header("Authorization", &bearer);
    let unknown = "0".repeat(32);
    let subscription = "Ocp-Apim-Subscription-Key";
    let rest = |reason, answer| Provoked::rest(reason, answer);
    vec![
        rest(Reason::FieldInvalid, shop.create(&web_redirect("short", "NOK", 10_000)).await),
        rest(Reason::BodyMalformed, shop.post_bytes(CREATE, "{\"amount\":").await),
        rest(Reason::BodyTooLarge, shop.post_bytes(CREATE, "x".repeat(70_000)).await),
        rest(
            Reason::HeadersTooLarge,
            Answer::of(bare().header("Vipps-System-Name", "x".repeat(20_000))).await,
        ),
        rest(Reason::RouteNotFound, shop.get("/epayment/v9/nowhere").await),
        rest(Reason::MethodNotAllowed, Answer::of(shop.request(Method::DELETE, CREATE)).await),
        rest(Reason::TokenMissing, Answer::of(bare().header(subscription, &shop.keys.primary)).await),
        rest(
            Reason::TokenInvalid,
            Answer::of(
                bare().header("Authorization", "Bearer x.y.z").header(subscription, &shop.keys.primary),
            )
            .await,
        ),
        rest(Reason::SubscriptionKeyMissing, Answer::of(with_token()).await),
        rest(Reason::SubscriptionKeyInvalid, Answer::of(with_token().header(subscription, unknown)).await),
        rest(
            Reason::MsnNotCovered,
            Answer::of(
                with_token()
                    .header(subscription, &shop.keys.primary)
                    .header("Merchant-Serial-Number", &second.keys.msn)
                    .header("Idempotency-Key", fresh_key()),
            )
            .await,
        ),
    ]
}
