//! Sessions in time, on a stack whose clock is moved.

use std::time::Duration;

use kvitt_testing::eventually;
use kvitt_tests::{Shop, Stack, StackPlan};
use serde_json::json;

use super::{Seller, code, kari};

#[tokio::test(flavor = "multi_thread")]
async fn a_session_lives_an_hour_and_is_known_for_a_week_after_its_end() {
    let stack = Stack::own(StackPlan::default()).await;
    let seller = Seller::of(Shop::open(&stack, stack.keys("full")).await).await;
    let open = seller.opened(&seller.minimal()).await;
    let initiated = seller.opened(&seller.minimal()).await;
    seller.payer(&initiated, "details", &kari()).await.is(200);
    seller.payer(&initiated, "payment", &json!({"method": "Wallet"})).await.is(200);

    stack.advance(Duration::from_secs(59 * 60)).await;
    assert_eq!(seller.state(&open).await, "SessionCreated");
    assert_eq!(
        seller.state(&initiated).await,
        "PaymentTerminated",
        "its payment has lived out its ten minutes"
    );
    stack.advance(Duration::from_secs(60)).await;
    assert_eq!(seller.state(&open).await, "SessionExpired");
    eventually!(seller.told(&open) == ["SessionExpired"]);
    eventually!(seller.told(&initiated) == ["PaymentTerminated"]);
    let late = json!({"transaction": {"amount": {"value": 1, "currency": "NOK"}}});
    assert_eq!(code(&seller.patch(&open, &late).await, 409), "SessionNotOpen");

    stack.advance(Duration::from_secs(7 * 86_400)).await;
    for reference in [&open, &initiated] {
        let answer = seller.read(reference).await;
        assert_eq!(code(&answer, 404), "NotFound");
        assert_eq!(answer.body["detail"], "Session expired or not known.");
    }
    let mut again = seller.minimal();
    again["transaction"]["reference"] = json!(open);
    assert_eq!(code(&seller.create(&again).await, 409), "ReferenceExists");
    stack.stop().await;
}
