//! What merchants, the operator and payers see of links.

use chrono::TimeDelta;
use kvitt_proto::{
    error::v1::Reason,
    merchant::v1::{Feature, ProductType},
    payment::v1::{FixedOptions, Shipping, ShippingGroup, ShippingOption, shipping::Options},
    qr::v1::{
        OpenAmount, PaymentLinkState as State, PaymentLinkStatistics, PaymentLinkTerms,
        payment_link_terms::Price,
    },
    time,
};
use kvitt_runtime::ServiceName;
use uuid::Uuid;

use super::*;
use crate::fixture::{
    FOREIGN_MSN, Fixture, MSN, answered, by_client, by_foreigner, by_partner, by_service, by_user,
    links::{creation, payment, socks},
    named, nok, reason,
};

fn get(link: &PaymentLink) -> GetPaymentLinkRequest {
    GetPaymentLinkRequest { msn: link.msn.clone(), payment_link_id: link.payment_link_id.clone() }
}

fn open(link: &PaymentLink) -> OpenPaymentLinkRequest {
    OpenPaymentLinkRequest { token: payment(link, "").token }
}

fn screen(link: &PaymentLink, why_not: &str) -> Request<ScreenPaymentLinkRequest> {
    let request = ScreenPaymentLinkRequest {
        msn: link.msn.clone(),
        payment_link_id: link.payment_link_id.clone(),
        rejection_reason: why_not.to_owned(),
    };
    by_service(ServiceName::Launcher, request)
}

fn shipping() -> Shipping {
    let option =
        |id: &str| ShippingOption { id: id.to_owned(), amount: nok(49), ..ShippingOption::default() };
    let group = ShippingGroup { options: vec![option("a"), option("b")], ..ShippingGroup::default() };
    Shipping { options: Some(Options::Fixed(FixedOptions { groups: vec![group] })), ..Shipping::default() }
}

/// Everything that a link can say.
fn everything(fixture: &Fixture) -> PaymentLinkTerms {
    let (least, most) = (nok(100), nok(20_000));
    PaymentLinkTerms {
        description: "Warm ones".to_owned(),
        price: Some(Price::OpenAmount(OpenAmount { least, most })),
        vat_rate: Some(2_500),
        quantity: Some(3),
        expires_at: Some(time::to_proto(fixture.now() + TimeDelta::days(1))),
        profile_scope: "name address".to_owned(),
        shipping: Some(shipping()),
        ..socks()
    }
}

#[tokio::test]
async fn a_link_is_shown_as_it_was_made() {
    let fixture = Fixture::selling().await;
    for (id, terms) in [(1, socks()), (2, everything(&fixture))] {
        let link = fixture.link(id, terms.clone()).await;
        let token = link.url.strip_prefix("https://pay.example/l/").expect("the page").to_owned();
        let expected = PaymentLink {
            payment_link_id: Uuid::from_u128(id).to_string(),
            msn: MSN.to_owned(),
            terms: Some(terms),
            state: State::Active.into(),
            rejection_reason: String::new(),
            url: format!("https://pay.example/l/{token}"),
            qr_image_url: format!("https://api.example/qr-images/v1/{token}.svg"),
            created_at: Some(time::to_proto(fixture.now())),
            statistics: Some(PaymentLinkStatistics {
                captured: nok(0),
                refunded: nok(0),
                ..PaymentLinkStatistics::default()
            }),
        };
        assert_eq!(link, expected);
        assert_eq!(fixture.found(&link).await, expected);
        assert_eq!((token.len(), token.starts_with('l')), (23, true));
    }
}

#[tokio::test]
async fn the_same_wish_again_is_the_same_link_and_another_one_is_refused() {
    let fixture = Fixture::selling().await;
    let terms = everything(&fixture);
    let link = fixture.link(1, terms.clone()).await;
    // Neither the end of its time nor of what the unit may makes it another one.
    fixture.wait(TimeDelta::days(2));
    fixture.change_unit(|unit| unit.features.clear());
    let again = fixture.link(1, terms.clone()).await;
    assert_eq!(again, PaymentLink { state: State::Expired.into(), ..link });
    let other = creation(1, PaymentLinkTerms { quantity: Some(4), ..socks() });
    assert_eq!(reason(fixture.grpc().create_payment_link(by_client(other)).await), Reason::AlreadyExists);
}

#[tokio::test]
async fn many_who_make_the_same_link_at_once_have_made_one() {
    let fixture = Fixture::selling().await;
    let tasks: Vec<_> = (0..16)
        .map(|_| {
            let grpc = fixture.grpc();
            tokio::spawn(async move { grpc.create_payment_link(by_client(creation(1, socks()))).await })
        })
        .collect();
    let mut urls = std::collections::BTreeSet::new();
    for task in tasks {
        let made = answered(task.await.expect("no panic"));
        urls.insert(made.payment_link.expect("a link").url);
    }
    assert_eq!(urls.len(), 1);
}

