use std::sync::Arc;

use kvitt_egress::{Loopback, Policy};
use kvitt_primitives::ClientId;
use kvitt_proto::{
    acquirer::v1::{DeclineReason, GetOperationsRequest, acquirer_service_server::AcquirerService as _},
    error::v1::Reason,
    money::v1::{Currency, Money},
    payment::v1::{PayerTerms, PaymentMethodType, PaymentState},
    refusal::{self, field_violations_of, reason_of},
    sandbox::v1::{
        CreateFaultRequest, DeleteFaultsRequest, Fault, FaultKind, FaultOperation, FaultShare,
        ListFaultsRequest, fault::Extent, fault_service_server::FaultService as _,
    },
    time,
    wallet::v1::{
        ApprovePaymentRequestRequest, Card, CardScheme, CreatePayerRequest, FindPayerRequest,
        ForceApproveRequest, ListCardsRequest, Payer, PayerStatus, RejectPaymentRequestRequest,
        wallet_service_server::WalletService as _,
    },
};
use kvitt_runtime::{Authority, Caller, Clock, Principal, authority::Units};
use kvitt_testing::TestDatabase;
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;
use tonic::{Request, Status};
use uuid::Uuid;

use self::people::address;
use super::*;
use crate::{
    app::{
        App, Payers, Payments, Scans, Signer,
        disturb_operations::Disturbed,
        execute_operations::{Acquirer, Executor},
    },
    fixture::{self, Peers},
    shops::Shops,
};

mod answers;
mod challenges;
mod express;
mod passthrough;
mod people;
mod scans;

/// The wallet on a fresh database, with payer 1 who has 1000 øre on card 1.
struct Bench {
    database: TestDatabase,
    peers: Peers,
    wallet: WalletGrpc,
}

async fn bench(sandbox: bool) -> Bench {
    bench_with(sandbox, Clock::system()).await
}

async fn bench_with(sandbox: bool, clock: Clock) -> Bench {
    let database = fixture::database().await;
    fixture::create_payer(database.pool(), 1, 1_000).await;
    let peers = Peers::default();
    peers.script().terms = Some(terms(PaymentState::Created, Currency::Nok));
    let (mesh, url) = peers.start().await;
    let app = App {
        pool: database.pool().clone(),
        clock,
        payments: Payments::new(mesh.peer(&url).unwrap()),
        scans: Scans::new(mesh.peer(&url).unwrap()),
        payers: Payers::spawn(database.pool().clone(), CancellationToken::new()),
        authority: Authority::new(&mesh, Units::of_merchant(mesh.access())),
        shops: Shops::new(Policy { loopback: Loopback::Allowed }),
        signer: Signer::new(mesh.access()),
        taken_back: Arc::default(),
        sandbox,
        force_approve_express: false,
    };
    Bench { database, peers, wallet: WalletGrpc { app } }
}

fn terms(state: PaymentState, currency: Currency) -> PayerTerms {
    PayerTerms {
        msn: fixture::MSN.to_owned(),
        reference: "order-00001".to_owned(),
        state: state.into(),
        amount: Some(Money { currency: currency.into(), amount_minor: 100 }),
        payment_method_type: PaymentMethodType::Wallet.into(),
        expires_at: Some(time::to_proto("2099-01-01T00:00:00Z".parse().unwrap())),
        redirect_token: "abc".to_owned(),
        ..PayerTerms::default()
    }
}

fn by<T>(principal: Principal, message: T) -> Request<T> {
    let mut request = Request::new(message);
    request.extensions_mut().insert(Caller { principal, via: None });
    request
}

fn disturbed(pool: &PgPool) -> Disturbed {
    let executor = Executor::new(pool.clone(), fixture::clock());
    Disturbed::new(Acquirer::spawn(executor, CancellationToken::new()))
}

fn by_operator<T>(message: T) -> Request<T> {
    by(Principal::Service(ServiceName::Launcher), message)
}

fn by_client<T>(message: T) -> Request<T> {
    by(Principal::Client(ClientId::from_uuid(Uuid::nil())), message)
}

fn refused<T: std::fmt::Debug>(answer: Result<T, Status>) -> Option<Reason> {
    reason_of(&answer.unwrap_err())
}

fn force_approve(phone_number: &str, token: &str) -> ForceApproveRequest {
    ForceApproveRequest {
        msn: fixture::MSN.to_owned(),
        reference: "order-00001".to_owned(),
        phone_number: phone_number.to_owned(),
        token: token.to_owned(),
    }
}

