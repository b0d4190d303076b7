use kvitt_primitives::ClientId;
use kvitt_proto::{
    acquirer::v1::{
        ExecuteOperationsRequest, GetOperationsRequest, acquirer_service_server::AcquirerService as _,
    },
    error::v1::Reason,
    money::v1::{Currency, Money},
    payment::v1::{Payment, PaymentState},
    refusal::{self, field_violations_of, reason_of},
    wallet::v1::{
        ApprovePaymentRequestRequest, Card, CardScheme, CreatePayerRequest, FindPayerRequest,
        ForceApproveRequest, ListCardsRequest, ListPaymentRequestsRequest, Payer,
        RejectPaymentRequestRequest, wallet_service_server::WalletService as _,
    },
};
use kvitt_runtime::{Authority, Caller, Clock, Principal};
use kvitt_testing::TestDatabase;
use tokio_util::sync::CancellationToken;
use tonic::{Request, Status};
use uuid::Uuid;

use super::*;
use crate::{
    app::{App, Payments, execute_operations::Acquirer},
    fixture::{self, Peers},
};

/// The wallet on a fresh database, with payer 1 who has 1000 øre on card 1.
struct Bench {
    database: TestDatabase,
    peers: Peers,
    wallet: WalletGrpc,
}

async fn bench(sandbox: bool) -> Bench {
    let database = fixture::database().await;
    fixture::create_payer(database.pool(), 1, 1_000).await;
    let peers = Peers::default();
    peers.script().payment = Some(payment(PaymentState::Created, Currency::Nok));
    let (mesh, url) = peers.start().await;
    let app = App {
        pool: database.pool().clone(),
        clock: Clock::system(),
        payments: Payments::new(mesh.peer(&url).unwrap()),
        authority: Authority::new(&mesh),
        sandbox,
    };
    Bench { database, peers, wallet: WalletGrpc { app } }
}

fn payment(state: PaymentState, currency: Currency) -> Payment {
    let waiting = state == PaymentState::Created;
    Payment {
        state: state.into(),
        amount: Some(Money { currency: currency.into(), amount_minor: 100 }),
        redirect_url: if waiting { "https://landing.example/?token=abc".to_owned() } else { String::new() },
        ..Payment::default()
    }
}

fn by<T>(principal: Principal, message: T) -> Request<T> {
    let mut request = Request::new(message);
    request.extensions_mut().insert(Caller { principal, via: None });
    request
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
async fn a_client_may_do_nothing_for_payers_and_the_operator_moves_no_money() {
    let Bench { database, wallet, .. } = bench(true).await;
    let denied = Some(Reason::PermissionDenied);
    assert_eq!(refused(wallet.create_payer(by_client(CreatePayerRequest::default())).await), denied);
    assert_eq!(refused(wallet.find_payer(by_client(FindPayerRequest::default())).await), denied);
    assert_eq!(refused(wallet.list_cards(by_client(ListCardsRequest::default())).await), denied);
    let list = ListPaymentRequestsRequest::default();
    assert_eq!(refused(wallet.list_payment_requests(by_client(list)).await), denied);
    let approve = ApprovePaymentRequestRequest::default();
    assert_eq!(refused(wallet.approve_payment_request(by_client(approve)).await), denied);
    let reject = RejectPaymentRequestRequest::default();
    assert_eq!(refused(wallet.reject_payment_request(by_client(reject)).await), denied);

    let pool = database.pool().clone();
    let acquirer = Acquirer::spawn(pool.clone(), Clock::system(), CancellationToken::new());
    let acquirer = AcquirerGrpc { acquirer, pool };
    let execute = ExecuteOperationsRequest::default();
    assert_eq!(refused(acquirer.execute_operations(by_operator(execute)).await), denied);
    assert_eq!(refused(acquirer.get_operations(by_operator(GetOperationsRequest::default())).await), denied);
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
    };
    let card = Card {
        card_id: Uuid::from_u128(77).to_string(),
        scheme: CardScheme::Bankaxept.into(),
        bin: "957802".to_owned(),
        last_four: "0001".to_owned(),
        expires_month: "2099-12".to_owned(),
        balance: Some(Money { currency: Currency::Nok.into(), amount_minor: 500 }),
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
        assert_eq!(approval.phone_number, fixture::phone_number(1));
        assert_eq!(approval.birth_date, "1990-01-31");
    }
    assert_ne!(approvals[0].idempotency_key, approvals[1].idempotency_key);
}

#[tokio::test]
async fn force_approve_is_refused_by_rank_before_payment_is_asked_to_approve() {
    let Bench { peers, wallet, .. } = bench(true).await;
    let phone_number = fixture::phone_number(1);
    let (created, authorized, aborted) =
        (PaymentState::Created, PaymentState::Authorized, PaymentState::Aborted);
    let table = [
        (created, Currency::Nok, force_approve("", ""), Reason::FieldInvalid),
        (created, Currency::Nok, force_approve("+47 400", ""), Reason::InvalidPhoneNumber),
        (created, Currency::Nok, force_approve("4700000000", ""), Reason::ApproveNotAllowed),
        (created, Currency::Nok, force_approve("", "ab"), Reason::ApproveNotAllowed),
        (created, Currency::Eur, force_approve(&phone_number, ""), Reason::ApproveNoCards),
        (created, Currency::Eur, force_approve("", "abc"), Reason::ApproveNoCards),
        (authorized, Currency::Nok, force_approve("", "abc"), Reason::AlreadyReserved),
        (authorized, Currency::Nok, force_approve("4700000000", ""), Reason::AlreadyReserved),
        (aborted, Currency::Eur, force_approve(&phone_number, ""), Reason::CannotApprove),
    ];
    for (state, currency, request, reason) in table {
        peers.script().payment = Some(payment(state, currency));
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
