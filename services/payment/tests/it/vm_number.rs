//! Payments that begin without a shop's software: those that capture themselves, and those to a VM number.

use kvitt_proto::{
    error::v1::Reason,
    payment::v1::{
        CreatePaymentRequest, CreatedDetails, Customer, Origin, PaymentEventName, TailRequest,
        TransactionStatus, UserFlow, VmNumberTerms, customer::Identity,
    },
};
use kvitt_testing::eventually;

use crate::support::{Kind, MSN, PHONE, Shop, Stage, VM_MSN, broken_fields, reason, sums};

const REFERENCE: &str = "order-0001";
const LINK: &str = "9f0f6c1e-7b38-4f0c-93f6-3b8c8d6a8b10";

/// What the service `qr` asks for when a link with automatic capture is paid.
fn of_link(shop: &Shop) -> CreatePaymentRequest {
    CreatePaymentRequest {
        payment_link_id: LINK.to_owned(),
        capture_on_approval: true,
        ..shop.order(REFERENCE)
    }
}

/// What it asks for when a payer pays the number.
fn to_number(shop: &Shop) -> CreatePaymentRequest {
    let terms = VmNumberTerms { payer_name: "Kari Nordmann".to_owned(), message: "Two waffles".to_owned() };
    CreatePaymentRequest {
        user_flow: UserFlow::PushMessage.into(),
        return_url: String::new(),
        payment_description: String::new(),
        customer: Some(Customer { identity: Some(Identity::PhoneNumber(PHONE.to_owned())) }),
        capture_on_approval: true,
        vm_number: Some(terms),
        ..shop.order(REFERENCE)
    }
}

/// What the feed tells services of the unit's only payment: its events, and how it was created.
async fn told(stage: &Stage, msn: u32) -> (Vec<PaymentEventName>, CreatedDetails) {
    let request = TailRequest { msn: msn.to_string(), ..TailRequest::default() };
    let mut tail = stage.follower().tail(request).await.unwrap();
    let (mut names, mut created) = (Vec::new(), None);
    while names.len() < 3 {
        for told in tail.next().await.events {
            names.push(told.event.unwrap().name());
            created = created.or(told.created);
        }
    }
    (names, created.unwrap())
}

const SALE: [PaymentEventName; 3] =
    [PaymentEventName::Created, PaymentEventName::Authorized, PaymentEventName::Captured];