#[tokio::test]
async fn outside_the_sandbox_a_client_may_do_nothing_for_payers() {
    let Bench { database, wallet, .. } = bench(false).await;
    let denied = Some(Reason::PermissionDenied);
    assert_eq!(refused(wallet.find_payer(by_client(FindPayerRequest::default())).await), denied);
    let approve = ApprovePaymentRequestRequest::default();
    assert_eq!(refused(wallet.approve_payment_request(by_client(approve)).await), denied);
    let reject = RejectPaymentRequestRequest::default();
    assert_eq!(refused(wallet.reject_payment_request(by_client(reject)).await), denied);

    let pool = database.pool().clone();
    let acquirer = AcquirerGrpc { acquirer: disturbed(&pool), pool };
    let payment = by(Principal::Service(ServiceName::Payment), GetOperationsRequest::default());
    assert_eq!(refused(acquirer.get_operations(payment).await), Some(Reason::FieldInvalid));
}

#[tokio::test]
async fn a_payer_is_found_without_the_national_id() {
    let Bench { wallet, .. } = bench(false).await;
    let payer = Payer {
        payer_id: Uuid::from_u128(7).to_string(),
        phone_number: "4799999999".to_owned(),
        name: "Ola Nordmann".to_owned(),
        national_id: "01010112345".to_owned(),
        birth_date: "2001-01-01".to_owned(),
        email: "ola@example.com".to_owned(),
        addresses: vec![address(1)],
        status: PayerStatus::Active.into(),
        unidentified: true,
        payment_limit_minor: 5_000,
        push_off: true,
    };
    let card = Card {
        card_id: Uuid::from_u128(77).to_string(),
        scheme: CardScheme::Bankaxept.into(),
        bin: "957802".to_owned(),
        last_four: "0001".to_owned(),
        expires_month: "2099-12".to_owned(),
        balance: Some(Money { currency: Currency::Nok.into(), amount_minor: 500 }),
        commercial: true,
    };
    let create = CreatePayerRequest { payer: Some(payer.clone()), cards: vec![card.clone()] };
    let created = wallet.create_payer(by_operator(create)).await.unwrap().into_inner();
    assert_eq!(created.payer, Some(payer.clone()));

    let find = FindPayerRequest { phone_number: payer.phone_number.clone() };
    let found = wallet.find_payer(by_operator(find)).await.unwrap().into_inner();
    assert_eq!(found.payer, Some(Payer { national_id: String::new(), ..payer.clone() }));
    let list = ListCardsRequest { payer_id: payer.payer_id };
    assert_eq!(wallet.list_cards(by_operator(list)).await.unwrap().into_inner().cards, [card]);
}

#[tokio::test]
async fn every_broken_field_of_a_payer_is_named() {
    let Bench { wallet, .. } = bench(false).await;
    let create = CreatePayerRequest { payer: None, cards: vec![Card::default()] };
    let status = wallet.create_payer(by_operator(create)).await.unwrap_err();
    let mut fields: Vec<_> = field_violations_of(&status).into_iter().map(|broken| broken.field).collect();
    fields.sort();
    let payer = ["payer.birthDate", "payer.name", "payer.nationalId", "payer.payerId", "payer.phoneNumber"];
    let card = ["balance", "bin", "cardId", "expiresMonth", "lastFour", "scheme"];
    let card: Vec<_> = card.iter().map(|field| format!("cards[0].{field}")).collect();
    assert_eq!(fields, [card, payer.map(str::to_owned).to_vec()].concat());
}

#[tokio::test]
async fn force_approve_goes_to_payment_as_the_payer_of_the_phone_number_or_the_first() {
    let Bench { peers, wallet, .. } = bench(true).await;
    for by_whom in [force_approve(&fixture::phone_number(1), ""), force_approve("", "abc")] {
        wallet.force_approve(by_operator(by_whom)).await.unwrap();
    }
    let approvals = peers.script().approvals.clone();
    assert_eq!(approvals.len(), 2);
    for approval in &approvals {
        assert_eq!(approval.payer_id, fixture::payer(1).to_string());
        assert_eq!(approval.card_id, fixture::card(1).to_string());
        assert_eq!(approval.card_currency, "NOK");
        assert_eq!(approval.phone_number, fixture::phone_number(1));
        assert_eq!(approval.birth_date, "1990-01-31");
    }
    assert_ne!(approvals[0].idempotency_key, approvals[1].idempotency_key);
}

