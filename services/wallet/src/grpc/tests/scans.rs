//! What payers scan and pay, and who a code or a token is.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use kvitt_proto::{
    payment::v1::{Customer, customer::Identity},
    qr::v1::{CallbackCategory, CallbackFound, UnitFound, resolve_qr_response::Found as Resolved},
    wallet::v1::{
        ExchangeCustomerRequest, ExchangeCustomerResponse, IssueCustomerTokenRequest,
        IssuePersonalCodeRequest, PayVmNumberRequest, PersonalCodeVersion, ResolveCustomerRequest,
        ScanQrRequest, SetPayerStatusRequest, payer_service_server::PayerService as _,
        scan_qr_response::Found,
    },
};
use kvitt_runtime::context::{self, Context};

use super::{answers::later, *};

/// The wallet as payers' affairs go, at an hour that stands still.
async fn payers() -> (Bench, PayerGrpc, Clock) {
    let clock = fixture::clock();
    let bench = bench_with(true, clock.clone()).await;
    let payers = PayerGrpc { app: bench.wallet.app.clone() };
    (bench, payers, clock)
}

/// Somebody at the gateway, who plays a payer there.
fn by_player<T>(message: T) -> Request<T> {
    let principal = Principal::Client(ClientId::from_uuid(Uuid::nil()));
    let mut request = Request::new(message);
    request.extensions_mut().insert(Caller { principal, via: Some(ServiceName::Gateway) });
    request
}

fn by_qr<T>(message: T) -> Request<T> {
    by(Principal::Service(ServiceName::Qr), message)
}

/// Answers a request that came with a client's token.
async fn with_client_token<F: Future>(call: F) -> F::Output {
    let token: Option<Arc<str>> = Some("a.client.token".into());
    context::scope(Context { token, ..Context::default() }, call).await
}

fn payer_id() -> String {
    fixture::payer(1).to_string()
}

fn scan(text: &str) -> ScanQrRequest {
    let scan_id = Uuid::from_u128(5).to_string();
    ScanQrRequest { payer_id: payer_id(), text: text.to_owned(), scan_id }
}

fn callback() -> CallbackFound {
    CallbackFound {
        msn: "654321".to_owned(),
        merchant_qr_id: "till-4".to_owned(),
        location_description: "By the door".to_owned(),
        category: CallbackCategory::Vending.into(),
    }
}

fn pay(attempt: &str) -> PayVmNumberRequest {
    PayVmNumberRequest {
        payer_id: payer_id(),
        msn: fixture::MSN.to_owned(),
        amount: Some(Money { currency: Currency::Nok.into(), amount_minor: 100 }),
        message: "Waffles".to_owned(),
        card_id: String::new(),
        idempotency_key: attempt.to_owned(),
    }
}

fn exchange(identity: Identity) -> ExchangeCustomerRequest {
    ExchangeCustomerRequest { customer: Some(Customer { identity: Some(identity) }) }
}

fn fields<T: std::fmt::Debug>(answer: Result<T, Status>) -> Vec<String> {
    field_violations_of(&answer.unwrap_err()).into_iter().map(|broken| broken.field).collect()
}

impl PayerGrpc {
    async fn scanned(&self, text: &str) -> Option<Found> {
        let answer = with_client_token(self.scan_qr(by_player(scan(text)))).await;
        answer.expect("it is a code").into_inner().found
    }

    async fn token(&self) -> Identity {
        let issue = IssueCustomerTokenRequest { payer_id: payer_id() };
        let issued = self.issue_customer_token(by_operator(issue)).await.expect("a token");
        Identity::CustomerToken(issued.into_inner().customer_token)
    }

    async fn code(&self, version: PersonalCodeVersion) -> String {
        let issue = IssuePersonalCodeRequest { payer_id: payer_id(), version: version.into() };
        let issued = self.issue_personal_code(by_operator(issue)).await.expect("a code");
        issued.into_inner().personal_qr
    }

    async fn exchanged(&self, identity: &Identity) -> Result<ExchangeCustomerResponse, Status> {
        self.exchange_customer(by_qr(exchange(identity.clone()))).await.map(tonic::Response::into_inner)
    }

    async fn block(&self) {
        let block = SetPayerStatusRequest { payer_id: payer_id(), status: PayerStatus::Blocked.into() };
        self.set_payer_status(by_operator(block)).await.expect("it is given");
    }
}

fn made_at(at: DateTime<Utc>, version: PersonalCodeVersion) -> ExchangeCustomerResponse {
    ExchangeCustomerResponse {
        phone_number: fixture::phone_number(1),
        made_at: Some(time::to_proto(at)),
        personal_code_version: version.into(),
    }
}

