use std::collections::BTreeSet;

use chrono::TimeDelta;
use kvitt_proto::{
    error::v1::Reason,
    payment::v1::{FixedOptions, Shipping, ShippingGroup, ShippingOption, shipping},
    qr::v1::{
        DeactivatePaymentLinkRequest, OpenAmount, PayPaymentLinkRequest, PaymentLink, PaymentLinkState,
        PaymentLinkTerms, payment_link_service_server::PaymentLinkService as _, payment_link_terms::Price,
    },
    refusal, time,
};
use kvitt_runtime::ServiceName;
use tonic::Response;

use super::*;
use crate::fixture::{
    Fixture, answered, by_client, by_service,
    links::{payment, socks},
    named, nok, reason,
};

fn of(quantity: i32) -> PaymentLinkTerms {
    PaymentLinkTerms { quantity: Some(quantity), ..socks() }
}

fn refused(why: Reason) -> Option<Status> {
    Some(refusal::status(why, "payment says no"))
}

async fn end(fixture: &Fixture, link: &PaymentLink) {
    let (msn, payment_link_id) = (link.msn.clone(), link.payment_link_id.clone());
    let request = DeactivatePaymentLinkRequest { msn, payment_link_id };
    answered(fixture.grpc().deactivate_payment_link(by_client(request)).await);
}

/// What all of them were answered who paid the link at once.
async fn at_once(
    fixture: &Fixture,
    requests: impl Iterator<Item = PayPaymentLinkRequest>,
) -> Vec<Result<String, Option<Reason>>> {
    let paying = requests.map(|request| {
        let grpc = fixture.grpc();
        tokio::spawn(async move {
            let request = by_service(ServiceName::Gateway, request);
            grpc.pay_payment_link(request).await.map(Response::into_inner)
        })
    });
    let (tasks, mut outcomes) = (paying.collect::<Vec<_>>(), Vec::new());
    for task in tasks {
        let outcome = task.await.expect("no panic");
        outcomes.push(outcome.map(|begun| begun.reference).map_err(|status| reason_of(&status)));
    }
    outcomes
}

#[tokio::test]
async fn a_payment_is_an_ordinary_one_with_the_links_id() {
    let fixture = Fixture::selling().await;
    let link = fixture.link(1, PaymentLinkTerms { automatic_capture: true, ..socks() }).await;
    let begun = answered(fixture.pay(payment(&link, "a")).await);
    assert_eq!(begun.msn, link.msn);
    assert_eq!(begun.redirect_url, format!("https://landing.example/?token=of-{}", begun.reference));
    let asked = fixture.peers.script().created.pop().expect("a payment");
    assert!(asked.reference.starts_with("link-") && asked.reference.len() == 41, "{}", asked.reference);
    assert_eq!((&asked.idempotency_key, asked.idempotency_key_minted), (&asked.reference, true));
    assert_eq!((asked.amount, asked.payment_link_id), (nok(1_000), link.payment_link_id.clone()));
    assert_eq!((asked.return_url, asked.payment_description), (link.url.clone(), "Socks".to_owned()));
    assert!(asked.capture_on_approval && asked.receipt.is_none() && asked.customer.is_none());
    assert!(!fixture.peers.script().client_seen);
    assert_eq!(fixture.counts(&link).await, (1, 0, 0));
}

#[tokio::test]
async fn what_the_link_and_the_payer_say_goes_into_the_payment() {
    let fixture = Fixture::selling().await;
    let option = ShippingOption { id: "a".to_owned(), ..ShippingOption::default() };
    let group = ShippingGroup { options: vec![option], ..ShippingGroup::default() };
    let options = Some(shipping::Options::Fixed(FixedOptions { groups: vec![group] }));
    let shipping = Shipping { options, ..Shipping::default() };
    let (least, most) = (nok(100), nok(2_000));
    let terms = PaymentLinkTerms {
        title: "Øl".to_owned(),
        price: Some(Price::OpenAmount(OpenAmount { least, most })),
        vat_rate: Some(2_500),
        profile_scope: "name address".to_owned(),
        shipping: Some(shipping.clone()),
        ..socks()
    };
    let link = fixture.link(1, terms).await;
    let request = PayPaymentLinkRequest {
        amount: nok(1_001),
        phone_number: "4712345678".to_owned(),
        return_url: "https://shop.example/thanks".to_owned(),
        ..payment(&link, "a")
    };
    answered(fixture.pay(request).await);
    let asked = fixture.peers.script().created.pop().expect("a payment");
    assert_eq!(
        (asked.return_url.as_str(), asked.payment_description.as_str()),
        ("https://shop.example/thanks", "")
    );
    assert_eq!((asked.profile_scope.as_str(), asked.shipping), ("name address", Some(shipping)));
    assert!(!asked.capture_on_approval);
    let receipt = asked.receipt.expect("a receipt");
    let line = &receipt.order_lines[0];
    assert_eq!((line.total_amount_minor, line.total_tax_amount_minor), (1_001, 200));
    assert_eq!((line.total_amount_excluding_tax_minor, line.tax_rate), (801, Some(2_500)));
    assert_eq!((receipt.order_lines.len(), line.name.as_str()), (1, "Øl"));
}

