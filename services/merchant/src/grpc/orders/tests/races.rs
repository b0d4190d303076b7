use std::collections::BTreeSet;

use tokio::task::JoinSet;

use super::*;

/// How many do the same at once.
const MANY: usize = 16;

async fn all<T, F>(tasks: impl IntoIterator<Item = F>) -> Vec<Result<T, Status>>
where
    T: Send + 'static,
    F: Future<Output = Result<Response<T>, Status>> + Send + 'static,
{
    let mut racing = JoinSet::new();
    for task in tasks {
        racing.spawn(async move { task.await.map(Response::into_inner) });
    }
    racing.join_all().await
}

#[tokio::test]
async fn many_prefillings_under_one_key_are_one_order_and_of_different_ones_one_wins() {
    let bench = bench().await;
    let merchant = bench.fixture.merchant().await;
    let (_, keys) = bench.partner().await;
    let race = |requests: Vec<v1::PrefillOrderRequest>| {
        let grpc = bench.grpc.clone();
        all(requests.into_iter().map(move |request| {
            let grpc = grpc.clone();
            async move { grpc.prefill_order(from(keys, request)).await }
        }))
    };
    let answers = race(vec![a_prefilling(&merchant); MANY]).await;
    let orders: BTreeSet<_> =
        answers.into_iter().map(|answer| answer.unwrap().order.unwrap().order_id).collect();
    assert_eq!(orders.len(), 1);

    let one = a_prefilling(&merchant);
    let different = |turnover| v1::PrefillOrderRequest {
        product: Some(v1::Product { annual_turnover: turnover, ..a_product() }),
        ..one.clone()
    };
    let answers = race((0..MANY as i64).map(different).collect()).await;
    let (made, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
    assert_eq!((made.len(), refused.len()), (1, MANY - 1));
    for answer in refused {
        assert_eq!(reason(answer), Reason::IdempotencyConflict);
    }
    let listed = bench.list(keys, v1::ListOrdersRequest::default()).await.unwrap();
    assert_eq!(listed.len(), 2);
}

#[tokio::test]
async fn one_id_is_one_order_however_many_make_it_at_once() {
    let bench = bench().await;
    let (applicant, application) = (somebody(), an_application());
    let grpc = bench.grpc.clone();
    let answers = all((0..MANY).map(|_| {
        let (grpc, application) = (grpc.clone(), application.clone());
        async move { grpc.apply_for_agreement(from(applicant, application)).await }
    }));
    assert!(answers.await.iter().all(Result::is_ok));
    let told = bench.fixture.told().await;
    assert_eq!(told.len(), 1, "{told:?}");
}

#[tokio::test]
async fn of_two_decisions_one_counts_and_is_told_once() {
    let bench = bench().await;
    let merchant = bench.fixture.merchant().await;
    let order = bench.order(OPERATOR, an_order(&merchant)).await.unwrap();
    let grpc = bench.grpc.clone();
    let answers = all((0..MANY).map(|turn| {
        let (grpc, order_id) = (grpc.clone(), order.order_id.clone());
        let approve = turn % 2 == 0;
        let reason = if approve { String::new() } else { "Nei.".to_owned() };
        let request = v1::DecideOrderRequest { order_id, approve, reason };
        async move { grpc.decide_order(from(OPERATOR, request)).await }
    }))
    .await;
    let (agreed, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
    assert_eq!((agreed.len(), refused.len()), (MANY / 2, MANY / 2));
    let statuses: BTreeSet<_> =
        agreed.into_iter().map(|answer| answer.unwrap().order.unwrap().status).collect();
    assert_eq!(statuses.len(), 1);
    for answer in refused {
        assert_eq!(reason(answer), Reason::OrderNotOpen);
    }
    let told = bench.fixture.told().await;
    assert_eq!(told.iter().filter(|(action, _)| action == "order.decided").count(), 1);
    let completed =
        bench.get(OPERATOR, &order.order_id).await.unwrap().status() == v1::OrderStatus::Completed;
    let units: i64 = sqlx::query_scalar("SELECT count(*) FROM sales_units")
        .fetch_one(&bench.fixture.app.pool)
        .await
        .unwrap();
    assert_eq!(units, i64::from(completed));
}

#[tokio::test]
async fn approvals_at_once_open_units_with_numbers_of_their_own() {
    let bench = bench().await;
    let merchant = bench.fixture.merchant().await;
    let mut orders = Vec::new();
    for _ in 0..MANY {
        orders.push(bench.order(OPERATOR, an_order(&merchant)).await.unwrap().order_id);
    }
    let grpc = bench.grpc.clone();
    let answers = all(orders.into_iter().map(|order_id| {
        let grpc = grpc.clone();
        let request = v1::DecideOrderRequest { order_id, approve: true, reason: String::new() };
        async move { grpc.decide_order(from(OPERATOR, request)).await }
    }))
    .await;
    let msns: BTreeSet<_> = answers.into_iter().map(|answer| answer.unwrap().order.unwrap().msn).collect();
    assert_eq!(msns.len(), MANY);
}

#[tokio::test]
async fn a_feature_is_asked_for_once_however_many_ask_at_once() {
    let bench = bench().await;
    let merchant = bench.fixture.merchant().await;
    bench.fixture.unit(&merchant, "123456", |_| {}).await;
    let grpc = bench.grpc.clone();
    let answers = all((0..MANY).map(|_| {
        let grpc = grpc.clone();
        let request = a_request("123456", v1::Feature::Recurring);
        async move { grpc.request_feature(from(OPERATOR, request)).await }
    }))
    .await;
    let (made, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
    assert_eq!((made.len(), refused.len()), (1, MANY - 1));
    for answer in refused {
        assert_eq!(reason(answer), Reason::FeaturePresent);
    }
}

#[tokio::test]
async fn an_order_is_submitted_or_taken_back_and_never_both() {
    let bench = bench().await;
    let merchant = bench.fixture.merchant().await;
    let (_, keys) = bench.partner().await;
    for _ in 0..8 {
        let order = bench.prefill(keys, a_prefilling(&merchant)).await.unwrap();
        let submission = a_submission(&merchant, &order.order_id);
        let (submitted, deleted) =
            tokio::join!(bench.submit(OPERATOR, submission), bench.delete(keys, &order.order_id));
        assert_ne!(submitted.is_ok(), deleted.is_ok());
        let found = bench.get(OPERATOR, &order.order_id).await;
        match submitted {
            Ok(_) => assert_eq!(found.unwrap().status(), v1::OrderStatus::OrderSubmitted),
            Err(refused) => {
                assert_eq!(refusal::reason_of(&refused), Some(Reason::NotFound));
                assert_eq!(reason(found), Reason::NotFound);
            }
        }
    }
}