#[tokio::test]
async fn broken_fields_are_named_as_clients_know_them() {
    let fixture = Fixture::selling().await;
    let past = Some(time::to_proto(fixture.now()));
    let never = past.map(|at| {
        let mut at = at;
        at.seconds = i64::MAX;
        at
    });
    let price = |price| PaymentLinkTerms { price, ..socks() };
    let limits = |least, most| price(Some(Price::OpenAmount(OpenAmount { least, most })));
    let table: Vec<(PaymentLinkTerms, &[&str])> = vec![
        (PaymentLinkTerms { title: String::new(), vat_rate: Some(-1), ..socks() }, &["title", "vatRate"]),
        (price(None), &["amount"]),
        (price(Some(Price::Amount(Default::default()))), &["amount.currency"]),
        (price(nok(99).map(Price::Amount)), &["amount"]),
        (limits(None, nok(100)), &["openAmount.least"]),
        (limits(nok(100), nok(65_000_001)), &["openAmount.most"]),
        (limits(nok(200), nok(100)), &["openAmount.most"]),
        (PaymentLinkTerms { expires_at: past, ..socks() }, &["expiresAt"]),
        (PaymentLinkTerms { expires_at: never, ..socks() }, &["expiresAt"]),
        (
            PaymentLinkTerms { quantity: Some(0), profile_scope: "nin".to_owned(), ..socks() },
            &["quantity", "profileScope"],
        ),
        (
            PaymentLinkTerms { shipping: Some(Shipping::default()), automatic_capture: true, ..socks() },
            &["shipping.fixedOptions", "profileScope", "automaticCapture"],
        ),
    ];
    for (terms, expected) in table {
        let refused = fixture.grpc().create_payment_link(by_client(creation(1, terms.clone()))).await;
        assert_eq!(named(refused), expected, "{terms:?}");
    }
    let nameless = CreatePaymentLinkRequest { payment_link_id: "1".to_owned(), ..creation(1, socks()) };
    assert_eq!(named(fixture.grpc().create_payment_link(by_client(nameless)).await), ["paymentLinkId"]);
    let nothing = CreatePaymentLinkRequest { terms: None, ..creation(1, socks()) };
    assert_eq!(named(fixture.grpc().create_payment_link(by_client(nothing)).await), ["amount", "title"]);
}

#[tokio::test]
async fn only_certain_products_that_have_ordered_links_have_them() {
    let fixture = Fixture::selling().await;
    let table = [
        (ProductType::PaymentIntegration, true, true),
        (ProductType::Checkout, true, true),
        (ProductType::PaymentIntegration, false, false),
        (ProductType::Cashier, true, false),
        (ProductType::Donations, true, false),
        (ProductType::VmNumber, true, false),
        (ProductType::Login, true, false),
    ];
    for (id, (product, ordered, allowed)) in (1..).zip(table) {
        let features = if ordered { vec![Feature::PaymentLinks.into()] } else { Vec::new() };
        fixture.change_unit(|unit| (unit.product_type, unit.features) = (product.into(), features));
        let made = fixture.grpc().create_payment_link(by_client(creation(id, socks()))).await;
        let refused = made.map(|_| ()).map_err(|status| kvitt_proto::refusal::reason_of(&status));
        let expected = if allowed { Ok(()) } else { Err(Some(Reason::PaymentLinksNotAllowed)) };
        assert_eq!(refused, expected, "{product:?} {ordered}");
    }
}

#[tokio::test]
async fn only_units_with_express_have_links_with_shipping() {
    let fixture = Fixture::selling().await;
    let terms = || PaymentLinkTerms {
        shipping: Some(shipping()),
        profile_scope: "name address".to_owned(),
        automatic_capture: false,
        ..socks()
    };
    answered(fixture.grpc().create_payment_link(by_client(creation(1, terms()))).await);
    fixture.change_unit(|unit| unit.features = vec![Feature::PaymentLinks.into()]);
    let refused = fixture.grpc().create_payment_link(by_client(creation(2, terms()))).await;
    assert_eq!(named(refused), ["shipping"]);
}

