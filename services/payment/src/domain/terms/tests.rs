use super::*;
use crate::fixture::request;

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).unwrap()
}

fn create(request: Request) -> Create {
    let unit = SalesUnit {
        currency: Currency::Nok,
        active: true,
        takes_payments: true,
        account_verified: true,
        partial_capture: true,
        push_message: true,
        long_living: true,
        nin_scope: false,
        late_capture: false,
    };
    let payment_id = PaymentId::from_uuid(uuid::Uuid::from_u128(1));
    Create { payment_id, redirect_token: "token".into(), request, unit, payer: KnownPayer::NotAsked }
}

fn refusal(create: &Create) -> Refusal {
    create.decide(now()).unwrap_err()
}

#[test]
fn a_minimal_request_makes_a_payment_of_ten_minutes() {
    let terms = create(request()).decide(now()).unwrap();
    assert_eq!(terms.expires_at, now() + TimeDelta::minutes(10));
    assert_eq!(terms.request, request());
}

#[test]
fn each_rule_broken_alone_has_its_own_refusal() {
    let phone = |text: &str| Some(Customer::Phone(text.into()));
    let url = |field: &str| Refusal::InvalidUrl { field: field.into() };
    let missing = |field: &str| Refusal::MissingParameter { field: field.into() };
    let metadata =
        |pairs: &[(&str, String)]| pairs.iter().map(|(k, v)| ((*k).to_owned(), v.clone())).collect();
    let six: BTreeMap<_, _> = (0..6).map(|n| (n.to_string(), String::new())).collect();
    let days = |days| Some(now() + TimeDelta::days(days));
    let ok = request;
    let table = [
        (
            Request { amount: Money::new(Currency::Dkk, 100), ..ok() },
            Refusal::InvalidCurrency { currency: "DKK".into() },
        ),
        (Request { amount: Money::new(Currency::Nok, -1), ..ok() }, Refusal::InvalidAmount { minor: -1 }),
        (
            Request { amount: Money::new(Currency::Nok, 65_000_001), ..ok() },
            Refusal::InvalidAmount { minor: 65_000_001 },
        ),
        (Request { amount: Money::new(Currency::Nok, 99), ..ok() }, Refusal::AmountTooSmall { minimum: 100 }),
        (Request { return_url: None, ..ok() }, missing("returnUrl")),
        (Request { user_flow: UserFlow::PushMessage, ..ok() }, missing("customer")),
        (
            Request { customer: phone("+4712345678"), ..ok() },
            Refusal::InvalidPhoneNumber { field: "customer.phoneNumber".into() },
        ),
        (Request { customer: Some(Customer::Token("x".into())), ..ok() }, Refusal::InvalidCustomerToken),
        (
            Request { customer: Some(Customer::PersonalQr("12345".into())), ..ok() },
            Refusal::InvalidPersonalQr,
        ),
        (Request { scope: Some("name nmae".into()), ..ok() }, Refusal::InvalidScope { scope: "nmae".into() }),
        (Request { scope: Some("name nin".into()), ..ok() }, Refusal::ScopeNotAllowed),
        (Request { return_url: Some("http://shop.example".into()), ..ok() }, url("returnUrl")),
        (Request { return_url: Some("javascript://alert(1)".into()), ..ok() }, url("returnUrl")),
        (
            Request { return_url: Some(format!("https://shop.example/{}", "a".repeat(2500))), ..ok() },
            url("returnUrl"),
        ),
        (Request { receipt_url: Some("app://receipt".into()), ..ok() }, url("receiptUrl")),
        (Request { metadata: six, ..ok() }, Refusal::MetadataCapacityExceeded { pairs: 6 }),
        (
            Request { metadata: metadata(&[(&"k".repeat(101), String::new())]), ..ok() },
            Refusal::MetadataKeyTooLong,
        ),
        (Request { metadata: metadata(&[("k", "v".repeat(501))]), ..ok() }, Refusal::MetadataValueTooLong),
        (Request { method: Method::CardPassthrough, ..ok() }, Refusal::InvalidMethod),
        (Request { method: Method::Card, user_flow: UserFlow::Qr, ..ok() }, Refusal::InvalidMethod),
        (Request { blocks_commercial_cards: true, ..ok() }, Refusal::BlockedSourcesNotApplicable),
        (Request { express: true, ..ok() }, Refusal::ExpressNotAllowed),
        (Request { expires_at: days(61), ..ok() }, Refusal::ExpirationTooLate),
        (Request { expires_at: Some(now() + TimeDelta::minutes(5)), ..ok() }, Refusal::ExpirationTooSoon),
        (Request { expires_at: days(2), ..ok() }, Refusal::LongLivingNeedsReceipt),
    ];
    for (request, expected) in table {
        assert_eq!(refusal(&create(request)), expected);
    }
}