#[tokio::test]
async fn only_who_plays_payers_scans_and_pays() {
    let (_bench, payers, _) = payers().await;
    let denied = Some(Reason::PermissionDenied);
    assert_eq!(refused(payers.scan_qr(by_qr(scan("a code"))).await), denied);
    assert_eq!(refused(payers.scan_qr(by_client(scan("a code"))).await), denied);
    assert_eq!(refused(payers.pay_vm_number(by_qr(pay("attempt"))).await), denied);
    assert_eq!(refused(payers.pay_vm_number(by_client(pay("attempt"))).await), denied);
}

#[tokio::test]
async fn who_a_token_or_a_code_is_can_be_asked_as_long_as_it_is_good() {
    let (_bench, payers, clock) = payers().await;
    let start = clock.now();
    let token = payers.token().await;
    let code = Identity::PersonalQr(payers.code(PersonalCodeVersion::PersonalCodeVersion20).await);
    let clear = Identity::PersonalQr(payers.code(PersonalCodeVersion::PersonalCodeVersion10).await);
    later(&clock, 899);
    let of_token = made_at(start, PersonalCodeVersion::Unspecified);
    for _ in 0..2 {
        assert_eq!(payers.exchanged(&token).await.unwrap(), of_token, "nothing is used up");
    }
    later(&clock, 1);
    assert_eq!(refused(payers.exchanged(&token).await), Some(Reason::InvalidCustomerToken));
    clock.hold(start + TimeDelta::days(30) - TimeDelta::seconds(1));
    let of_code = made_at(start, PersonalCodeVersion::PersonalCodeVersion20);
    assert_eq!(payers.exchanged(&code).await.unwrap(), of_code);
    later(&clock, 1);
    assert_eq!(refused(payers.exchanged(&code).await), Some(Reason::InvalidPersonalQr));
    let of_clear = ExchangeCustomerResponse {
        made_at: None,
        ..made_at(start, PersonalCodeVersion::PersonalCodeVersion10)
    };
    assert_eq!(payers.exchanged(&clear).await.unwrap(), of_clear);
}

#[tokio::test]
async fn what_is_used_or_names_nobody_is_not_exchanged() {
    let (_bench, payers, _) = payers().await;
    let (used, unused) = (payers.token().await, payers.token().await);
    let code = Identity::PersonalQr(payers.code(PersonalCodeVersion::PersonalCodeVersion20).await);
    let use_up = ResolveCustomerRequest {
        msn: fixture::MSN.to_owned(),
        reference: "order-00001".to_owned(),
        customer: Some(Customer { identity: Some(used.clone()) }),
    };
    let payment = Principal::Service(ServiceName::Payment);
    payers.resolve_customer(by(payment, use_up)).await.unwrap();
    let elsewhere = "https://qr.vipps.no/28/2/01/031/4700000000?v=1".to_owned();
    for (identity, reason) in [
        (used, Reason::InvalidCustomerToken),
        (Identity::CustomerToken("A".repeat(43)), Reason::InvalidCustomerToken),
        (Identity::CustomerToken("\0".to_owned()), Reason::InvalidCustomerToken),
        (Identity::PersonalQr(String::new()), Reason::InvalidPersonalQr),
        (
            Identity::PersonalQr(format!("https://qr.vipps.no/p/{}", "A".repeat(43))),
            Reason::InvalidPersonalQr,
        ),
        (Identity::PersonalQr(elsewhere), Reason::CustomerNotFound),
        (Identity::PhoneNumber(fixture::phone_number(1)), Reason::FieldInvalid),
    ] {
        assert_eq!(refused(payers.exchanged(&identity).await), Some(reason), "{identity:?}");
    }
    let nothing = payers.exchange_customer(by_qr(ExchangeCustomerRequest::default())).await;
    assert_eq!(fields(nothing), ["customer"]);
    payers.block().await;
    for identity in [unused, code] {
        assert_eq!(refused(payers.exchanged(&identity).await), Some(Reason::CustomerNotFound));
    }
}