#[tokio::test(flavor = "multi_thread")]
async fn a_client_may_not_ask_for_what_only_services_ask_for() {
    let stage = Stage::start().await;
    let (shop, number) = (stage.shop(MSN), stage.shop(VM_MSN));
    let plain = || shop.order(REFERENCE);
    let terms = Some(VmNumberTerms::default());
    for asked in [
        CreatePaymentRequest { payment_link_id: LINK.to_owned(), ..plain() },
        CreatePaymentRequest { capture_on_approval: true, ..plain() },
        CreatePaymentRequest { vm_number: terms.clone(), ..plain() },
        CreatePaymentRequest { external_id: "membership 7".to_owned(), ..plain() },
    ] {
        assert_eq!(reason(shop.create_as(asked).await), Reason::PermissionDenied);
    }
    assert_eq!(reason(number.create_as(to_number(&number)).await), Reason::PermissionDenied);
    let refused = number.create_as(number.order(REFERENCE)).await;
    assert_eq!(reason(refused), Reason::PaymentCannotBeCreated, "a VM number has no API");
    let refused = shop.create_by_service(to_number(&shop)).await;
    assert_eq!(reason(refused), Reason::PaymentCannotBeCreated, "the shop has one");
    shop.create("order-0002").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_fields_of_payments_that_capture_themselves_are_named() {
    let stage = Stage::start().await;
    let number = stage.shop(VM_MSN);
    let long = VmNumberTerms { payer_name: "n".repeat(201), message: "m".repeat(101) };
    let broken =
        CreatePaymentRequest { capture_on_approval: false, vm_number: Some(long), ..to_number(&number) };
    let expected = ["vmNumber.payerName", "vmNumber.message", "captureOnApproval"];
    assert_eq!(broken_fields(number.create_by_service(broken).await), expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_recurring_charge_is_called_is_told_to_services_and_nobody_else() {
    let stage = Stage::start().await;
    let shop = stage.shop(MSN);
    let called = |id: &str| CreatePaymentRequest { external_id: id.to_owned(), ..shop.order(REFERENCE) };
    let most = "æ".repeat(64);
    for id in [format!("{most}n"), "\0".to_owned()] {
        assert_eq!(broken_fields(shop.create_by_service(called(&id)).await), ["externalId"]);
    }
    shop.create_by_service(called(&most)).await.unwrap();
    assert_eq!(reason(shop.create_by_service(called("x")).await), Reason::IdempotencyConflict);
    shop.approve(REFERENCE, "one").await.unwrap();
    shop.capture(REFERENCE, 1_000, "all").await.unwrap();
    assert_eq!(told(&stage, MSN).await.1.external_id, most);
    let mut own = shop.tail("", 0).await.unwrap();
    assert!(own.events(3).await.iter().all(|told| told.created.is_none()), "a client is not told");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_link_captures_by_itself_is_taken_on_approval_and_can_be_paid_back() {
    let stage = Stage::start().await;
    let shop = stage.shop(MSN);
    let created = shop.create_by_service(of_link(&shop)).await.unwrap();
    assert_eq!(shop.create_by_service(of_link(&shop)).await.unwrap(), created, "again is the same payment");
    let other = CreatePaymentRequest { capture_on_approval: false, ..of_link(&shop) };
    assert_eq!(reason(shop.create_by_service(other).await), Reason::IdempotencyConflict);
    shop.approve(REFERENCE, "one").await.unwrap();
    let payment = shop.get(REFERENCE).await;
    assert_eq!((payment.direct_capture, payment.origin()), (true, Origin::Epayment));
    assert_eq!(sums(payment.aggregate), [1000, 1000, 0, 0]);
    let names: Vec<_> = shop.events(REFERENCE).await.iter().map(|event| event.name()).collect();
    assert_eq!(names, SALE);
    eventually!(stage.acquirer.asked(Kind::Capture).len() == 1);
    let (names, details) = told(&stage, MSN).await;
    assert_eq!((names.as_slice(), details.payment_link_id.as_str()), (&SALE[..], LINK));
    assert_eq!((details.vm_number, details.ecom), (None, None));

    assert_eq!(reason(shop.capture(REFERENCE, 1, "more").await), Reason::AlreadyCaptured);
    let refunded = shop.refund(REFERENCE, 400, "give back").await.unwrap();
    assert_eq!(sums(refunded.aggregate), [1000, 1000, 0, 400]);
}

#[tokio::test(flavor = "multi_thread")]
async fn m50_a_payment_to_a_vm_number_shows_who_paid_and_what_for() {
    let stage = Stage::start().await;
    let number = stage.shop(VM_MSN);
    let created = number.create_by_service(to_number(&number)).await.unwrap();
    assert_eq!(number.create_by_service(to_number(&number)).await.unwrap(), created);
    number.approve(REFERENCE, "one").await.unwrap();
    let (names, details) = told(&stage, VM_MSN).await;
    assert_eq!((names.as_slice(), details.vm_number), (&SALE[..], to_number(&number).vm_number));
    let mut own = number.tail("", 0).await.unwrap();
    assert!(own.events(3).await.iter().all(|told| told.created.is_none()), "a client is not told");

    let captured = async || {
        let found = number.transactions().await;
        found.first().is_some_and(|found| found.status() == TransactionStatus::Captured)
    };
    eventually!(captured().await);
    let found = number.transactions().await;
    let person = (found[0].payer_name.as_str(), found[0].message.as_str());
    assert_eq!((found.len(), person), (1, ("Kari Nordmann", "Two waffles")));
}

#[tokio::test(flavor = "multi_thread")]
async fn m50_a_payment_to_another_unit_shows_nobody_and_a_request_its_message_alone() {
    let stage = Stage::start().await;
    let (shop, number) = (stage.shop(MSN), stage.shop(VM_MSN));
    shop.create_by_service(of_link(&shop)).await.unwrap();
    let message = "For the waffles".to_owned();
    let asked = VmNumberTerms { message: message.clone(), ..VmNumberTerms::default() };
    let asked = CreatePaymentRequest { vm_number: Some(asked), ..to_number(&number) };
    number.create_by_service(asked).await.unwrap();
    eventually!(!shop.transactions().await.is_empty() && !number.transactions().await.is_empty());
    let ordinary = shop.transactions().await.remove(0);
    assert_eq!((ordinary.payer_name, ordinary.message), (String::new(), String::new()));
    assert_eq!(ordinary.payment_link_id, LINK);
    let requested = number.transactions().await.remove(0);
    assert_eq!(requested.status(), TransactionStatus::Requested);
    assert_eq!((requested.payer_name, requested.message), (String::new(), message));
}