#[test]
fn what_the_sales_unit_may_not_do_is_refused() {
    let push = Request {
        user_flow: UserFlow::PushMessage,
        customer: Some(Customer::Phone("4712345678".into())),
        ..request()
    };
    let mut pushing = create(push);
    pushing.unit.push_message = false;
    assert_eq!(refusal(&pushing), Refusal::PushMessageNotAllowed);

    let mut long = create(Request { expires_at: Some(now() + TimeDelta::days(2)), ..request() });
    long.unit.long_living = false;
    assert_eq!(refusal(&long), Refusal::LongLivingNotAllowed);

    let mut inactive = create(request());
    inactive.unit.active = false;
    assert_eq!(refusal(&inactive), Refusal::CannotBeCreated);

    let mut login = create(request());
    login.unit.takes_payments = false;
    assert_eq!(refusal(&login), Refusal::CannotBeCreated);

    let mut unverified = create(request());
    unverified.unit.account_verified = false;
    assert_eq!(refusal(&unverified), Refusal::AccountNotVerified);
}

#[test]
fn a_push_message_needs_a_known_payer_who_is_old_enough() {
    let customer = Some(Customer::Phone("4712345678".into()));
    let push =
        Request { user_flow: UserFlow::PushMessage, customer, minimum_user_age: Some(18), ..request() };
    let born = |year| KnownPayer::Born(NaiveDate::from_ymd_opt(year, 1, 1).unwrap());
    for (payer, found) in [(KnownPayer::Unknown, false), (born(2015), false), (born(1990), true)] {
        let create = Create { payer, ..create(push.clone()) };
        assert_eq!(create.decide(now()).is_ok(), found, "{payer:?}");
    }
}

#[test]
fn custom_schemes_return_to_apps() {
    for (url, valid) in [
        ("myapp://done", true),
        ("myapp:///done", true),
        ("https://localhost:3000/x?y=z#w", true),
        ("https://", false),
        ("https:///x", false),
        (" https://shop.example", false),
        ("https://shop.example/\n", false),
        ("shop.example", false),
        ("data://x", false),
        ("HTTP://shop.example", false),
    ] {
        assert_eq!(is_return_url(url), valid, "{url}");
    }
}

#[test]
fn a_description_that_no_follower_could_store_is_refused() {
    let broken = Request { description: Some("so\0ks".into()), ..request() };
    let rule = "must not contain the character NUL";
    assert_eq!(broken.violations(), [("paymentDescription".to_owned(), rule)]);
}

#[test]
fn rules_of_form_are_named_together() {
    let airline = Airline {
        agency_invoice_number: "1234567".into(),
        airline_code: "12".into(),
        airline_designator_code: "SAS".into(),
        passenger_name: String::new(),
        ticket_number: Some(String::new()),
    };
    let broken = Request {
        description: Some("ab".into()),
        minimum_user_age: Some(101),
        qr: Some(Qr { format: QrFormat::Png, size: Some(99) }),
        customer: Some(Customer::PersonalQr("1234".into())),
        airline: Some(airline),
        ..request()
    };
    let fields: Vec<_> = broken.violations().into_iter().map(|(field, _)| field).collect();
    let airline = |field| format!("industryData.airlineData.{field}");
    assert_eq!(
        fields,
        [
            "paymentDescription".to_owned(),
            "minimumUserAge".to_owned(),
            "qrFormat.size".to_owned(),
            "customer.personalQr".to_owned(),
            airline("agencyInvoiceNumber"),
            airline("airlineCode"),
            airline("airlineDesignatorCode"),
            airline("passengerName"),
            airline("ticketNumber"),
        ]
    );
}

#[test]
fn a_payment_can_be_captured_for_as_long_as_its_market_and_unit_allow() {
    for (currency, late_capture, days) in [
        (Currency::Nok, false, 180),
        (Currency::Nok, true, 180),
        (Currency::Dkk, false, 14),
        (Currency::Dkk, true, 180),
        (Currency::Eur, false, 14),
        (Currency::Eur, true, 180),
    ] {
        let mut create = create(Request { amount: Money::new(currency, 100), ..request() });
        create.unit = SalesUnit { currency, late_capture, ..create.unit };
        assert_eq!(create.decide(now()).unwrap().capture_days, days, "{currency} {late_capture}");
    }
}

#[test]
fn terms_from_before_there_were_deadlines_can_be_read() {
    let terms = create(request()).decide(now()).unwrap();
    let mut stored = serde_json::to_value(&terms).unwrap();
    stored.as_object_mut().unwrap().remove("capture_days");
    assert_eq!(serde_json::from_value::<Terms>(stored).unwrap(), terms);
}
