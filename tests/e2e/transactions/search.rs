//! Looking for payments.

use kvitt_proto::error::v1::Reason;
use kvitt_proto::payment::v1::{
    SearchPaymentsRequest, SearchPaymentsResponse, SumPaymentsRequest, Transaction, TransactionFilter,
    TransactionStatus,
};
use kvitt_proto::{refusal, time};
use kvitt_testing::eventually;
use kvitt_tests::{Mesh, Shop, Stack, UnitPlan};
use tonic::Status;

/// A unit of its own, so that nobody else's payments are found.
async fn own_shop() -> (Shop, Mesh) {
    let stack = Stack::shared();
    let keys = stack.open_unit(UnitPlan::default()).await;
    let shop = Shop::open(stack, &keys).await;
    let mesh = Mesh::with_token(stack, &shop.token);
    (shop, mesh)
}

fn filter(shop: &Shop, query: &str) -> TransactionFilter {
    TransactionFilter {
        msns: vec![shop.keys.msn.clone()],
        query: query.to_owned(),
        ..TransactionFilter::default()
    }
}

async fn search(
    mesh: &Mesh,
    filter: TransactionFilter,
    page_size: i32,
    page_token: &str,
) -> Result<SearchPaymentsResponse, Status> {
    let request =
        SearchPaymentsRequest { filter: Some(filter), page_size, page_token: page_token.to_owned() };
    Ok(mesh.transactions().search_payments(request).await?.into_inner())
}

async fn found(mesh: &Mesh, filter: TransactionFilter) -> Vec<Transaction> {
    search(mesh, filter, 100, "").await.expect("it is answered").transactions
}

fn references(found: &[Transaction]) -> Vec<&str> {
    found.iter().map(|transaction| transaction.reference.as_str()).collect()
}

