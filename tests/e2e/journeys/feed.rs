//! A merchant's own consumer of the feed.

use kvitt_proto::error::v1::Reason;
use kvitt_proto::payment::v1::{PaymentEvent, PaymentEventName, TailRequest, TailResponse};
use kvitt_proto::refusal;
use kvitt_tests::{Mesh, Shop, Stack, UnitPlan};
use tokio::time::timeout;
use tonic::Streaming;

/// A unit of its own, so that nobody else writes to what is followed.
async fn own_shop() -> Shop {
    let stack = Stack::shared();
    let keys = stack.open_unit(UnitPlan::default()).await;
    Shop::open(stack, &keys).await
}

async fn tail(shop: &Shop, cursor: &str, batch_size: i32) -> Streaming<TailResponse> {
    let request = TailRequest { msn: shop.keys.msn.clone(), part: 0, cursor: cursor.to_owned(), batch_size };
    let mesh = Mesh::with_token(Stack::shared(), &shop.token);
    mesh.feed().tail(request).await.expect("the feed of one's own unit can be followed").into_inner()
}

/// The next response, within the time in which things happen here.
async fn next(stream: &mut Streaming<TailResponse>) -> TailResponse {
    let response = timeout(kvitt_testing::WAIT_LIMIT, stream.message()).await.expect("the feed goes on");
    response.expect("the feed does not break").expect("the feed does not end")
}

/// Events and the last cursor, once there are this many events.
async fn read(stream: &mut Streaming<TailResponse>, count: usize) -> (Vec<PaymentEvent>, String) {
    let mut events = Vec::new();
    let mut cursor = String::new();
    while events.len() < count {
        let response = next(stream).await;
        assert!(response.parts > 0);
        assert!(response.events.iter().all(|event| event.created.is_none()), "details are for services only");
        events.extend(response.events.into_iter().filter_map(|event| event.event));
        cursor = response.cursor;
    }
    (events, cursor)
}

/// Four events for each of the payments.
async fn trade(shop: &Shop, payments: usize) -> Vec<String> {
    let mut references = Vec::new();
    for _ in 0..payments {
        let reference = shop.authorized(10_000).await;
        shop.capture(&reference, 4_000).await.is(200);
        shop.cancel(&reference).await.is(200);
        references.push(reference);
    }
    references
}

#[tokio::test]
async fn a_follower_sees_every_event_once_and_in_order_and_the_same_as_rest_shows() {
    let shop = own_shop().await;
    let mut stream = tail(&shop, "", 0).await;
    let references = trade(&shop, 3).await;
    let (events, _) = read(&mut stream, 12).await;
    assert_eq!(events.len(), 12);
    for reference in &references {
        let followed: Vec<&PaymentEvent> =
            events.iter().filter(|event| &event.reference == reference).collect();
        let names: Vec<PaymentEventName> = followed.iter().map(|event| event.name()).collect();
        use PaymentEventName::{Authorized, Cancelled, Captured, Created};
        assert_eq!(names, [Created, Authorized, Captured, Cancelled]);
        let shown = shop.events(reference).await;
        for (followed, shown) in followed.iter().zip(&shown) {
            assert_eq!(shown["pspReference"], followed.psp_reference);
            assert_eq!(shown["amount"]["value"], followed.amount.unwrap().amount_minor);
            assert_eq!(followed.msn, shop.keys.msn);
            assert!(followed.success);
        }
    }
    let order: Vec<&str> = events.iter().map(|event| event.reference.as_str()).collect();
    let expected: Vec<&str> = references.iter().flat_map(|reference| [reference.as_str(); 4]).collect();
    assert_eq!(order, expected, "one unit's events come in the order in which they happened");
}

#[tokio::test]
async fn a_follower_resumes_after_its_cursor_without_a_gap_or_a_repetition() {
    let shop = own_shop().await;
    trade(&shop, 3).await;
    let (all, _) = read(&mut tail(&shop, "", 0).await, 12).await;
    let mut resumed = Vec::new();
    let mut cursor = String::new();
    while resumed.len() < all.len() {
        let (events, next) = read(&mut tail(&shop, &cursor, 1).await, 1).await;
        assert_eq!(events.len(), 1, "a batch holds no more than was asked for");
        resumed.extend(events);
        cursor = next;
    }
    assert_eq!(resumed, all);

    let mut live = tail(&shop, &cursor, 0).await;
    let reference = shop.created(10_000).await;
    let (events, _) = read(&mut live, 1).await;
    assert_eq!(events[0].reference, reference);
}

#[tokio::test]
async fn refused_commands_are_not_in_the_feed() {
    let shop = own_shop().await;
    let mut stream = tail(&shop, "", 0).await;
    let reference = shop.created(10_000).await;
    shop.capture(&reference, 100).await.refused(400, "6080");
    shop.create(&shop.minimal(99)).await.refused(400, "6010");
    shop.cancel(&reference).await.is(200);
    let (events, _) = read(&mut stream, 2).await;
    let names: Vec<PaymentEventName> = events.iter().map(PaymentEvent::name).collect();
    assert_eq!(names, [PaymentEventName::Created, PaymentEventName::Terminated]);
}

#[tokio::test]
async fn a_client_follows_only_its_own_unit_and_only_with_its_own_cursors() {
    let shop = own_shop().await;
    let second = Shop::named("second").await;
    let mesh = Mesh::with_token(Stack::shared(), &shop.token);
    let foreign = TailRequest { msn: second.keys.msn.clone(), ..Default::default() };
    let status = mesh.feed().tail(foreign).await.expect_err("another unit's feed");
    assert_eq!(refusal::reason_of(&status), Some(Reason::MsnNotCovered), "{status:?}");
    assert!(mesh.feed().tail(TailRequest::default()).await.is_err(), "everything is for services only");

    trade(&shop, 1).await;
    let (_, cursor) = read(&mut tail(&shop, "", 0).await, 4).await;
    let client = Mesh::with_token(Stack::shared(), &second.token);
    for cursor in [cursor, "nonsense".to_owned(), "AAAA".to_owned()] {
        let request = TailRequest { msn: second.keys.msn.clone(), cursor, ..Default::default() };
        let refused = match client.feed().tail(request).await {
            Err(status) => status,
            Ok(stream) => stream.into_inner().message().await.expect_err("a cursor that is not one's own"),
        };
        assert_eq!(refused.code(), tonic::Code::InvalidArgument, "{refused:?}");
    }
}
