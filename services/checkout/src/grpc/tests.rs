use kvitt_primitives::UserId;
use kvitt_proto::{
    checkout::v1::{self as wire, checkout_service_server::CheckoutService as _},
    error::v1::Reason,
    merchant::v1::ProductType,
    money::v1::{Currency, Money},
    payment::v1 as payment,
    refusal::reason_of,
};
use kvitt_runtime::{Principal, ServiceName};
use tonic::Status;
use uuid::Uuid;

use crate::fixture::{FOREIGN_MSN, Fixture, MSN, by, by_client, named, nok};

const REFERENCE: &str = "order-12345678";

fn get(reference: &str) -> wire::GetSessionRequest {
    wire::GetSessionRequest { msn: MSN.to_owned(), reference: reference.to_owned() }
}

fn session_key(reference: &str) -> Option<wire::SessionKey> {
    Some(wire::SessionKey { msn: MSN.to_owned(), reference: reference.to_owned(), token: String::new() })
}

async fn refused(fixture: &Fixture, request: wire::CreateSessionRequest) -> Status {
    fixture.grpc().create_session(by_client(request)).await.unwrap_err()
}

#[tokio::test]
async fn a_session_is_opened_and_read() {
    let fixture = Fixture::start().await;
    let opened = fixture.open(fixture.request(REFERENCE)).await;
    assert!(opened.token.starts_with("123456."));
    assert_eq!(opened.checkout_frontend_url, "https://checkout.example/");
    assert_eq!(opened.polling_url, "https://api.example/checkout/v3/session/order-12345678");
    let read = fixture.grpc().get_session(by_client(get(REFERENCE))).await.unwrap().into_inner();
    let session = read.session.unwrap();
    assert_eq!(session.state(), wire::SessionState::SessionCreated);
    assert_eq!((session.msn.as_str(), session.reference.as_str()), (MSN, REFERENCE));
    assert_eq!(session.session_id.len(), 22);
    assert_eq!((session.payment_details, session.billing_details), (None, None));
}

#[tokio::test]
async fn a_reference_is_taken_once_and_a_key_answers_alike() {
    let fixture = Fixture::start().await;
    let keyed = |reference: &str, key: &str| wire::CreateSessionRequest {
        idempotency_key: key.to_owned(),
        ..fixture.request(reference)
    };
    let first = fixture.open(keyed(REFERENCE, "a-key")).await;
    assert_eq!(fixture.open(keyed(REFERENCE, "a-key")).await, first);
    for (request, reason) in [
        (keyed(REFERENCE, ""), Reason::ReferenceExists),
        (keyed(REFERENCE, "another-key"), Reason::ReferenceExists),
        (keyed("order-87654321", "a-key"), Reason::IdempotencyConflict),
    ] {
        assert_eq!(reason_of(&refused(&fixture, request).await), Some(reason));
    }
    let both = tokio::join!(
        fixture.open(keyed("order-race-1", "race")),
        fixture.open(keyed("order-race-1", "race"))
    );
    assert_eq!(both.0, both.1, "whoever was slower has the answer of the faster one");
}

#[tokio::test]
async fn a_session_of_which_more_is_said_than_can_be_kept_is_refused() {
    let fixture = Fixture::start().await;
    let line = payment::OrderLine {
        name: "x".repeat(2048),
        id: "1".to_owned(),
        tax_rate: Some(2500),
        product_url: "x".repeat(2500),
        ..Default::default()
    };
    let foot = payment::BottomLine { currency: Currency::Nok.into(), ..Default::default() };
    let summary = payment::Receipt { order_lines: vec![line; 300], bottom_line: Some(foot) };
    let mut request = fixture.request(REFERENCE);
    request.transaction.as_mut().expect("a whole request").order_summary = Some(summary.clone());
    assert_eq!(reason_of(&refused(&fixture, request).await), Some(Reason::BodyTooLarge));
    fixture.open(fixture.request(REFERENCE)).await;
    let update = wire::UpdateSessionRequest {
        msn: MSN.to_owned(),
        reference: REFERENCE.to_owned(),
        order_summary: Some(summary),
        ..Default::default()
    };
    let refused = fixture.grpc().update_session(by_client(update)).await.unwrap_err();
    assert_eq!(reason_of(&refused), Some(Reason::BodyTooLarge));
}

