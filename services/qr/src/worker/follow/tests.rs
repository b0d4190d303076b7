use kvitt_postgres::transaction;
use kvitt_proto::{
    error::v1::Reason,
    qr::v1::{PaymentLink, PaymentLinkState, PaymentLinkTerms},
    refusal,
};

use super::*;
use crate::fixture::{
    FOREIGN_MSN, Fixture, MSN, answered,
    links::{payment, socks},
    nok, reason,
};

fn event(reference: &str, name: PaymentEventName, amount_minor: i64) -> FeedEvent {
    FeedEvent {
        event: Some(PaymentEvent {
            msn: MSN.to_owned(),
            reference: reference.to_owned(),
            name: name.into(),
            amount: nok(amount_minor),
            success: true,
            ..PaymentEvent::default()
        }),
        created: None,
    }
}

/// An approval that the acquirer declined.
fn declined(reference: &str) -> FeedEvent {
    let mut event = event(reference, PaymentEventName::Authorized, 1_000);
    event.event.as_mut().expect("an event").success = false;
    event
}

async fn follow(fixture: &Fixture, events: &[FeedEvent]) {
    let told = Following.prepare(events).await.expect("nobody is asked");
    let counted = transaction!(&fixture.app.pool, "follow", async |tx| -> Result<(), sqlx::Error> {
        Following.apply(tx, events, &told).await
    });
    counted.expect("counted");
}

async fn begun(fixture: &Fixture, link: &PaymentLink, key: &str) -> String {
    answered(fixture.pay(payment(link, key)).await).reference
}

async fn sums(fixture: &Fixture, link: &PaymentLink) -> (Option<i64>, Option<i64>) {
    let statistics = fixture.found(link).await.statistics.expect("statistics");
    let minor = |money: Option<kvitt_proto::money::v1::Money>| money.map(|money| money.amount_minor);
    (minor(statistics.captured), minor(statistics.refunded))
}

/// Payments that were begun and of which nobody knows whether they are there.
async fn unmade(fixture: &Fixture) -> i64 {
    fixture.scalar("SELECT count(*) FROM link_payments WHERE NOT made").await
}

#[tokio::test]
async fn what_becomes_of_payments_is_counted() {
    use PaymentEventName::{Aborted, Authorized, Captured, Created, Expired, Refunded, Terminated};
    let fixture = Fixture::selling().await;
    let link = fixture.link(1, socks()).await;
    let mut references = Vec::new();
    for key in ["a", "b", "c", "d", "e"] {
        references.push(begun(&fixture, &link, key).await);
    }
    let all: Vec<_> = references.iter().map(|reference| event(reference, Created, 1_000)).collect();
    assert_eq!(unmade(&fixture).await, 5);
    follow(&fixture, &all).await;
    assert_eq!((fixture.counts(&link).await, unmade(&fixture).await), ((5, 0, 0), 0));
    let [a, b, c, d, e] = &references[..] else { panic!("five payments") };
    follow(&fixture, &[declined(a), event(b, Aborted, 1_000), event(c, Expired, 1_000)]).await;
    assert_eq!(fixture.counts(&link).await, (3, 0, 2));
    follow(
        &fixture,
        &[event(d, Terminated, 1_000), event(a, Authorized, 1_000), event(e, Authorized, 1_000)],
    )
    .await;
    assert_eq!(fixture.counts(&link).await, (0, 2, 3));
    // More than one event of a payment in a batch, and more than one payment of a link.
    follow(&fixture, &[event(a, Captured, 600), event(a, Captured, 400), event(e, Captured, 1_000)]).await;
    follow(&fixture, &[event(a, Refunded, 250), event(e, Refunded, 1_000)]).await;
    assert_eq!(sums(&fixture, &link).await, (Some(2_000), Some(1_250)));
    assert_eq!(fixture.counts(&link).await, (0, 2, 3));
}

#[tokio::test]
async fn a_whole_life_in_one_batch_is_counted_once_for_each_link() {
    use PaymentEventName::{Authorized, Captured, Created, Expired, Refunded};
    let fixture = Fixture::selling().await;
    let (first, second) = (fixture.link(1, socks()).await, fixture.link(2, socks()).await);
    let (a, b) = (begun(&fixture, &first, "a").await, begun(&fixture, &second, "a").await);
    let life = [
        event(&a, Created, 1_000),
        event(&b, Created, 1_000),
        declined(&a),
        event(&a, Authorized, 1_000),
        event(&b, Expired, 1_000),
        event(&a, Captured, 1_000),
        event(&a, Refunded, 300),
    ];
    follow(&fixture, &life).await;
    assert_eq!((fixture.counts(&first).await, fixture.counts(&second).await), ((0, 1, 0), (0, 0, 1)));
    assert_eq!(sums(&fixture, &first).await, (Some(1_000), Some(300)));
}

#[tokio::test]
async fn what_is_not_a_links_is_passed_over_and_what_is_broken_stops_nothing() {
    use PaymentEventName::{Authorized, Captured, Unspecified};
    let fixture = Fixture::selling().await;
    let link = fixture.link(1, socks()).await;
    let reference = begun(&fixture, &link, "a").await;
    let mut foreign = event(&reference, Authorized, 1_000);
    foreign.event.as_mut().expect("an event").msn = FOREIGN_MSN.to_owned();
    let mut nowhere = event(&reference, Captured, 1_000);
    nowhere.event.as_mut().expect("an event").msn = "nowhere".to_owned();
    let events = [
        FeedEvent::default(),
        foreign,
        nowhere,
        event("order-00001", Authorized, 1_000),
        event("link-of-the-merchant", Authorized, 1_000),
        event("link-\0", Authorized, 1_000),
        event(&reference, Unspecified, 1_000),
        event(&reference, Captured, -1),
    ];
    follow(&fixture, &events).await;
    assert_eq!((fixture.counts(&link).await, sums(&fixture, &link).await), ((1, 0, 0), (Some(0), Some(0))));
    follow(&fixture, &[&events[..], &[event(&reference, Authorized, 1_000)]].concat()).await;
    assert_eq!(fixture.counts(&link).await, (0, 1, 0));
}