#[tokio::test]
async fn another_payers_code_is_answered_with_their_name_and_qr_is_not_asked() {
    let (bench, payers, clock) = payers().await;
    let token = payers.code(PersonalCodeVersion::PersonalCodeVersion20).await;
    let clear = payers.code(PersonalCodeVersion::PersonalCodeVersion10).await;
    let kari = Some(Found::Person("Kari Nordmann".to_owned()));
    assert_eq!(payers.scanned(&token).await, kari);
    assert_eq!(payers.scanned(&clear).await, kari);
    later(&clock, 30 * 24 * 3600);
    let nobody = "https://qr.vipps.no/28/2/01/031/4700000000?v=1";
    for text in [token.as_str(), nobody] {
        assert_eq!(refused(payers.scan_qr(by_player(scan(text))).await), Some(Reason::NotFound), "{text}");
    }
    payers.block().await;
    assert_eq!(refused(payers.scan_qr(by_player(scan(&clear))).await), Some(Reason::NotFound));
    assert!(bench.peers.script().proofs.is_empty());
}

#[tokio::test]
async fn a_payments_code_is_the_payment_without_what_only_its_merchant_may_know() {
    let (bench, payers, _) = payers().await;
    bench.peers.script().found = Some(Resolved::RedirectToken("abc".to_owned()));
    let Some(Found::Payment(terms)) = payers.scanned("https://x/1").await else { panic!("no payment") };
    assert_eq!((terms.reference.as_str(), terms.redirect_token.as_str()), ("order-00001", "abc"));
    assert_eq!(bench.peers.script().proofs, ["", ""], "all of it in the wallet's own name");
    bench.peers.script().found = Some(Resolved::RedirectToken("another".to_owned()));
    assert_eq!(refused(payers.scan_qr(by_player(scan("https://x/2"))).await), Some(Reason::NotFound));
}

#[tokio::test]
async fn what_is_opened_elsewhere_is_handed_on() {
    let (bench, payers, _) = payers().await;
    let unit = UnitFound {
        msn: "654321".to_owned(),
        name: "Flea market".to_owned(),
        currency: Currency::Nok.into(),
    };
    for (resolved, found) in [
        (
            Resolved::RedirectUrl("https://shop.example/".to_owned()),
            Found::RedirectUrl("https://shop.example/".to_owned()),
        ),
        (Resolved::PaymentLinkToken("l1".to_owned()), Found::PaymentLinkToken("l1".to_owned())),
        (Resolved::Unit(unit.clone()), Found::Unit(unit)),
    ] {
        bench.peers.script().found = Some(resolved);
        assert_eq!(payers.scanned("https://x/1").await, Some(found));
    }
    bench.peers.script().found = None;
    assert_eq!(refused(payers.scan_qr(by_player(scan("https://x/1"))).await), Some(Reason::NotFound));
    assert!(bench.peers.script().check_ins.is_empty());
}

#[tokio::test]
async fn a_callback_code_checks_the_payer_in_under_the_scans_id() {
    let (bench, payers, _) = payers().await;
    bench.peers.script().found = Some(Resolved::Callback(callback()));
    for listening in [true, false] {
        bench.peers.script().listening = listening;
        let Some(Found::CheckedIn(there)) = payers.scanned("https://x/1").await else { panic!("no code") };
        assert_eq!((there.check_in_id, there.listening), (Uuid::from_u128(5).to_string(), listening));
        assert_eq!(there.callback, Some(callback()));
    }
    let check_ins = bench.peers.script().check_ins.clone();
    assert_eq!(check_ins.len(), 2);
    for one in check_ins {
        assert_eq!((one.msn.as_str(), one.merchant_qr_id.as_str()), ("654321", "till-4"));
        assert_eq!(one.check_in_id, Uuid::from_u128(5).to_string(), "the same scan, the same check-in");
        let payer = payers.exchanged(&Identity::CustomerToken(one.customer_token)).await.unwrap();
        assert_eq!(payer.phone_number, fixture::phone_number(1));
    }
    assert!(bench.peers.script().proofs.iter().all(String::is_empty));
}

#[tokio::test]
async fn who_may_not_be_a_customer_checks_in_nowhere_and_pays_no_vm_number() {
    let table = [
        ("UPDATE payers SET status = 'BLOCKED'", Reason::ApproveNotAllowed),
        ("UPDATE payers SET birth_date = '2080-01-01'", Reason::ApproveNotAllowed),
        ("UPDATE payers SET unidentified = true", Reason::ApproveIdentificationRequired),
    ];
    for (change, reason) in table {
        let (bench, payers, _) = payers().await;
        bench.execute(change).await;
        bench.peers.script().found = Some(Resolved::Callback(callback()));
        let scanned = payers.scan_qr(by_player(scan("https://x/1"))).await;
        assert_eq!(refused(scanned), Some(Reason::ApproveNotAllowed), "{change}");
        assert_eq!(bench.count("SELECT count(*) FROM customer_tokens").await, 0);
        assert!(bench.peers.script().check_ins.is_empty());
        let paid = payers.pay_vm_number(by_player(pay("attempt"))).await;
        assert_eq!(refused(paid), Some(reason), "{change}");
        assert!(bench.peers.script().vm_payments.is_empty(), "nothing is made: {change}");
    }
}

