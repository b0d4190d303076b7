//! What scans lead to, and who may ask.

use kvitt_proto::{
    error::v1::Reason,
    money::v1::Currency,
    payment::v1::PaymentState,
    qr::v1::{
        CheckInRequest, CheckInState, GetCheckInRequest, GetUnitQrRequest, PaymentLinkTerms,
        PutMerchantCallbackRequest, UnitFound, qr_service_server::QrService as _, resolve_qr_response::Found,
        scan_service_server::ScanService as _,
    },
    webhook::v1::{self as webhook, DeliveryState},
};
use kvitt_runtime::ServiceName;
use uuid::Uuid;

use crate::{
    domain::{Code, Kind},
    fixture::{
        FOREIGN_MSN, Fixture, MSN, VM_MSN, answered, by_client, by_foreigner, by_service, by_user,
        links::socks, named, reason,
    },
};

const CHECK_IN: Uuid = Uuid::from_u128(5);

fn check_in() -> CheckInRequest {
    CheckInRequest {
        msn: MSN.to_owned(),
        merchant_qr_id: "till".to_owned(),
        customer_token: "dG9rZW4".to_owned(),
        check_in_id: CHECK_IN.to_string(),
    }
}

fn asked(msn: &str) -> GetCheckInRequest {
    GetCheckInRequest { msn: msn.to_owned(), check_in_id: CHECK_IN.to_string() }
}

async fn start() -> Fixture {
    let fixture = Fixture::start().await;
    let callback = PutMerchantCallbackRequest {
        msn: MSN.to_owned(),
        merchant_qr_id: "till".to_owned(),
        location_description: "Kiosk 7".to_owned(),
        category: 0,
    };
    answered(fixture.grpc().put_merchant_callback(by_client(callback)).await);
    fixture
}

#[tokio::test]
async fn texts_that_nobody_printed_lead_nowhere() {
    let fixture = Fixture::start().await;
    let code = |kind| Code::new(kind, [7; Code::CHANCE]).to_string();
    for text in [
        String::new(),
        "hello".to_owned(),
        "https://shop.example/".to_owned(),
        "https://landing.example/?token=unknown".to_owned(),
        "mobilepaypos://pos?id=1&source=qr".to_owned(),
        format!("https://qr.example/q/{}", code(Kind::Redirect)),
        format!("https://qr.example/q/{}", code(Kind::Callback)),
        format!("https://qr.example/q/{}", code(Kind::Unit)),
        format!("https://qr.example/q/{}", code(Kind::Link)),
        format!("https://pay.example/l/{}", code(Kind::Link)),
        "https://pay.example/l/".to_owned(),
        "https://qr.example/q/".to_owned(),
        "\0".to_owned(),
        "å".repeat(2000),
    ] {
        assert_eq!(reason(fixture.scan(&text).await), Reason::NotFound, "{text}");
    }
    assert_eq!(named(fixture.scan(&"å".repeat(2001)).await), ["text"]);
    for code in [Kind::Redirect, Kind::Callback, Kind::Unit, Kind::Link].map(code) {
        assert_eq!(reason(fixture.held(&code).await), Reason::NotFound, "{code}");
    }
    for code in ["", "x", "\0", "æ"] {
        assert_eq!(reason(fixture.held(code).await), Reason::NotFound, "{code}");
    }
}

#[tokio::test]
async fn the_code_of_a_payment_leads_to_it() {
    let fixture = Fixture::start().await;
    let mut terms = fixture.waiting();
    let token = terms.redirect_token.clone();
    fixture.peers.script().terms.insert(token.clone(), terms.clone());
    for text in [
        terms.landing_url.clone(),
        format!("vippsMT://?token={token}"),
        format!("http://127.0.0.1:8081/?token={token}"),
    ] {
        assert_eq!(answered(fixture.scan(&text).await), Found::RedirectToken(token.clone()), "{text}");
    }
    terms.set_state(PaymentState::Expired);
    fixture.peers.script().terms.insert(token.clone(), terms);
    let ended = fixture.scan(&format!("https://landing.example/?token={token}")).await;
    assert_eq!(reason(ended), Reason::NotFound);
    fixture.peers.script().away = true;
    let away = fixture.scan(&format!("https://landing.example/?token={token}")).await;
    assert_eq!(reason(away), Reason::Unavailable);
}

#[tokio::test]
async fn the_code_of_a_payment_link_leads_to_its_page() {
    let fixture = Fixture::selling().await;
    let rejected = PaymentLinkTerms { description: "KVITT-REJECT".to_owned(), ..socks() };
    // Whether it can be paid is judged there.
    for (id, terms) in [(1, socks()), (2, rejected)] {
        let page = fixture.link(id, terms).await.url;
        let token = page.strip_prefix("https://pay.example/l/").expect("a page of a link").to_owned();
        assert_eq!(answered(fixture.scan(&page).await), Found::PaymentLinkToken(token.clone()));
        let held = answered(fixture.held(&token).await);
        assert_eq!((held.content, held.target_url), (page.clone(), page));
    }
}