#[tokio::test]
async fn of_many_who_pay_at_once_only_as_many_get_a_place_as_there_are() {
    let fixture = Fixture::selling().await;
    for (id, places) in [(1, 1), (2, 7)] {
        let link = fixture.link(id, of(places)).await;
        let outcomes = at_once(&fixture, (0..40).map(|n| payment(&link, &format!("attempt {n}")))).await;
        let paid: BTreeSet<_> = outcomes.iter().flatten().collect();
        assert_eq!(i32::try_from(paid.len()), Ok(places));
        let turned_away =
            outcomes.iter().filter(|outcome| **outcome == Err(Some(Reason::PaymentLinkNotOpen)));
        assert_eq!(turned_away.count() + paid.len(), outcomes.len(), "{outcomes:?}");
        assert_eq!(fixture.counts(&link).await, (places.into(), 0, 0));
    }
    assert_eq!(fixture.peers.script().created.len(), 8);
}

#[tokio::test]
async fn the_same_attempt_is_the_same_payment_however_often_and_at_once() {
    let fixture = Fixture::selling().await;
    let link = fixture.link(1, of(2)).await;
    let outcomes = at_once(&fixture, (0..24).map(|_| payment(&link, "a"))).await;
    let references: BTreeSet<_> = outcomes.into_iter().map(|outcome| outcome.expect("a payment")).collect();
    assert_eq!(references.len(), 1);
    let begun = answered(fixture.pay(payment(&link, "a")).await);
    assert!(references.contains(&begun.reference));
    assert_eq!(fixture.counts(&link).await, (1, 0, 0));
    let script = fixture.peers.script();
    assert!(script.created.iter().all(|asked| *asked == script.created[0]));
}

#[tokio::test]
async fn a_crash_between_the_row_and_the_payment_is_made_good_by_the_same_attempt() {
    let fixture = Fixture::selling().await;
    let link = fixture.link(1, of(1)).await;
    // Nobody knows whether there is a payment: the first was never made, the second was.
    fixture.peers.script().away = true;
    assert_eq!(reason(fixture.pay(payment(&link, "a")).await), Reason::Unavailable);
    fixture.peers.script().away = false;
    fixture.peers.script().loses_answer = true;
    assert_eq!(reason(fixture.pay(payment(&link, "a")).await), Reason::Unavailable);
    assert_eq!(fixture.counts(&link).await, (1, 0, 0));
    // Its place is held meanwhile.
    assert_eq!(reason(fixture.pay(payment(&link, "b")).await), Reason::PaymentLinkNotOpen);
    let begun = answered(fixture.pay(payment(&link, "a")).await);
    let script = fixture.peers.script();
    assert_eq!(script.created.len(), 2);
    assert!(script.created.iter().all(|asked| asked.reference == begun.reference));
    assert_eq!(script.payments.len(), 1);
}

#[tokio::test]
async fn another_request_under_the_same_key_is_a_conflict() {
    let fixture = Fixture::selling().await;
    let (least, most) = (nok(100), nok(2_000));
    let open = PaymentLinkTerms { price: Some(Price::OpenAmount(OpenAmount { least, most })), ..socks() };
    let link = fixture.link(1, open.clone()).await;
    let first = PayPaymentLinkRequest { amount: nok(100), ..payment(&link, "a") };
    answered(fixture.pay(first.clone()).await);
    let phone_number = "4712345678".to_owned();
    for other in [
        PayPaymentLinkRequest { amount: nok(101), ..first.clone() },
        PayPaymentLinkRequest { phone_number, ..first.clone() },
        PayPaymentLinkRequest { return_url: "https://shop.example/".to_owned(), ..first.clone() },
    ] {
        assert_eq!(reason(fixture.pay(other).await), Reason::IdempotencyConflict);
    }
    assert_eq!(fixture.counts(&link).await, (1, 0, 0));
    // The key is the link's: another link knows nothing of it.
    let other = fixture.link(2, open).await;
    answered(fixture.pay(PayPaymentLinkRequest { amount: nok(101), ..payment(&other, "a") }).await);
}

