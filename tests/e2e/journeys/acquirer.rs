//! What a payment does to the card behind it.

use kvitt_proto::wallet::v1::ListCardsRequest;
use kvitt_testing::eventually;
use kvitt_tests::{Mesh, PayerPlan, Shop, Stack};

/// Free money on the payer's first card.
async fn balance(mesh: &Mesh, payer_id: &str) -> i64 {
    let request = ListCardsRequest { payer_id: payer_id.to_owned() };
    let cards = mesh.wallet().list_cards(request).await.expect("cards can be listed").into_inner().cards;
    cards[0].balance.as_ref().expect("a card has a balance").amount_minor
}

#[tokio::test]
async fn the_cards_balance_follows_reservation_capture_release_and_refund() {
    let stack = Stack::shared();
    let shop = Shop::named("full").await;
    let mesh = Mesh::operator(stack).await;
    let payer = stack.open_payer(PayerPlan { balances: vec![50_000], ..PayerPlan::default() }).await;
    let reference = shop.created(10_000).await;
    assert_eq!(balance(&mesh, &payer.payer_id).await, 50_000);

    assert_eq!(shop.approve(&reference, &payer.phone).await.status, 200);
    assert_eq!(balance(&mesh, &payer.payer_id).await, 40_000);
    shop.capture(&reference, 4_000).await.is(200);
    assert_eq!(balance(&mesh, &payer.payer_id).await, 40_000);
    shop.cancel(&reference).await.is(200);
    eventually!(balance(&mesh, &payer.payer_id).await == 46_000);
    shop.refund(&reference, 1_000).await.is(200);
    eventually!(balance(&mesh, &payer.payer_id).await == 47_000);
    shop.refund(&reference, 3_000).await.is(200);
    eventually!(balance(&mesh, &payer.payer_id).await == 50_000);
    assert_eq!(shop.sums(&reference).await, [10_000, 4_000, 6_000, 4_000]);
}

#[tokio::test]
async fn a_card_pays_as_long_as_it_has_money_and_a_release_makes_room() {
    let stack = Stack::shared();
    let shop = Shop::named("full").await;
    let mesh = Mesh::operator(stack).await;
    let payer = stack.open_payer(PayerPlan { balances: vec![15_000], ..PayerPlan::default() }).await;
    let first = shop.created(10_000).await;
    assert_eq!(shop.approve(&first, &payer.phone).await.status, 200);
    let second = shop.created(10_000).await;
    shop.approve(&second, &payer.phone).await.refused(400, "10010");
    assert_eq!(balance(&mesh, &payer.payer_id).await, 5_000);

    shop.cancel(&first).await.is(200);
    eventually!(balance(&mesh, &payer.payer_id).await == 15_000);
    assert_eq!(shop.approve(&second, &payer.phone).await.status, 200);
    assert_eq!(balance(&mesh, &payer.payer_id).await, 5_000);
}

#[tokio::test]
async fn a_payment_that_is_never_approved_touches_no_card() {
    let stack = Stack::shared();
    let shop = Shop::named("full").await;
    let mesh = Mesh::operator(stack).await;
    let payer = stack.open_payer(PayerPlan { balances: vec![50_000], ..PayerPlan::default() }).await;
    let reference = shop.created(10_000).await;
    shop.cancel(&reference).await.is(200);
    shop.approve(&reference, &payer.phone).await.refused(400, "10020");
    assert_eq!(balance(&mesh, &payer.payer_id).await, 50_000);
}