#[tokio::test]
async fn the_code_of_a_vm_number_leads_to_it_while_it_is_active() {
    let fixture = Fixture::start().await;
    let request = GetUnitQrRequest { msn: VM_MSN.to_owned(), image: None };
    let printed = answered(fixture.grpc().get_unit_qr(by_user(request)).await).qr_content;
    let expected =
        UnitFound { msn: VM_MSN.to_owned(), name: format!("Shop {VM_MSN}"), currency: Currency::Nok.into() };
    assert_eq!(answered(fixture.scan(&printed).await), Found::Unit(expected));
    fixture.peers.script().units.get_mut(VM_MSN).unwrap().active = false;
    assert_eq!(reason(fixture.scan(&printed).await), Reason::NotFound);
    fixture.peers.script().units.remove(VM_MSN);
    assert_eq!(reason(fixture.scan(&printed).await), Reason::NotFound);
}

#[tokio::test]
async fn a_check_in_is_told() {
    let fixture = start().await;
    for deaf in [false, true] {
        fixture.peers.script().deaf = deaf;
        let request = by_service(ServiceName::Wallet, check_in());
        assert_eq!(answered(fixture.grpc().check_in(request).await).listening, !deaf);
    }
    let expected = webhook::CheckInRequest {
        msn: MSN.to_owned(),
        check_in_id: CHECK_IN.to_string(),
        merchant_qr_id: "till".to_owned(),
        customer_token: "dG9rZW4".to_owned(),
    };
    let script = fixture.peers.script();
    assert_eq!((&*script.check_ins, script.client_seen), (&[expected.clone(), expected][..], false));
}

#[tokio::test]
async fn a_check_in_at_no_code_is_refused() {
    let fixture = start().await;
    let by_wallet = |request| by_service(ServiceName::Wallet, request);
    for request in [
        CheckInRequest { merchant_qr_id: "other".to_owned(), ..check_in() },
        CheckInRequest { merchant_qr_id: "a\0".to_owned(), ..check_in() },
        CheckInRequest { msn: FOREIGN_MSN.to_owned(), ..check_in() },
    ] {
        assert_eq!(reason(fixture.grpc().check_in(by_wallet(request)).await), Reason::NotFound);
    }
    let refused = fixture.grpc().check_in(by_wallet(CheckInRequest::default())).await;
    assert_eq!(named(refused), ["msn", "customerToken", "checkInId"]);
    assert!(fixture.peers.script().check_ins.is_empty());
    fixture.peers.script().away = true;
    assert_eq!(reason(fixture.grpc().check_in(by_wallet(check_in())).await), Reason::Unavailable);
}

#[tokio::test]
async fn a_check_in_is_reached_once_its_merchant_has_answered() {
    let fixture = start().await;
    let grpc = fixture.grpc();
    let get = || grpc.get_check_in(by_service(ServiceName::Wallet, asked(MSN)));
    assert_eq!(reason(get().await), Reason::NotFound);
    for (state, attempt_count, expected) in [
        (DeliveryState::Pending, 0, CheckInState::Waiting),
        (DeliveryState::Pending, 1, CheckInState::Unreached),
        (DeliveryState::Delivered, 1, CheckInState::Reached),
        (DeliveryState::Delivered, 7, CheckInState::Reached),
        (DeliveryState::GivenUp, 9, CheckInState::Unreached),
        (DeliveryState::Cancelled, 0, CheckInState::Unreached),
    ] {
        let delivery = webhook::GetCheckInResponse { state: state.into(), attempt_count };
        fixture.peers.script().deliveries.insert(CHECK_IN.to_string(), delivery);
        assert_eq!(answered(get().await).state(), expected, "{state:?} {attempt_count}");
    }
    fixture.peers.script().away = true;
    assert_eq!(reason(get().await), Reason::Unavailable);
}

#[tokio::test]
async fn a_units_client_follows_a_check_in_in_the_sandbox_alone() {
    let fixture = start().await;
    let delivery = webhook::GetCheckInResponse { state: DeliveryState::Delivered.into(), attempt_count: 1 };
    fixture.peers.script().deliveries.insert(CHECK_IN.to_string(), delivery);
    let got = fixture.grpc().get_check_in(by_client(asked(MSN))).await;
    assert_eq!(answered(got).state(), CheckInState::Reached);
    let denied = fixture.grpc_in_production().get_check_in(by_client(asked(MSN))).await;
    assert_eq!(reason(denied), Reason::PermissionDenied);
    let foreign = fixture.grpc().get_check_in(by_foreigner(asked(MSN))).await;
    assert_eq!(reason(foreign), Reason::MsnNotCovered);
    let user = fixture.grpc().get_check_in(by_user(asked(MSN))).await;
    assert_eq!(reason(user), Reason::PermissionDenied);
    let nameless = GetCheckInRequest { msn: MSN.to_owned(), check_in_id: "x".to_owned() };
    assert_eq!(reason(fixture.grpc().get_check_in(by_client(nameless)).await), Reason::NotFound);
}