#[tokio::test]
async fn force_approve_is_refused_by_rank_before_payment_is_asked_to_approve() {
    let Bench { peers, wallet, .. } = bench(true).await;
    let (created, authorized, aborted) =
        (PaymentState::Created, PaymentState::Authorized, PaymentState::Aborted);
    let table = [
        (created, Currency::Nok, force_approve("", ""), Reason::FieldInvalid),
        (created, Currency::Nok, force_approve("+47 400", ""), Reason::InvalidPhoneNumber),
        (created, Currency::Nok, force_approve("4700000000", ""), Reason::ApproveNotAllowed),
        (created, Currency::Nok, force_approve("", "ab"), Reason::ApproveNotAllowed),
        (created, Currency::Eur, force_approve("", "abc"), Reason::ApproveNoCards),
        (authorized, Currency::Nok, force_approve("", "abc"), Reason::AlreadyReserved),
        (authorized, Currency::Nok, force_approve("4700000000", ""), Reason::AlreadyReserved),
        (aborted, Currency::Nok, force_approve("4700000000", ""), Reason::CannotApprove),
    ];
    for (state, currency, request, reason) in table {
        peers.script().terms = Some(terms(state, currency));
        let answer = wallet.force_approve(by_operator(request.clone())).await;
        assert_eq!(refused(answer), Some(reason), "{request:?}");
    }
    assert!(peers.script().approvals.is_empty());
}

#[tokio::test]
async fn without_the_sandbox_switch_nothing_is_forced() {
    let Bench { peers, wallet, .. } = bench(false).await;
    let answer = wallet.force_approve(by_operator(force_approve(&fixture::phone_number(1), ""))).await;
    assert_eq!(refused(answer), Some(Reason::PermissionDenied));
    assert!(peers.script().approvals.is_empty());
}

#[tokio::test]
async fn a_payers_answer_reaches_payment_and_its_refusal_the_payer_and_nothing_is_tried_twice() {
    let Bench { peers, wallet, .. } = bench(false).await;
    let approve = ApprovePaymentRequestRequest {
        payer_id: fixture::payer(1).to_string(),
        msn: fixture::MSN.to_owned(),
        reference: "order-00001".to_owned(),
        card_id: fixture::card(1).to_string(),
        idempotency_key: "attempt".to_owned(),
        ..ApprovePaymentRequestRequest::default()
    };
    peers.script().refusal = Some(refusal::status(Reason::ApproveFailed, "declined"));
    let answer = wallet.approve_payment_request(by_operator(approve.clone())).await;
    assert_eq!(refused(answer), Some(Reason::ApproveFailed));
    assert_eq!(peers.script().approvals.len(), 1);
    assert_eq!(peers.script().approvals[0].idempotency_key, "attempt");

    let reject = |payer: u128| RejectPaymentRequestRequest {
        payer_id: fixture::payer(payer).to_string(),
        msn: approve.msn.clone(),
        reference: approve.reference.clone(),
        ..RejectPaymentRequestRequest::default()
    };
    let by_nobody = wallet.reject_payment_request(by_operator(reject(9))).await;
    assert_eq!(refused(by_nobody), Some(Reason::ApproveNotAllowed));
    assert!(peers.script().rejections.is_empty());
    for broken in ["", "order-\0\0\0\0\0"] {
        let broken = RejectPaymentRequestRequest { reference: broken.to_owned(), ..reject(1) };
        let refusal = refused(wallet.reject_payment_request(by_operator(broken)).await);
        assert_eq!(refusal, Some(Reason::FieldInvalid));
    }
    wallet.reject_payment_request(by_operator(reject(1))).await.unwrap();
    assert_eq!(peers.script().rejections.len(), 1);
}

fn declines(next: i32) -> Fault {
    Fault {
        kind: FaultKind::AcquirerDecline.into(),
        decline_reason: DeclineReason::SuspectedFraud.into(),
        extent: Some(Extent::Next(next)),
        ..Fault::default()
    }
}