#[tokio::test]
async fn every_broken_field_of_a_scan_and_of_a_payment_is_named() {
    let (_bench, payers, _) = payers().await;
    let nothing = payers.scan_qr(by_player(ScanQrRequest::default())).await;
    assert_eq!(fields(nothing), ["payerId", "qrCode", "scanId"]);
    let long = payers.scan_qr(by_player(scan(&"ø".repeat(2001)))).await;
    assert_eq!(fields(long), ["qrCode"]);
    let longest = payers.scan_qr(by_player(scan(&"ø".repeat(2000)))).await;
    assert_eq!(refused(longest), Some(Reason::NotFound));
    let nobody = ScanQrRequest { payer_id: Uuid::nil().to_string(), ..scan("https://x/1") };
    assert_eq!(refused(payers.scan_qr(by_player(nobody)).await), Some(Reason::NotFound));

    let nothing = payers.pay_vm_number(by_player(PayVmNumberRequest::default())).await;
    assert_eq!(fields(nothing), ["payerId", "msn", "amount", "idempotencyKey"]);
    let broken =
        PayVmNumberRequest { message: "ø".repeat(101), card_id: "1".to_owned(), ..pay(&"k".repeat(51)) };
    let broken = payers.pay_vm_number(by_player(broken)).await;
    assert_eq!(fields(broken), ["message", "cardId", "idempotencyKey"]);
}

#[tokio::test]
async fn a_vm_number_is_paid_once_under_a_repeated_key() {
    let (bench, payers, _) = payers().await;
    for _ in 0..2 {
        let paid = with_client_token(payers.pay_vm_number(by_player(pay("attempt")))).await;
        let paid = paid.unwrap().into_inner();
        assert_eq!((paid.reference.as_str(), paid.challenge_id.as_str()), ("order-00001", ""));
        bench.peers.script().terms = Some(terms(PaymentState::Authorized, Currency::Nok));
    }
    let script = bench.peers.script();
    let [made, again] = &script.vm_payments[..] else { panic!("{:?}", script.vm_payments) };
    assert_eq!(made, again, "qr makes one payment of it");
    assert_eq!((made.msn.as_str(), made.idempotency_key.as_str()), (fixture::MSN, "attempt"));
    assert_eq!(
        (made.phone_number.clone(), made.payer_name.as_str()),
        (fixture::phone_number(1), "Kari Nordmann")
    );
    assert_eq!((made.amount, made.message.as_str()), (pay("").amount, "Waffles"));
    let [first, repeated] = &script.approvals[..] else { panic!("{:?}", script.approvals) };
    assert_eq!(first, repeated, "payment remembers the first answer");
    assert_eq!((first.reference.as_str(), first.idempotency_key.as_str()), ("order-00001", "attempt"));
    assert!(script.proofs.len() == 6 && script.proofs.iter().all(String::is_empty), "{:?}", script.proofs);
}

#[tokio::test]
async fn a_vm_number_is_paid_with_the_card_that_is_asked_for_or_refused_as_any_payment_is() {
    let (bench, payers, _) = payers().await;
    let foreign = PayVmNumberRequest { card_id: fixture::card(9).to_string(), ..pay("foreign") };
    let refusal = refused(payers.pay_vm_number(by_player(foreign)).await);
    assert_eq!(refusal, Some(Reason::ApproveNotAllowed));
    assert!(bench.peers.script().vm_payments.is_empty(), "nothing is made that nobody can pay");
    let own = PayVmNumberRequest { card_id: fixture::card(1).to_string(), ..pay("own") };
    payers.pay_vm_number(by_player(own)).await.unwrap();
    assert_eq!(bench.peers.script().approvals[0].card_id, fixture::card(1).to_string());

    bench.peers.script().refusal = Some(refusal::status(Reason::ApproveFailed, "declined"));
    let declined = payers.pay_vm_number(by_player(pay("declined"))).await;
    assert_eq!(refused(declined), Some(Reason::ApproveFailed));
    bench.peers.script().terms = None;
    let no_number = payers.pay_vm_number(by_player(pay("nowhere"))).await;
    assert_eq!(refused(no_number), Some(Reason::NotFound));
}
