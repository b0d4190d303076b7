//! What becomes of a card's money when the scheme's guarantee ends.

use std::time::Duration;

use kvitt_proto::wallet::v1::ListCardsRequest;
use kvitt_tests::requests::fresh_key;
use kvitt_tests::{Mesh, PayerPlan, Shop, Stack, StackPlan};

const DAY: Duration = Duration::from_secs(86_400);

#[tokio::test(flavor = "multi_thread")]
async fn a_hold_goes_back_when_its_guarantee_ends_and_a_capture_then_needs_money_again() {
    let stack = Stack::own(StackPlan::default()).await;
    let shop = Shop::open(&stack, stack.keys("full")).await;
    let mesh = Mesh::operator(&stack).await;
    let payer = stack.open_payer(PayerPlan { balances: vec![15_000], ..PayerPlan::default() }).await;
    let balance = async || {
        let request = ListCardsRequest { payer_id: payer.payer_id.clone() };
        let cards = mesh.wallet().list_cards(request).await.expect("cards can be listed").into_inner().cards;
        cards[0].balance.as_ref().expect("a card has a balance").amount_minor
    };
    let first = shop.created(10_000).await;
    assert_eq!(shop.approve(&first, &payer.phone).await.status, 200);
    shop.capture(&first, 1_000).await.is(200);
    stack.advance(6 * DAY).await;
    assert_eq!(balance().await, 5_000);
    stack.advance(DAY).await;
    assert_eq!(balance().await, 14_000);

    let second = shop.created(10_000).await;
    assert_eq!(shop.approve(&second, &payer.phone).await.status, 200);
    let key = fresh_key();
    for _ in 0..2 {
        shop.capture_keyed(&first, &key, 9_000).await.refused(400, "6260");
    }
    assert_eq!(shop.sums(&first).await, [10_000, 1_000, 0, 0]);
    shop.capture(&first, 4_000).await.is(200);
    assert_eq!(balance().await, 0);

    // What the end of the guarantee gave back is not given back again.
    shop.cancel(&first).await.is(200);
    shop.cancel(&second).await.is(200);
    shop.refund(&first, 5_000).await.is(200);
    kvitt_testing::eventually!(balance().await == 15_000);
    stack.stop().await;
}