#[tokio::test]
async fn faults_are_added_listed_and_ended_by_clients_and_the_operator_and_by_no_other_service() {
    let database = fixture::database().await;
    let faults = FaultGrpc(disturbed(database.pool()));
    let create = |fault: Fault| CreateFaultRequest { fault: Some(fault) };
    let of_payment = by(Principal::Service(ServiceName::Payment), create(declines(1)));
    assert_eq!(refused(faults.create_fault(of_payment).await), Some(Reason::PermissionDenied));
    let late = Fault {
        kind: FaultKind::AcquirerLate.into(),
        operations: vec![FaultOperation::Capture.into()],
        msn: fixture::MSN.to_owned(),
        delay: std::time::Duration::from_millis(1_500).try_into().ok(),
        extent: Some(Extent::Share(FaultShare { per_mille: 100, seed: u64::MAX })),
        ..Fault::default()
    };
    let mut added = Vec::new();
    for request in [by_client(create(late.clone())), by_operator(create(declines(3)))] {
        added.push(faults.create_fault(request).await.unwrap().into_inner().fault.unwrap());
    }
    let listed = faults.list_faults(by_client(ListFaultsRequest {})).await.unwrap().into_inner().faults;
    assert_eq!(listed, added);
    assert_eq!(Fault { fault_id: String::new(), ..listed[0].clone() }, late);

    let delete = |fault_id: &str| DeleteFaultsRequest { fault_id: fault_id.to_owned() };
    let one = faults.delete_faults(by_client(delete(&added[0].fault_id))).await.unwrap().into_inner();
    let again = faults.delete_faults(by_client(delete(&added[0].fault_id))).await;
    let all = faults.delete_faults(by_client(delete(""))).await.unwrap().into_inner();
    assert_eq!((one.deleted, refused(again), all.deleted), (1, Some(Reason::NotFound), 1));
    assert_eq!(refused(faults.delete_faults(by_client(delete("1"))).await), Some(Reason::FieldInvalid));
}

#[tokio::test]
async fn every_broken_field_of_a_fault_is_named() {
    let database = fixture::database().await;
    let faults = FaultGrpc(disturbed(database.pool()));
    let seconds = |seconds| std::time::Duration::from_secs(seconds).try_into().ok();
    let timeout = |fault: Fault| Fault { kind: FaultKind::AcquirerTimeoutAfter.into(), ..fault };
    let share = |per_mille| Some(Extent::Share(FaultShare { per_mille, seed: 1 }));
    let late =
        |delay| Fault { decline_reason: 0, kind: FaultKind::AcquirerLate.into(), delay, ..declines(1) };
    let mut endless = late(seconds(1)).delay;
    endless.iter_mut().for_each(|delay| delay.seconds = i64::MIN);
    let table: Vec<(Fault, &[&str])> = vec![
        (Fault::default(), &["fault", "next"]),
        (declines(0), &["next"]),
        (declines(1_000_001), &["next"]),
        (Fault { extent: share(0), ..declines(1) }, &["share.perMille"]),
        (Fault { extent: share(1_001), ..declines(1) }, &["share.perMille"]),
        (Fault { decline_reason: 0, ..declines(1) }, &["code"]),
        (Fault { decline_reason: 99, ..declines(1) }, &["code"]),
        (timeout(declines(1)), &["code"]),
        (Fault { delay: seconds(1), ..declines(1) }, &["delay"]),
        (late(None), &["delay"]),
        (late(seconds(0)), &["delay"]),
        (late(seconds(61)), &["delay"]),
        (late(endless), &["delay"]),
        (Fault { msn: "one\0two".to_owned(), ..declines(1) }, &["msn"]),
        (Fault { operations: vec![1, 0, 9], ..declines(1) }, &["operations[1]", "operations[2]"]),
        (Fault { fault_id: "1".to_owned(), ..declines(1) }, &["faultId"]),
        (Fault { kind: FaultKind::DeliveryLost.into(), extent: share(5), ..Fault::default() }, &["fault"]),
    ];
    for (fault, expected) in table {
        let request = CreateFaultRequest { fault: Some(fault.clone()) };
        let status = faults.create_fault(by_client(request)).await.unwrap_err();
        let named: Vec<_> = field_violations_of(&status).into_iter().map(|broken| broken.field).collect();
        assert_eq!(named, expected, "{fault:?}");
    }
    for _ in 0..100 {
        faults.create_fault(by_client(CreateFaultRequest { fault: Some(declines(1)) })).await.unwrap();
    }
    let status = faults.create_fault(by_client(CreateFaultRequest { fault: Some(declines(1)) })).await;
    assert_eq!(refused(status), Some(Reason::FieldInvalid));
}