#[tokio::test]
async fn of_anothers_links_nothing_is_told() {
    let fixture = Fixture::selling().await;
    let link = fixture.link(1, socks()).await;
    let grpc = fixture.grpc();
    let list = ListPaymentLinksRequest { msn: MSN.to_owned(), ..Default::default() };
    let end =
        DeactivatePaymentLinkRequest { msn: link.msn.clone(), payment_link_id: link.payment_link_id.clone() };
    for refused in [
        reason(grpc.create_payment_link(by_foreigner(creation(2, socks()))).await),
        reason(grpc.get_payment_link(by_foreigner(get(&link))).await),
        reason(grpc.list_payment_links(by_foreigner(list)).await),
        reason(grpc.deactivate_payment_link(by_foreigner(end)).await),
    ] {
        assert_eq!(refused, Reason::MsnNotCovered);
    }
    // Under their own MSN it is not there, like one that never was.
    for id in [link.payment_link_id.clone(), Uuid::from_u128(9).to_string(), "none".to_owned()] {
        let theirs = GetPaymentLinkRequest { msn: FOREIGN_MSN.to_owned(), payment_link_id: id };
        assert_eq!(reason(grpc.get_payment_link(by_foreigner(theirs)).await), Reason::NotFound);
    }
    assert!(grpc.get_payment_link(by_user(get(&link))).await.is_ok());
    assert!(grpc.get_payment_link(by_partner(get(&link))).await.is_ok());
}

