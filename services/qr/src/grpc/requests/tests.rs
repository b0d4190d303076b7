use kvitt_proto::{
    error::v1::Reason,
    payment::v1::{CreatePaymentRequest, UserFlow, VmNumberTerms, customer::Identity},
};
use kvitt_runtime::ServiceName;

use super::*;
use crate::fixture::{
    FOREIGN_MSN, Fixture, MSN, VM_MSN, answered, by_client, by_service, by_user, named, nok, reason,
};

const PHONE: &str = "4712345678";

fn ask(msn: &str, key: &str) -> RequestPaymentRequest {
    RequestPaymentRequest {
        msn: msn.to_owned(),
        idempotency_key: key.to_owned(),
        phone_number: PHONE.to_owned(),
        amount: nok(5_000),
        message: "Lunch".to_owned(),
    }
}

fn pay(msn: &str, key: &str) -> PayVmNumberRequest {
    PayVmNumberRequest {
        msn: msn.to_owned(),
        idempotency_key: key.to_owned(),
        phone_number: PHONE.to_owned(),
        payer_name: "Kari Nordmann".to_owned(),
        amount: nok(5_000),
        message: "Øl".to_owned(),
    }
}

fn last(fixture: &Fixture) -> CreatePaymentRequest {
    fixture.peers.script().created.last().expect("a payment").clone()
}

#[tokio::test]
async fn a_request_is_an_ordinary_payment_that_is_pushed() {
    let fixture = Fixture::start().await;
    let asked = answered(fixture.grpc().request_payment(by_user(ask(MSN, "a"))).await);
    let payment = last(&fixture);
    assert_eq!((&payment.reference, payment.reference.len()), (&asked.reference, "request-".len() + 32));
    assert_eq!((&payment.idempotency_key, payment.idempotency_key_minted), (&asked.reference, true));
    assert_eq!((payment.user_flow(), payment.amount), (UserFlow::PushMessage, nok(5_000)));
    assert_eq!(payment.customer.and_then(|who| who.identity), Some(Identity::PhoneNumber(PHONE.to_owned())));
    assert_eq!((payment.payment_description.as_str(), payment.vm_number), ("Lunch", None));
    assert!(!payment.capture_on_approval && payment.return_url.is_empty());
    assert!(!fixture.peers.script().client_seen);
}

#[tokio::test]
async fn the_same_key_is_the_same_payment_of_the_same_caller_and_unit() {
    let fixture = Fixture::start().await;
    let reference =
        async |request| answered(fixture.grpc().request_payment(by_user(request)).await).reference;
    let first = reference(ask(MSN, "a")).await;
    assert_eq!(reference(ask(MSN, "a")).await, first);
    assert_ne!(reference(ask(MSN, "b")).await, first);
    assert_ne!(reference(ask(VM_MSN, "a")).await, first);
}

#[tokio::test]
async fn on_a_vm_number_what_is_approved_is_captured_and_who_asks_learns_nobodys_name() {
    let fixture = Fixture::start().await;
    answered(fixture.grpc().request_payment(by_user(ask(VM_MSN, "a"))).await);
    let terms = VmNumberTerms { payer_name: String::new(), message: "Lunch".to_owned() };
    let payment = last(&fixture);
    assert_eq!((payment.vm_number, payment.capture_on_approval), (Some(terms), true));
}

#[tokio::test]
async fn only_users_ask_for_money_in_person_and_only_where_they_may() {
    let fixture = Fixture::start().await;
    let grpc = fixture.grpc();
    assert_eq!(reason(grpc.request_payment(by_client(ask(MSN, "a"))).await), Reason::PermissionDenied);
    let service = by_service(kvitt_runtime::ServiceName::Launcher, ask(MSN, "a"));
    assert_eq!(reason(grpc.request_payment(service).await), Reason::PermissionDenied);
    for msn in [FOREIGN_MSN, "999999"] {
        assert_eq!(reason(grpc.request_payment(by_user(ask(msn, "a"))).await), Reason::NotFound);
    }
    assert!(fixture.peers.script().created.is_empty());
}

#[tokio::test]
async fn broken_fields_of_a_request_are_named() {
    let fixture = Fixture::start().await;
    let table = [
        (RequestPaymentRequest { msn: "1".to_owned(), ..ask(MSN, "a") }, vec!["msn"]),
        (ask(MSN, ""), vec!["idempotencyKey"]),
        (RequestPaymentRequest { phone_number: String::new(), ..ask(MSN, "a") }, vec!["phoneNumber"]),
        (RequestPaymentRequest { amount: None, ..ask(MSN, "a") }, vec!["amount"]),
        (
            RequestPaymentRequest { message: "Øl".to_owned(), amount: None, ..ask(MSN, &"x".repeat(51)) },
            vec!["message", "idempotencyKey", "amount"],
        ),
    ];
    for (request, expected) in table {
        assert_eq!(named(fixture.grpc().request_payment(by_user(request.clone())).await), expected);
    }
}

#[tokio::test]
async fn a_refusal_of_payment_is_answered() {
    let fixture = Fixture::start().await;
    let refusal = kvitt_proto::refusal::status(Reason::IdempotencyConflict, "payment says no");
    fixture.peers.script().refusal = Some(refusal);
    let refused = fixture.grpc().request_payment(by_user(ask(MSN, "a"))).await;
    assert_eq!(reason(refused), Reason::IdempotencyConflict);
}

#[tokio::test]
async fn a_vm_number_is_paid_by_name_and_captured() {
    let fixture = Fixture::start().await;
    let by_wallet = |request| by_service(ServiceName::Wallet, request);
    let paid = answered(fixture.grpc().pay_vm_number(by_wallet(pay(VM_MSN, "a"))).await);
    let payment = last(&fixture);
    assert_eq!((&payment.reference, payment.reference.len()), (&paid.reference, "vm-".len() + 32));
    let (payer_name, message) = ("Kari Nordmann".to_owned(), "Øl".to_owned());
    assert_eq!(payment.vm_number, Some(VmNumberTerms { payer_name, message }));
    assert!(payment.capture_on_approval && payment.payment_description.is_empty());
    let again = answered(fixture.grpc().pay_vm_number(by_wallet(pay(VM_MSN, "a"))).await);
    assert_eq!(again.reference, paid.reference);
    let other = answered(fixture.grpc().pay_vm_number(by_wallet(pay(VM_MSN, "b"))).await);
    assert_ne!(other.reference, paid.reference);
}

#[tokio::test]
async fn only_a_vm_number_that_is_open_is_paid() {
    let fixture = Fixture::start().await;
    let grpc = fixture.grpc();
    fixture.peers.script().units.get_mut(VM_MSN).expect("the VM number").active = false;
    for msn in [MSN, "999999", VM_MSN] {
        let request = by_service(ServiceName::Wallet, pay(msn, "a"));
        assert_eq!(reason(grpc.pay_vm_number(request).await), Reason::NotFound, "{msn}");
    }
    let broken = PayVmNumberRequest { msn: String::new(), payer_name: String::new(), ..pay(VM_MSN, "") };
    let broken = grpc.pay_vm_number(by_service(ServiceName::Wallet, broken)).await;
    assert_eq!(named(broken), ["msn", "payerName", "idempotencyKey"]);
    assert!(fixture.peers.script().created.is_empty());
}