#[tokio::test]
async fn payments_are_found_by_whatever_people_know_of_them() {
    let (shop, mesh) = own_shop().await;
    let reserved = shop.authorized(12_345).await;
    let captured = shop.authorized(20_000).await;
    shop.capture(&captured, 5_000).await.is(200);
    let waiting = shop.created(30_000).await;
    eventually!(found(&mesh, filter(&shop, "")).await.len() == 3);
    eventually!(found(&mesh, filter(&shop, &captured)).await[0].status() == TransactionStatus::Captured);

    let all = found(&mesh, filter(&shop, "")).await;
    assert_eq!(references(&all), [waiting.as_str(), &captured, &reserved], "newest first");
    let [_, second, third] = &all[..] else { panic!("three payments") };
    assert_eq!(
        second.aggregate.as_ref().expect("it is there").captured.expect("it is there").amount_minor,
        5_000
    );
    assert_eq!(third.status(), TransactionStatus::Reserved);
    for query in [&third.psp_reference, &third.transaction_id, &reserved, "123,45", "123.45"] {
        assert_eq!(references(&found(&mesh, filter(&shop, query)).await), [reserved.as_str()], "{query}");
    }
    assert_eq!(found(&mesh, filter(&shop, "order-")).await.len(), 3, "by the beginning of the reference");
    assert!(found(&mesh, filter(&shop, "nothing-like-it")).await.is_empty());

    let of = |statuses: &[TransactionStatus]| TransactionFilter {
        statuses: statuses.iter().map(|status| (*status).into()).collect(),
        ..filter(&shop, "")
    };
    assert_eq!(references(&found(&mesh, of(&[TransactionStatus::Requested])).await), [waiting.as_str()]);
    let two = of(&[TransactionStatus::Captured, TransactionStatus::Reserved]);
    assert_eq!(references(&found(&mesh, two).await), [captured.as_str(), &reserved]);

    let since = TransactionFilter { created_from: second.created_at, ..filter(&shop, "") };
    assert_eq!(references(&found(&mesh, since).await), [waiting.as_str(), &captured]);
    let until = TransactionFilter { created_before: second.created_at, ..filter(&shop, "") };
    assert_eq!(references(&found(&mesh, until.clone()).await), [reserved.as_str()]);

    let sums = SumPaymentsRequest {
        filter: Some(TransactionFilter { created_from: third.created_at, ..filter(&shop, "") }),
    };
    let now = Stack::shared().clock().now();
    let sums = SumPaymentsRequest {
        filter: sums.filter.map(|filter| TransactionFilter {
            created_before: Some(time::to_proto(now + chrono::TimeDelta::hours(1))),
            ..filter
        }),
    };
    let sums = mesh.transactions().sum_payments(sums).await.expect("it is answered").into_inner().sums;
    let seen: Vec<_> = sums
        .iter()
        .map(|sum| (sum.status(), sum.count, sum.amount.expect("it is there").amount_minor))
        .collect();
    let expected = [
        (TransactionStatus::Requested, 1, 30_000),
        (TransactionStatus::Reserved, 1, 12_345),
        (TransactionStatus::Captured, 1, 20_000),
    ];
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn pages_stay_where_they_are_while_new_payments_arrive() {
    let (shop, mesh) = own_shop().await;
    let mut made = Vec::new();
    for _ in 0..5 {
        made.push(shop.created(10_000).await);
    }
    eventually!(found(&mesh, filter(&shop, "")).await.len() == 5);
    let first = search(&mesh, filter(&shop, ""), 2, "").await.expect("it is answered");
    shop.created(10_000).await;
    shop.approve(&made[0], &shop.phone).await.is(200);
    eventually!(found(&mesh, filter(&shop, "")).await.len() == 6);
    let second = search(&mesh, filter(&shop, ""), 2, &first.next_page_token).await.expect("it is answered");
    let third = search(&mesh, filter(&shop, ""), 2, &second.next_page_token).await.expect("it is answered");
    let pages = [first, second, third.clone()].map(|page| page.transactions).concat();
    made.reverse();
    assert_eq!(references(&pages), made);
    assert_eq!(third.next_page_token, "");
}

#[tokio::test]
async fn nobody_looks_into_other_units() {
    let (shop, mesh) = own_shop().await;
    shop.created(10_000).await;
    let other = Shop::named("second").await;
    let both = TransactionFilter {
        msns: vec![shop.keys.msn.clone(), other.keys.msn.clone()],
        ..TransactionFilter::default()
    };
    let refused = search(&mesh, both, 10, "").await.unwrap_err();
    assert_eq!(refusal::reason_of(&refused), Some(Reason::MsnNotCovered));
    let neighbour = Stack::shared().user("neighbour").await.mesh;
    let refused = search(&neighbour, filter(&shop, ""), 10, "").await.unwrap_err();
    let reason = refusal::reason_of(&refused);
    assert!(matches!(reason, Some(Reason::PermissionDenied | Reason::NotFound)), "{refused:?}");
}

#[tokio::test]
async fn a_search_that_makes_no_sense_names_every_field() {
    let (shop, mesh) = own_shop().await;
    let broken = TransactionFilter {
        msns: vec!["x".to_owned()],
        statuses: vec![99],
        query: "%_".to_owned(),
        payment_link_id: "link".to_owned(),
        ..TransactionFilter::default()
    };
    let refused = search(&mesh, broken, 101, "!").await.unwrap_err();
    let mut fields: Vec<_> =
        refusal::field_violations_of(&refused).into_iter().map(|violation| violation.field).collect();
    fields.sort();
    let expected =
        ["filter.msns", "filter.paymentLinkId", "filter.query", "filter.statuses", "pageSize", "pageToken"];
    assert_eq!(fields, expected);
    let unbounded = SumPaymentsRequest { filter: Some(filter(&shop, "")) };
    let refused = mesh.transactions().sum_payments(unbounded).await.unwrap_err();
    assert_eq!(refusal::field_violations_of(&refused)[0].field, "filter.createdFrom");
}