#[tokio::test]
async fn a_refused_payment_gives_its_place_back_and_the_same_attempt_begins_anew() {
    let fixture = Fixture::selling().await;
    let link = fixture.link(1, of(1)).await;
    for _ in 0..2 {
        fixture.peers.script().refusal = refused(Reason::InvalidUrl);
        assert_eq!(reason(fixture.pay(payment(&link, "a")).await), Reason::InvalidUrl);
        assert_eq!(fixture.counts(&link).await, (0, 0, 1));
    }
    let begun = answered(fixture.pay(payment(&link, "a")).await);
    assert_eq!(fixture.counts(&link).await, (1, 0, 0));
    let references: BTreeSet<_> =
        fixture.peers.script().created.iter().map(|asked| asked.reference.clone()).collect();
    assert_eq!(references, BTreeSet::from([begun.reference]));
}

#[tokio::test]
async fn an_attempt_that_lost_its_place_to_another_does_not_get_it_back() {
    let fixture = Fixture::selling().await;
    let link = fixture.link(1, of(1)).await;
    fixture.peers.script().refusal = refused(Reason::InvalidUrl);
    reason(fixture.pay(payment(&link, "a")).await);
    answered(fixture.pay(payment(&link, "b")).await);
    assert_eq!(reason(fixture.pay(payment(&link, "a")).await), Reason::PaymentLinkNotOpen);
    assert_eq!(fixture.counts(&link).await, (1, 0, 1));
}

#[tokio::test]
async fn what_may_pass_keeps_the_place() {
    let fixture = Fixture::selling().await;
    let link = fixture.link(1, socks()).await;
    let whys = [Reason::Unavailable, Reason::Internal, Reason::Overloaded, Reason::DeadlineExceeded];
    for why in whys {
        fixture.peers.script().refusal = refused(why);
        assert_eq!(reason(fixture.pay(payment(&link, "a")).await), why);
        assert_eq!(fixture.counts(&link).await, (1, 0, 0), "{why:?}");
    }
}

#[tokio::test]
async fn a_link_that_is_not_open_begins_nothing_and_what_was_begun_goes_on() {
    let fixture = Fixture::selling().await;
    let over = Some(time::to_proto(fixture.now() + TimeDelta::hours(1)));
    let (ended, expiring) = (
        fixture.link(1, socks()).await,
        fixture.link(2, PaymentLinkTerms { expires_at: over, ..socks() }).await,
    );
    for link in [&ended, &expiring] {
        answered(fixture.pay(payment(link, "a")).await);
    }
    end(&fixture, &ended).await;
    fixture.wait(TimeDelta::hours(1));
    for link in [&ended, &expiring] {
        assert_eq!(reason(fixture.pay(payment(link, "b")).await), Reason::PaymentLinkNotOpen);
        answered(fixture.pay(payment(link, "a")).await);
        assert_eq!(fixture.counts(link).await, (1, 0, 0));
    }
    assert_eq!(fixture.found(&expiring).await.state(), PaymentLinkState::Expired);
}

#[tokio::test]
async fn broken_fields_of_a_payer_are_named_and_take_no_place() {
    let fixture = Fixture::selling().await;
    let fixed = fixture.link(1, socks()).await;
    let (least, most) = (nok(100), nok(2_000));
    let open = PaymentLinkTerms { price: Some(Price::OpenAmount(OpenAmount { least, most })), ..socks() };
    let open = fixture.link(2, open).await;
    let table = [
        (PayPaymentLinkRequest { amount: nok(1_000), ..payment(&fixed, "a") }, vec!["amount"]),
        (payment(&fixed, ""), vec!["idempotencyKey"]),
        (
            PayPaymentLinkRequest { phone_number: "+47".to_owned(), ..payment(&fixed, &"x".repeat(51)) },
            vec!["idempotencyKey", "phoneNumber"],
        ),
        (payment(&open, "a"), vec!["amount"]),
        (PayPaymentLinkRequest { amount: nok(99), ..payment(&open, "a") }, vec!["amount"]),
        (PayPaymentLinkRequest { amount: nok(2_001), ..payment(&open, "a") }, vec!["amount"]),
        (
            PayPaymentLinkRequest { amount: Some(Default::default()), ..payment(&open, "a") },
            vec!["amount.currency"],
        ),
    ];
    for (request, expected) in table {
        assert_eq!(named(fixture.pay(request.clone()).await), expected, "{request:?}");
    }
    assert_eq!((fixture.counts(&fixed).await, fixture.counts(&open).await), ((0, 0, 0), (0, 0, 0)));
}