#[tokio::test]
async fn a_units_links_are_listed_newest_first_page_by_page() {
    let fixture = Fixture::selling().await;
    // Two of the same instant, and an older one.
    let oldest = fixture.link(7, socks()).await;
    fixture.wait(TimeDelta::seconds(1));
    let links = [fixture.link(3, socks()).await, fixture.link(2, socks()).await, oldest];
    let (mut seen, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = ListPaymentLinksRequest { msn: MSN.to_owned(), page_size: 2, page_token };
        let page = answered(fixture.grpc().list_payment_links(by_client(request)).await);
        assert!(page.payment_links.len() <= 2);
        seen.extend(page.payment_links);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    assert_eq!(seen, links);
    let whole = ListPaymentLinksRequest { msn: MSN.to_owned(), ..Default::default() };
    let whole = answered(fixture.grpc().list_payment_links(by_client(whole)).await);
    assert_eq!((whole.payment_links.len(), whole.next_page_token.as_str()), (3, ""));
    for (page_size, token, field) in [
        (-1, "", "pageSize"),
        (101, "", "pageSize"),
        (0, "x", "pageToken"),
        (0, "1.x", "pageToken"),
        (0, "9223372036854775807.00000000-0000-0000-0000-000000000000", "pageToken"),
    ] {
        let page_token = token.to_owned();
        let request = ListPaymentLinksRequest { msn: MSN.to_owned(), page_size, page_token };
        assert_eq!(named(fixture.grpc().list_payment_links(by_client(request)).await), [field]);
    }
}

#[tokio::test]
async fn a_link_can_be_ended_twice() {
    let fixture = Fixture::selling().await;
    let link = fixture.link(1, socks()).await;
    for _ in 0..2 {
        let end = DeactivatePaymentLinkRequest {
            msn: link.msn.clone(),
            payment_link_id: link.payment_link_id.clone(),
        };
        let ended = answered(fixture.grpc().deactivate_payment_link(by_client(end)).await);
        let expected = PaymentLink { state: State::Deactivated.into(), ..link.clone() };
        assert_eq!(ended.payment_link, Some(expected));
    }
    let absent = DeactivatePaymentLinkRequest { msn: MSN.to_owned(), payment_link_id: "none".to_owned() };
    assert_eq!(reason(fixture.grpc().deactivate_payment_link(by_client(absent)).await), Reason::NotFound);
}

#[tokio::test]
async fn outside_the_sandbox_a_link_waits_for_the_operator_whose_first_word_counts() {
    let fixture = Fixture::selling().await;
    let grpc = fixture.grpc_in_production();
    let make = async |id| {
        let made = grpc.create_payment_link(by_client(creation(id, socks()))).await;
        answered(made).payment_link.expect("a link")
    };
    let (good, bad) = (make(1).await, make(2).await);
    let payer = |link| by_service(ServiceName::Gateway, open(link));
    for link in [&good, &bad] {
        assert_eq!(link.state(), State::Screening);
        assert_eq!(reason(grpc.open_payment_link(payer(link)).await), Reason::NotFound);
    }
    for _ in 0..2 {
        let passed = answered(grpc.screen_payment_link(screen(&good, "")).await);
        assert_eq!(passed.payment_link.expect("a link").state(), State::Active);
        let rejected = answered(grpc.screen_payment_link(screen(&bad, "No.")).await);
        let rejected = rejected.payment_link.expect("a link");
        assert_eq!((rejected.state(), rejected.rejection_reason.as_str()), (State::Rejected, "No."));
    }
    for late in [screen(&good, "No."), screen(&bad, ""), screen(&bad, "Never.")] {
        assert_eq!(reason(grpc.screen_payment_link(late).await), Reason::PaymentLinkNotOpen);
    }
    assert!(grpc.open_payment_link(payer(&good)).await.is_ok());
    assert_eq!(reason(grpc.open_payment_link(payer(&bad)).await), Reason::NotFound);
}

#[tokio::test]
async fn a_link_that_was_ended_before_it_was_screened_is_never_shown_to_payers() {
    let fixture = Fixture::selling().await;
    let grpc = fixture.grpc_in_production();
    let made = answered(grpc.create_payment_link(by_client(creation(1, socks()))).await);
    let link = made.payment_link.expect("a link");
    let end =
        DeactivatePaymentLinkRequest { msn: link.msn.clone(), payment_link_id: link.payment_link_id.clone() };
    answered(grpc.deactivate_payment_link(by_client(end)).await);
    let payer = by_service(ServiceName::Gateway, open(&link));
    assert_eq!(reason(grpc.open_payment_link(payer).await), Reason::NotFound);
}

#[tokio::test]
async fn a_screening_that_makes_no_sense_is_refused() {
    let fixture = Fixture::selling().await;
    let link = fixture.link(1, socks()).await;
    let grpc = fixture.grpc();
    assert_eq!(named(grpc.screen_payment_link(screen(&link, &"x".repeat(201))).await), ["rejectionReason"]);
    let absent = PaymentLink { payment_link_id: "none".to_owned(), ..link.clone() };
    assert_eq!(reason(grpc.screen_payment_link(screen(&absent, "")).await), Reason::NotFound);
}

#[tokio::test]
async fn the_sandbox_rejects_what_asks_for_it() {
    let fixture = Fixture::selling().await;
    let link = fixture.link(1, PaymentLinkTerms { title: "KVITT-REJECT".to_owned(), ..socks() }).await;
    assert_eq!(link.state(), State::Rejected);
    assert!(!link.rejection_reason.is_empty());
    let payer = by_service(ServiceName::Gateway, open(&link));
    assert_eq!(reason(fixture.grpc().open_payment_link(payer).await), Reason::NotFound);
}

#[tokio::test]
async fn a_payer_sees_what_is_asked_for() {
    let fixture = Fixture::selling().await;
    let terms = everything(&fixture);
    let link = fixture.link(1, terms.clone()).await;
    let expected = OpenPaymentLinkResponse {
        payment_link_id: link.payment_link_id.clone(),
        msn: MSN.to_owned(),
        merchant_name: format!("Shop {MSN}"),
        terms: Some(terms),
        state: State::Active.into(),
    };
    for request in [by_service(ServiceName::Wallet, open(&link)), by_client(open(&link))] {
        assert_eq!(answered(fixture.grpc().open_payment_link(request).await), expected);
    }
    fixture.wait(TimeDelta::days(1));
    let over = answered(fixture.grpc().open_payment_link(by_client(open(&link))).await);
    assert_eq!(over.state(), State::Expired);
}

#[tokio::test]
async fn whoever_may_not_play_the_payer_finds_no_link() {
    let fixture = Fixture::selling().await;
    let link = fixture.link(1, socks()).await;
    let grpc = fixture.grpc();
    let (absent, foreign) = (
        OpenPaymentLinkRequest { token: "lAAAAAAAAAAAAAAAAAAAAAA".to_owned() },
        OpenPaymentLinkRequest { token: "x".repeat(100_000) },
    );
    let refused = [
        grpc.open_payment_link(by_client(absent)).await.expect_err("no link"),
        grpc.open_payment_link(by_client(foreign)).await.expect_err("no link"),
        grpc.open_payment_link(by_foreigner(open(&link))).await.expect_err("no link"),
        grpc.open_payment_link(by_user(open(&link))).await.expect_err("no link"),
        grpc.pay_payment_link(by_foreigner(payment(&link, "a"))).await.expect_err("no link"),
    ];
    for status in &refused {
        assert_eq!(kvitt_proto::refusal::reason_of(status), Some(Reason::NotFound));
        assert_eq!(status.message(), refused[0].message());
    }
    let grpc = fixture.grpc_in_production();
    assert_eq!(reason(grpc.open_payment_link(by_client(open(&link))).await), Reason::PermissionDenied);
    assert_eq!(reason(grpc.pay_payment_link(by_client(payment(&link, "a"))).await), Reason::PermissionDenied);
    assert!(grpc.open_payment_link(by_service(ServiceName::Wallet, open(&link))).await.is_ok());
}
