//! Who shows a code, and who checked in.

use kvitt_proto::{
    error::v1::Reason,
    qr::v1::{
        ExchangeCustomerRequest, ExchangeCustomerResponse, ExchangeQrRequest, ExchangeQrResponse,
        qr_service_server::QrService as _,
    },
    time,
    wallet::v1::{self as wallet, PersonalCodeVersion},
};

use crate::fixture::{Fixture, MSN, answered, by_client, by_user, named, reason};

const PERSON: &str = "https://qr.vipps.no/p/abc";
const CLEAR: &str = "https://qr.vipps.no/28/2/01/031/4712345678?v=1";
const TOKEN: &str = "dG9rZW4";

async fn start() -> Fixture {
    let fixture = Fixture::start().await;
    let made_at = Some(time::to_proto(fixture.now()));
    let known = |made_at, version: PersonalCodeVersion| wallet::ExchangeCustomerResponse {
        phone_number: "4712345678".to_owned(),
        made_at,
        personal_code_version: version.into(),
    };
    let customers = [
        (PERSON, known(made_at, PersonalCodeVersion::PersonalCodeVersion20)),
        (CLEAR, known(None, PersonalCodeVersion::PersonalCodeVersion10)),
        (TOKEN, known(made_at, PersonalCodeVersion::Unspecified)),
    ];
    let customers = customers.into_iter().map(|(text, answer)| (text.to_owned(), answer));
    fixture.peers.script().customers = customers.collect();
    fixture
}

fn code(qr_code: &str) -> ExchangeQrRequest {
    ExchangeQrRequest { msn: MSN.to_owned(), qr_code: qr_code.to_owned() }
}

fn token(customer_token: &str) -> ExchangeCustomerRequest {
    ExchangeCustomerRequest { msn: MSN.to_owned(), customer_token: customer_token.to_owned() }
}

#[tokio::test]
async fn a_personal_code_is_exchanged_for_a_number() {
    let fixture = start().await;
    let made_at = Some(time::to_proto(fixture.now()));
    for (text, made_at, version) in [(PERSON, made_at, "2.0"), (CLEAR, None, "1.0")] {
        let expected = ExchangeQrResponse {
            phone_number: "4712345678".to_owned(),
            made_at,
            version: version.to_owned(),
        };
        assert_eq!(answered(fixture.grpc().exchange_qr(by_client(code(text))).await), expected);
    }
    let unknown = fixture.grpc().exchange_qr(by_client(code("https://qr.vipps.no/p/other"))).await;
    assert_eq!(reason(unknown), Reason::InvalidPersonalQr);
    assert!(!fixture.peers.script().client_seen);
}

#[tokio::test]
async fn a_customer_token_is_exchanged_for_a_number() {
    let fixture = start().await;
    let made_at = Some(time::to_proto(fixture.now()));
    let expected = ExchangeCustomerResponse { phone_number: "4712345678".to_owned(), made_at };
    for _ in 0..2 {
        let exchanged = fixture.grpc().exchange_customer(by_client(token(TOKEN))).await;
        assert_eq!(answered(exchanged), expected);
    }
    let unknown = fixture.grpc().exchange_customer(by_client(token("other"))).await;
    assert_eq!(reason(unknown), Reason::InvalidCustomerToken);
}

#[tokio::test]
async fn texts_that_cannot_be_codes_are_named() {
    let fixture = start().await;
    for text in ["", "abcd", &"å".repeat(256)] {
        assert_eq!(named(fixture.grpc().exchange_qr(by_client(code(text))).await), ["qrCode"], "{text}");
    }
    for text in ["", &"a".repeat(1001)] {
        let refused = fixture.grpc().exchange_customer(by_client(token(text))).await;
        assert_eq!(named(refused), ["customerToken"], "{text}");
    }
}

#[tokio::test]
async fn people_of_the_portal_may_not_ask_who_somebody_is() {
    let fixture = start().await;
    assert_eq!(reason(fixture.grpc().exchange_qr(by_user(code(PERSON))).await), Reason::PermissionDenied);
    let refused = fixture.grpc().exchange_customer(by_user(token(TOKEN))).await;
    assert_eq!(reason(refused), Reason::PermissionDenied);
}

#[tokio::test]
async fn a_wallet_that_is_away_is_said_to_be() {
    let fixture = start().await;
    fixture.peers.script().away = true;
    assert_eq!(reason(fixture.grpc().exchange_qr(by_client(code(PERSON))).await), Reason::Unavailable);
}
