use super::*;

#[tokio::test]
async fn m53_a_key_and_an_order_again_are_answered_alike_and_another_order_is_a_conflict() {
    let bench = bench().await;
    let merchant = bench.fixture.merchant().await;
    let (partner, keys) = bench.partner().await;
    let request = a_prefilling(&merchant);
    let first = bench.prefill(keys, request.clone()).await.unwrap();
    assert_eq!(first.status(), v1::OrderStatus::Received);
    assert_eq!(first.r#type(), v1::OrderType::Prefill);
    assert_eq!(
        (first.partner_id.clone(), first.merchant_id.clone()),
        (partner.to_string(), merchant.id.to_string())
    );
    let management = bench.fixture.partner_keys(KeyKind::Management, partner);
    assert_eq!(bench.prefill(management, request.clone()).await.unwrap(), first);
    let other = v1::Product { annual_turnover: 1, ..a_product() };
    let other = v1::PrefillOrderRequest { product: Some(other), ..request.clone() };
    assert_eq!(reason(bench.prefill(keys, other).await), Reason::IdempotencyConflict);
    let without = v1::PrefillOrderRequest { idempotency_key: String::new(), ..request.clone() };
    assert_eq!(broken(bench.prefill(keys, without).await), ["idempotencyKey"]);
    let (_, others_keys) = bench.partner().await;
    let second = bench.prefill(others_keys, request.clone()).await.unwrap();
    assert_ne!(second.order_id, first.order_id, "a key counts for its partner");
    bench.delete(keys, &first.order_id).await.unwrap();
    assert_eq!(bench.prefill(keys, request).await.unwrap().order_id, first.order_id);
}

#[tokio::test]
async fn m54_a_prefilled_order_lives_14_days_and_is_then_listed_only_with_the_expired() {
    let bench = bench().await;
    let merchant = bench.fixture.merchant().await;
    let administrator = bench.fixture.administrator(&merchant);
    let (_, keys) = bench.partner().await;
    let order = bench.prefill(keys, a_prefilling(&merchant)).await.unwrap();
    let viewed = bench.view(administrator, &order.order_id).await.unwrap();
    assert_eq!(viewed.status(), v1::OrderStatus::MerchantViewed);
    bench.fixture.app.clock.advance(A_FORTNIGHT);

    let stored = "SELECT status FROM orders";
    let stored = || sqlx::query_scalar::<_, String>(stored).fetch_one(&bench.fixture.app.pool);
    assert_eq!(stored().await.unwrap(), "MERCHANT_VIEWED");
    for written_down in [false, true] {
        assert_eq!(bench.get(keys, &order.order_id).await.unwrap().status(), v1::OrderStatus::Expired);
        assert_eq!(reason(bench.view(administrator, &order.order_id).await), Reason::OrderNotOpen);
        let submission = a_submission(&merchant, &order.order_id);
        assert_eq!(reason(bench.submit(administrator, submission).await), Reason::OrderNotOpen);
        assert_eq!(reason(bench.delete(keys, &order.order_id).await), Reason::OrderNotOpen);
        for (caller, request) in
            [(keys, v1::ListOrdersRequest::default()), (administrator, of_merchant(&merchant))]
        {
            assert_eq!(bench.list(caller, request.clone()).await.unwrap(), []);
            let with_expired = v1::ListOrdersRequest { include_expired: true, ..request };
            let listed = bench.list(caller, with_expired).await.unwrap();
            assert_eq!(listed[0].status(), v1::OrderStatus::Expired);
        }
        if !written_down {
            bench.work().await;
            assert_eq!(stored().await.unwrap(), "EXPIRED");
        }
    }
}

#[tokio::test]
async fn m55_a_partner_takes_an_order_back_until_the_merchant_has_submitted_it() {
    let bench = bench().await;
    let merchant = bench.fixture.merchant().await;
    let administrator = bench.fixture.administrator(&merchant);
    let (_, keys) = bench.partner().await;
    let kept = bench.prefill(keys, a_prefilling(&merchant)).await.unwrap().order_id;
    let taken_back = bench.prefill(keys, a_prefilling(&merchant)).await.unwrap().order_id;
    bench.view(administrator, &taken_back).await.unwrap();
    bench.delete(keys, &taken_back).await.unwrap();
    for refused in [
        bench.get(keys, &taken_back).await.err(),
        bench.view(administrator, &taken_back).await.err(),
        bench.submit(administrator, a_submission(&merchant, &taken_back)).await.err(),
        bench.delete(keys, &taken_back).await.err(),
        bench.decide(OPERATOR, &taken_back, "").await.err(),
    ] {
        assert_eq!(refusal::reason_of(&refused.unwrap()), Some(Reason::NotFound));
    }
    let listed = bench.list(keys, v1::ListOrdersRequest::default()).await.unwrap();
    assert_eq!(ids(&listed), [kept.as_str()]);

    bench.submit(administrator, a_submission(&merchant, &kept)).await.unwrap();
    assert_eq!(reason(bench.delete(keys, &kept).await), Reason::OrderNotOpen);
    bench.approve(&kept).await;
    assert_eq!(reason(bench.delete(keys, &kept).await), Reason::OrderNotOpen);
}

#[tokio::test]
async fn m57_an_order_has_its_sales_unit_once_it_is_completed_and_not_before() {
    let bench = bench().await;
    let merchant = bench.fixture.merchant().await;
    let administrator = bench.fixture.administrator(&merchant);
    let (partner, keys) = bench.partner().await;
    let order = bench.prefill(keys, a_prefilling(&merchant)).await.unwrap();
    let id = order.order_id.as_str();
    let viewed = bench.view(administrator, id).await.unwrap();
    let submitted = bench.submit(administrator, a_submission(&merchant, id)).await.unwrap();
    assert_eq!(submitted.status(), v1::OrderStatus::OrderSubmitted);
    for before in [order.clone(), viewed, submitted, bench.get(keys, id).await.unwrap()] {
        assert_eq!(before.msn, "");
    }
    let completed = bench.approve(id).await;
    assert_eq!(completed.status(), v1::OrderStatus::Completed);
    assert_eq!(bench.get(keys, id).await.unwrap(), completed);
    let msn = completed.msn.parse().unwrap();
    let unit = crate::app::units::get_sales_unit(&bench.fixture.app, &keys, &msn).await.unwrap().value;
    assert_eq!((unit.partner_id, unit.merchant_id), (Some(partner), merchant.id));
}

#[tokio::test]
async fn an_order_that_the_merchant_makes_is_received_completed_or_rejected() {
    let bench = bench().await;
    let merchant = bench.fixture.merchant().await;
    let administrator = bench.fixture.administrator(&merchant);
    let approved = bench.order(administrator, an_order(&merchant)).await.unwrap();
    let rejected = bench.order(administrator, an_order(&merchant)).await.unwrap();
    for order in [&approved, &rejected] {
        assert_eq!((order.status(), order.r#type()), (v1::OrderStatus::Received, v1::OrderType::Manual));
        assert_eq!(reason(bench.view(administrator, &order.order_id).await), Reason::NotFound);
        let submission = a_submission(&merchant, &order.order_id);
        assert_eq!(reason(bench.submit(administrator, submission).await), Reason::NotFound);
    }
    assert_eq!(bench.approve(&approved.order_id).await.status(), v1::OrderStatus::Completed);
    let rejected = bench.decide(OPERATOR, &rejected.order_id, "Nettstedet mangler vilkår.").await.unwrap();
    assert_eq!(rejected.status(), v1::OrderStatus::Rejected);
    assert_eq!((rejected.reason.as_str(), rejected.msn.as_str()), ("Nettstedet mangler vilkår.", ""));
    assert!(rejected.decided_at.is_some());
    let listed = bench.list(administrator, of_merchant(&merchant)).await.unwrap();
    assert_eq!(ids(&listed), [rejected.order_id.as_str(), approved.order_id.as_str()], "newest first");
}

#[tokio::test]
async fn pages_hold_every_order_once() {
    let bench = bench().await;
    let merchant = bench.fixture.merchant().await;
    let administrator = bench.fixture.administrator(&merchant);
    let mut made = Vec::new();
    for _ in 0..5 {
        let request = an_order(&merchant);
        made.insert(0, bench.order(administrator, request).await.unwrap().order_id);
    }
    bench.order(OPERATOR, an_order(&bench.fixture.merchant().await)).await.unwrap();
    let (mut seen, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = v1::ListOrdersRequest { page_size: 2, page_token, ..of_merchant(&merchant) };
        let page = bench.grpc.list_orders(from(administrator, request)).await.unwrap().into_inner();
        assert!(page.orders.len() <= 2);
        seen.extend(page.orders.into_iter().map(|order| order.order_id));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    assert_eq!(seen, made);
    let all = bench.list(OPERATOR, v1::ListOrdersRequest::default()).await.unwrap();
    assert_eq!(all.len(), 6, "the back office sees what waits for it");
}