#[tokio::test]
async fn every_broken_field_is_named_at_once() {
    let fixture = Fixture::start().await;
    let line = payment::OrderLine { name: "Socks".to_owned(), id: "1".to_owned(), ..Default::default() };
    let option = |brand: &str, amount: Option<Money>| wire::ShippingOption {
        id: brand.to_owned(),
        brand: brand.to_owned(),
        amount,
        ..Default::default()
    };
    let request = wire::CreateSessionRequest {
        idempotency_key: "x".repeat(51),
        merchant_info: Some(wire::MerchantInfo::default()),
        transaction: Some(wire::Transaction {
            reference: "short".to_owned(),
            amount: Some(Money { currency: Currency::Nok.into(), amount_minor: -1 }),
            payment_description: "ab".to_owned(),
            order_summary: Some(payment::Receipt { order_lines: vec![line], bottom_line: None }),
        }),
        logistics: Some(wire::Logistics {
            dynamic_options_callback: "https://10.0.0.1/".to_owned(),
            fixed_options: vec![option("PIGEON", nok(1)), option("POSTEN", None), option("GLS", nok(-1))],
        }),
        configuration: Some(wire::Configuration {
            user_flow: payment::UserFlow::Qr.into(),
            external_payment_methods: vec![wire::ExternalPaymentMethod::default()],
            ..Default::default()
        }),
        ..fixture.request(REFERENCE)
    };
    let status = refused(&fixture, request).await;
    assert_eq!(reason_of(&status), Some(Reason::FieldInvalid));
    let mut fields = named(&status);
    fields.sort_unstable();
    let expected = [
        "Idempotency-Key",
        "configuration.externalPaymentMethods[0].paymentMethod",
        "configuration.externalPaymentMethods[0].redirectUrl",
        "configuration.userFlow",
        "logistics.dynamicOptionsCallback",
        "logistics.fixedOptions[0].brand",
        "logistics.fixedOptions[1].amount",
        "logistics.fixedOptions[2].amount.value",
        "merchantInfo.callbackAuthorizationToken",
        "merchantInfo.callbackUrl",
        "merchantInfo.returnUrl",
        "transaction.amount.value",
        "transaction.orderSummary.orderBottomLine",
        "transaction.orderSummary.orderLines[0].taxRate",
        "transaction.paymentDescription",
        "transaction.reference",
    ];
    assert_eq!(fields, expected);
    let nothing = wire::CreateSessionRequest { msn: MSN.to_owned(), ..Default::default() };
    let fields = named(&refused(&fixture, nothing).await);
    assert!(fields.contains(&"transaction.amount".to_owned()), "{fields:?}");
}

#[tokio::test]
async fn a_unit_that_cannot_be_paid_opens_no_session() {
    let fixture = Fixture::start().await;
    fixture.peers.script().unit.set_currency(Currency::Dkk);
    let status = refused(&fixture, fixture.request(REFERENCE)).await;
    assert_eq!(reason_of(&status), Some(Reason::InvalidCurrency));
    fixture.peers.script().unit.set_currency(Currency::Nok);
    fixture.peers.script().unit.set_product_type(ProductType::Login);
    let status = refused(&fixture, fixture.request(REFERENCE)).await;
    assert_eq!(reason_of(&status), Some(Reason::PaymentCannotBeCreated));
    fixture.peers.script().unit.set_product_type(ProductType::Checkout);
    fixture.peers.script().unit.active = false;
    let status = refused(&fixture, fixture.request(REFERENCE)).await;
    assert_eq!(reason_of(&status), Some(Reason::PaymentCannotBeCreated));
}

#[tokio::test]
async fn a_session_of_others_is_as_an_absent_one() {
    let fixture = Fixture::start().await;
    fixture.open(fixture.request(REFERENCE)).await;
    let foreign = wire::GetSessionRequest { msn: FOREIGN_MSN.to_owned(), reference: REFERENCE.to_owned() };
    let status = fixture.grpc().get_session(by_client(foreign)).await.unwrap_err();
    assert_eq!(reason_of(&status), Some(Reason::MsnNotCovered));
    for reference in ["order-unknown", "short", "?", ""] {
        let status = fixture.grpc().get_session(by_client(get(reference))).await.unwrap_err();
        assert_eq!(reason_of(&status), Some(Reason::NotFound), "{reference}");
        assert_eq!(status.message(), "Session expired or not known.");
    }
    let broken = wire::GetSessionRequest { msn: "abc".to_owned(), ..get(REFERENCE) };
    let status = fixture.grpc().get_session(by_client(broken)).await.unwrap_err();
    assert_eq!(named(&status), ["msn"]);
}

#[tokio::test]
async fn who_may_play_the_payer() {
    let mut fixture = Fixture::start().await;
    let opened = fixture.open(fixture.request(REFERENCE)).await;
    let by_token = wire::SessionKey { token: opened.token.clone(), ..Default::default() };
    let open = |key: Option<wire::SessionKey>| wire::OpenSessionRequest { key };
    let operator = Principal::Service(ServiceName::Launcher);
    let stranger = Principal::Service(ServiceName::Wallet);
    let user = Principal::User(UserId::from_uuid(Uuid::from_u128(9)));

    for key in [session_key(REFERENCE), Some(by_token.clone())] {
        for request in [by(operator, open(key.clone())), by_client(open(key.clone()))] {
            let shown = fixture.grpc().open_session(request).await.unwrap().into_inner();
            assert_eq!(shown.session.unwrap().reference, REFERENCE);
            assert_eq!(
                (shown.amount, shown.return_url.as_str()),
                (nok(10_000), "https://shop.example/return")
            );
        }
    }
    let told = fixture.grpc().open_session(by(stranger, open(session_key(REFERENCE)))).await.unwrap_err();
    assert_eq!(reason_of(&told), Some(Reason::PermissionDenied));
    let told = fixture.grpc().open_session(by(user, open(session_key(REFERENCE)))).await.unwrap_err();
    assert_ne!(reason_of(&told), None);
    for token in
        ["nonsense".to_owned(), format!("{}A", opened.token), format!("654321.{}", &opened.token[7..])]
    {
        let key = wire::SessionKey { token, ..Default::default() };
        let told = fixture.grpc().open_session(by(operator, open(Some(key)))).await.unwrap_err();
        assert_eq!(reason_of(&told), Some(Reason::NotFound));
    }
    fixture.app.sandbox = false;
    let told = fixture.grpc().open_session(by_client(open(session_key(REFERENCE)))).await.unwrap_err();
    assert_eq!(reason_of(&told), Some(Reason::PermissionDenied));
}

