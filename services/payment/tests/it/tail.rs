//! The feed: who may follow what, from where, and that it tells exactly what happened.

use std::collections::{BTreeMap, BTreeSet};

use kvitt_proto::{
    error::v1::Reason,
    payment::v1::{FeedEvent, PaymentEvent, PaymentEventName, TailRequest},
};

use crate::support::{MSN, Shop, Stage, broken_fields, reason};

const REFERENCE: &str = "order-0001";
const OTHER_REFERENCE: &str = "order-0002";

/// Four public events, with a remembered refusal and two requests to the acquirer, which are not, among them.
async fn busy(shop: &Shop, reference: &str) -> Vec<PaymentEvent> {
    shop.create(reference).await;
    assert_eq!(reason(shop.capture(reference, 100, "too soon").await), Reason::CaptureBeforeReservation);
    shop.approve(reference, "one card").await.unwrap();
    shop.capture(reference, 600, "take").await.unwrap();
    shop.refund(reference, 200, "give back").await.unwrap();
    let events = shop.events(reference).await;
    assert_eq!(events.len(), 4);
    events
}

fn public(events: Vec<FeedEvent>) -> Vec<PaymentEvent> {
    events.into_iter().map(|event| event.event.unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_resumes_exactly_after_any_of_its_cursors() {
    let stage = Stage::start().await;
    let shop = stage.shop(MSN);
    let mut expected = busy(&shop, REFERENCE).await;
    expected.extend(busy(&shop, OTHER_REFERENCE).await);

    let mut tail = shop.tail("", 2).await.unwrap();
    let first = tail.next().await;
    assert_eq!((first.events.len(), first.cursor.as_str(), first.parts), (0, "", 2));
    let (mut told, mut cursors) = (Vec::new(), Vec::new());
    while told.len() < expected.len() {
        let response = tail.next().await;
        assert!(!response.events.is_empty() && response.events.len() <= 2);
        told.extend(public(response.events));
        cursors.push((told.len(), response.cursor));
    }
    assert_eq!(told, expected);

    // What comes later is told to the stream that waits, and to those that resume.
    shop.create("order-0003").await;
    expected.extend(shop.events("order-0003").await);
    assert_eq!(public(tail.events(1).await), expected[8..]);
    for (dealt_with, cursor) in cursors {
        let mut resumed = shop.tail(&cursor, 0).await.unwrap();
        assert_eq!(resumed.next().await.cursor, cursor);
        let left = &expected[dealt_with..];
        assert_eq!(public(resumed.events(left.len()).await), left);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_follows_both_parts_and_hidden_entries_never_appear() {
    let stage = Stage::start().await;
    let mut expected = BTreeMap::new();
    for msn in MSN..MSN + 6 {
        expected.insert(msn.to_string(), busy(&stage.shop(msn), REFERENCE).await);
    }
    let follower = stage.follower();
    let mut told: BTreeMap<String, Vec<PaymentEvent>> = BTreeMap::new();
    let mut of_part: BTreeMap<i32, BTreeSet<String>> = BTreeMap::new();
    for part in 0..2 {
        let last = format!("order-in-part-{part}");
        let mut tail = follower.tail(TailRequest { part, ..TailRequest::default() }).await.unwrap();
        // The end of a part is where the last payments, made after all the others, are told.
        for msn in MSN..MSN + 6 {
            stage.shop(msn).create(&last).await;
        }
        assert_eq!(tail.next().await.parts, 2);
        'part: loop {
            for FeedEvent { event, created } in tail.next().await.events {
                let event = event.unwrap();
                assert_eq!(created.is_some(), event.name() == PaymentEventName::Created);
                assert!(created.is_none_or(|details| details.description == "Three socks"
                    && !details.redirect_token.is_empty()
                    && details.amount == event.amount));
                if event.reference == last {
                    break 'part;
                }
                if event.reference == REFERENCE {
                    of_part.entry(part).or_default().insert(event.msn.clone());
                    told.entry(event.msn.clone()).or_default().push(event);
                }
            }
        }
    }
    assert_eq!(told, expected);
    assert_eq!(of_part.len(), 2, "{of_part:?}");
    assert!(of_part[&0].is_disjoint(&of_part[&1]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_sees_only_its_sales_unit_and_no_details_of_a_creation() {
    let stage = Stage::start().await;
    let shop = stage.shop(MSN);
    let mut tail = shop.tail("", 0).await.unwrap();
    let mut expected = Vec::new();
    for reference in [REFERENCE, OTHER_REFERENCE] {
        for msn in MSN + 1..MSN + 6 {
            busy(&stage.shop(msn), reference).await;
        }
        expected.extend(busy(&shop, reference).await);
    }
    let told = tail.events(expected.len()).await;
    assert!(told.iter().all(|event| event.created.is_none()));
    assert_eq!(public(told), expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_follows_only_what_it_covers() {
    let stage = Stage::start().await;
    let shop = stage.shop(MSN);
    let as_client = |msn: &str| TailRequest { msn: msn.to_owned(), ..TailRequest::default() };
    assert_eq!(reason(shop.follow(as_client("")).await), Reason::MsnRequired);
    assert_eq!(reason(shop.follow(as_client("123457")).await), Reason::MsnNotCovered);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cursor_of_another_sales_unit_or_part_is_refused() {
    let stage = Stage::start().await;
    let mut cursors = Vec::new();
    for msn in MSN..MSN + 6 {
        let shop = stage.shop(msn);
        shop.create(REFERENCE).await;
        let mut tail = shop.tail("", 0).await.unwrap();
        tail.next().await;
        cursors.push(tail.next().await.cursor);
    }
    // Those of the same part are no better.
    let (mine, others) = cursors.split_first().unwrap();
    assert!(stage.shop(MSN).tail(mine, 0).await.is_ok());
    for cursor in others.iter().map(String::as_str).chain(["AAAA", "!", &mine[1..]]) {
        assert_eq!(broken_fields(stage.shop(MSN).tail(cursor, 0).await), ["cursor"]);
    }

    let follower = stage.follower();
    let of = |part, cursor: &str| TailRequest { part, cursor: cursor.to_owned(), ..TailRequest::default() };
    let mut tail = follower.tail(of(0, "")).await.unwrap();
    tail.next().await;
    let all = tail.next().await.cursor;
    assert!(follower.tail(of(0, &all)).await.is_ok());
    assert_eq!(broken_fields(follower.tail(of(1, &all)).await), ["cursor"]);
    assert_eq!(broken_fields(follower.tail(of(0, mine)).await), ["cursor"]);
    assert_eq!(broken_fields(stage.shop(MSN).tail(&all, 0).await), ["cursor"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_or_batch_size_that_cannot_be_is_named() {
    let stage = Stage::start().await;
    let follower = stage.follower();
    for part in [-1, 2, 65_536, i32::MIN, i32::MAX] {
        let asked = follower.tail(TailRequest { part, ..TailRequest::default() }).await;
        assert_eq!(broken_fields(asked), ["part"], "{part}");
    }
    for batch_size in [-1, 501, i32::MAX] {
        let asked = follower.tail(TailRequest { batch_size, ..TailRequest::default() }).await;
        assert_eq!(broken_fields(asked), ["batchSize"], "{batch_size}");
        assert_eq!(broken_fields(stage.shop(MSN).tail("", batch_size).await), ["batchSize"]);
    }
}