#[tokio::test]
async fn a_payment_that_was_given_up_and_is_there_after_all_is_counted_where_it_came_to() {
    use PaymentEventName::{Authorized, Created, Expired};
    let fixture = Fixture::selling().await;
    let link = fixture.link(1, socks()).await;
    let mut references = Vec::new();
    for key in ["a", "b", "c"] {
        // Payment says no, and has made it all the same.
        fixture.peers.script().refusal = Some(refusal::status(Reason::InvalidUrl, "payment says no"));
        assert_eq!(reason(fixture.pay(payment(&link, key)).await), Reason::InvalidUrl);
        references.push(fixture.peers.script().created.pop().expect("a payment").reference);
    }
    let [a, b, c] = &references[..] else { panic!("three payments") };
    assert_eq!(fixture.counts(&link).await, (0, 0, 3));
    follow(&fixture, &[event(a, Created, 1_000)]).await;
    assert_eq!(fixture.counts(&link).await, (1, 0, 2));
    follow(&fixture, &[event(b, Created, 1_000), event(b, Expired, 1_000)]).await;
    assert_eq!(fixture.counts(&link).await, (1, 0, 2));
    follow(&fixture, &[event(c, Created, 1_000), event(c, Authorized, 1_000), event(a, Expired, 1_000)])
        .await;
    assert_eq!(fixture.counts(&link).await, (0, 1, 2));
    follow(&fixture, &[event(a, Authorized, 1_000)]).await;
    assert_eq!(fixture.counts(&link).await, (0, 2, 1));
}

#[tokio::test]
async fn a_place_is_free_again_when_its_payment_ends_and_taken_for_good_when_it_is_approved() {
    let fixture = Fixture::selling().await;
    let link = fixture.link(1, PaymentLinkTerms { quantity: Some(1), ..socks() }).await;
    let first = begun(&fixture, &link, "a").await;
    follow(&fixture, &[event(&first, PaymentEventName::Expired, 1_000)]).await;
    // The attempt that has ended stays the payment it was.
    assert_eq!(begun(&fixture, &link, "a").await, first);
    assert_eq!(fixture.counts(&link).await, (0, 0, 1));
    let second = begun(&fixture, &link, "b").await;
    assert_eq!(fixture.found(&link).await.state(), PaymentLinkState::Active);
    follow(&fixture, &[event(&second, PaymentEventName::Authorized, 1_000)]).await;
    assert_eq!(fixture.found(&link).await.state(), PaymentLinkState::SoldOut);
    assert_eq!(reason(fixture.pay(payment(&link, "c")).await), Reason::PaymentLinkNotOpen);
    assert_eq!(begun(&fixture, &link, "b").await, second);
    assert_eq!(fixture.counts(&link).await, (0, 1, 1));
}

#[tokio::test]
async fn a_payment_that_is_known_to_be_there_keeps_its_place_whatever_its_attempt_is_answered() {
    let fixture = Fixture::selling().await;
    let link = fixture.link(1, socks()).await;
    let reference = begun(&fixture, &link, "a").await;
    for (name, counts) in [(PaymentEventName::Created, (1, 0, 0)), (PaymentEventName::Authorized, (0, 1, 0))]
    {
        follow(&fixture, &[event(&reference, name, 1_000)]).await;
        fixture.peers.script().refusal = Some(refusal::status(Reason::InvalidUrl, "payment says no"));
        assert_eq!(reason(fixture.pay(payment(&link, "a")).await), Reason::InvalidUrl);
        assert_eq!(fixture.counts(&link).await, counts);
    }
}

#[tokio::test]
async fn payers_and_the_log_at_once_lose_no_count() {
    let fixture = Fixture::selling().await;
    let link = fixture.link(1, PaymentLinkTerms { quantity: Some(20), ..socks() }).await;
    let paying = (0..20).map(|n| {
        let (grpc, request) = (fixture.grpc(), payment(&link, &format!("attempt {n}")));
        let pool = fixture.app.pool.clone();
        tokio::spawn(async move {
            use kvitt_proto::qr::v1::payment_link_service_server::PaymentLinkService as _;
            let request = crate::fixture::by_service(kvitt_runtime::ServiceName::Gateway, request);
            let reference = answered(grpc.pay_payment_link(request).await).reference;
            let name = if n % 2 == 0 { PaymentEventName::Authorized } else { PaymentEventName::Expired };
            let events = [event(&reference, name, 1_000)];
            let told = Following.prepare(&events).await.expect("nobody is asked");
            let counted = transaction!(&pool, "follow", async |tx| -> Result<(), sqlx::Error> {
                Following.apply(tx, &events, &told).await
            });
            counted.expect("counted");
        })
    });
    for task in paying.collect::<Vec<_>>() {
        task.await.expect("no panic");
    }
    assert_eq!(fixture.counts(&link).await, (0, 10, 10));
}