#[tokio::test]
async fn a_patch_changes_what_it_names_while_the_session_is_open() {
    let fixture = Fixture::start().await;
    fixture.open(fixture.request(REFERENCE)).await;
    let bare = || wire::UpdateSessionRequest {
        msn: MSN.to_owned(),
        reference: REFERENCE.to_owned(),
        ..Default::default()
    };
    let option = wire::ShippingOption {
        id: "post".to_owned(),
        brand: "POSTEN".to_owned(),
        amount: nok(3_000),
        ..Default::default()
    };
    let logistics = Some(wire::Logistics { fixed_options: vec![option.clone()], ..Default::default() });
    let update = wire::UpdateSessionRequest { amount: nok(20_000), logistics, ..bare() };
    fixture.grpc().update_session(by_client(update)).await.unwrap();
    let open = wire::OpenSessionRequest { key: session_key(REFERENCE) };
    let shown = fixture.grpc().open_session(by_client(open)).await.unwrap().into_inner();
    assert_eq!((shown.amount, shown.has_logistics), (nok(20_000), true));
    assert_eq!(shown.payment_description, "One pair of socks");

    let danish = Some(Money { currency: Currency::Dkk.into(), amount_minor: 1 });
    let in_danish = wire::ShippingOption { amount: danish, ..option };
    let logistics = Some(wire::Logistics { fixed_options: vec![in_danish], ..Default::default() });
    let long = "x".repeat(101);
    let table: [(wire::UpdateSessionRequest, &[&str]); 3] = [
        (wire::UpdateSessionRequest { logistics, ..bare() }, &["logistics.fixedOptions[0].amount.currency"]),
        (wire::UpdateSessionRequest { amount: nok(-1), ..bare() }, &["transaction.amount.value"]),
        (
            wire::UpdateSessionRequest { payment_description: long, ..bare() },
            &["transaction.paymentDescription"],
        ),
    ];
    for (update, fields) in table {
        let status = fixture.grpc().update_session(by_client(update)).await.unwrap_err();
        assert_eq!(named(&status), fields);
    }
    let update = wire::UpdateSessionRequest { amount: danish, ..bare() };
    let status = fixture.grpc().update_session(by_client(update)).await.unwrap_err();
    assert_eq!(reason_of(&status), Some(Reason::InvalidCurrency));

    let expire = wire::ExpireSessionRequest { msn: MSN.to_owned(), reference: REFERENCE.to_owned() };
    for _twice in 0..2 {
        let expired = fixture.grpc().expire_session(by_client(expire.clone())).await.unwrap().into_inner();
        assert_eq!(expired.session.unwrap().state(), wire::SessionState::SessionExpired);
    }
    let status = fixture.grpc().update_session(by_client(bare())).await.unwrap_err();
    assert_eq!(reason_of(&status), Some(Reason::SessionNotOpen));
    let gone = wire::ExpireSessionRequest { reference: "order-unknown".to_owned(), ..expire };
    let status = fixture.grpc().expire_session(by_client(gone)).await.unwrap_err();
    assert_eq!(reason_of(&status), Some(Reason::NotFound));
}

#[tokio::test]
async fn what_a_payer_says_is_judged_by_what_the_page_asks_for() {
    let fixture = Fixture::start().await;
    let countries = vec!["DK".to_owned()];
    let configuration = wire::Configuration { supported_countries: countries, ..Default::default() };
    let request =
        wire::CreateSessionRequest { configuration: Some(configuration), ..fixture.request(REFERENCE) };
    fixture.open(request).await;
    let person = wire::Person { country: "NO".to_owned(), ..Default::default() };
    let billing = Some(wire::Person { email: "nobody".to_owned(), ..Default::default() });
    let submit = wire::SubmitDetailsRequest {
        key: session_key(REFERENCE),
        person: Some(person),
        billing,
        custom_consent: false,
    };
    let status = fixture.grpc().submit_details(by_client(submit)).await.unwrap_err();
    let fields = named(&status);
    for field in ["person.firstName", "person.country", "billing.email", "billing.city"] {
        assert!(fields.contains(&field.to_owned()), "{field}: {fields:?}");
    }
    let start = wire::StartPaymentRequest { key: session_key(REFERENCE), ..Default::default() };
    let status = fixture.grpc().start_payment(by_client(start)).await.unwrap_err();
    assert_eq!(named(&status), ["method"]);
}
