use std::collections::BTreeMap;

use kvitt_primitives::{ClientId, Money};

use super::*;
use crate::{
    domain::{
        Airline, CallbackStyle, CardPassthrough, DynamicOptions, Qr, QrFormat, Shipping, ShippingOptions,
    },
    fixture::{self, create_of, request},
};

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).unwrap()
}

fn create(request: Request) -> Create {
    let unit = SalesUnit { push_message: true, long_living: true, express: true, ..fixture::unit() };
    create_of(request, unit)
}

fn passthrough() -> CardPassthrough {
    CardPassthrough {
        psp_reference: "psp-1".into(),
        card_callback_url: "https://psp.example/card".into(),
        allowed_card_types: vec!["DANKORT".into()],
        prefer_visa_part_of_visa_dankort: false,
        public_encryption_key_id: None,
        client: Some(ClientId::from_uuid(uuid::Uuid::nil())),
    }
}

/// A wallet payment with fixed options.
fn express() -> Request {
    let shipping = Some(fixture::shipping(Currency::Nok));
    Request { shipping, scope: Some("name address".into()), ..request() }
}

fn asking(callback_url: &str) -> Shipping {
    let options =
        DynamicOptions { callback_url: callback_url.into(), token: None, style: CallbackStyle::Epayment };
    Shipping { options: ShippingOptions::Dynamic(options), allowed_countries: Vec::new() }
}

fn fields(request: &Request) -> Vec<String> {
    request.violations(Callbacks::Https).into_iter().map(|(field, _)| field).collect()
}

fn refusal(create: &Create) -> Refusal {
    create.decide(now()).unwrap_err()
}

#[test]
fn a_minimal_request_makes_a_payment_of_ten_minutes() {
    let terms = create(request()).decide(now()).unwrap();
    assert_eq!(terms.expires_at, now() + TimeDelta::minutes(10));
    assert_eq!(terms.request, request());
    assert_eq!(terms.rules(), crate::domain::Rules::default());
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
        (Request { blocks_commercial_cards: true, ..ok() }, Refusal::BlockedSourcesNotApplicable),
        (Request { expires_at: days(61), ..ok() }, Refusal::ExpirationTooLate),
        (Request { expires_at: Some(now() + TimeDelta::minutes(5)), ..ok() }, Refusal::ExpirationTooSoon),
        (Request { expires_at: days(2), ..ok() }, Refusal::LongLivingNeedsReceipt),
    ];
    for (request, expected) in table {
        assert_eq!(refusal(&create(request)), expected);
    }
}

#[test]
fn each_method_has_its_flow_and_a_psp_says_how_it_charges() {
    let url = |field: &str| Refusal::InvalidUrl { field: field.into() };
    let ok = request;
    let table = [
        (Request { method: Method::CardPassthrough, ..ok() }, Refusal::InvalidMethod),
        (
            Request {
                card_passthrough: Some(CardPassthrough { client: None, ..passthrough() }),
                method: Method::CardPassthrough,
                ..ok()
            },
            Refusal::InvalidMethod,
        ),
        (Request { card_passthrough: Some(passthrough()), ..ok() }, Refusal::InvalidMethod),
        (
            Request { card_passthrough: Some(passthrough()), method: Method::Card, ..ok() },
            Refusal::InvalidMethod,
        ),
        (
            Request {
                card_passthrough: Some(CardPassthrough {
                    card_callback_url: "http://psp.example".into(),
                    ..passthrough()
                }),
                method: Method::CardPassthrough,
                ..ok()
            },
            url("cardPassthrough.cardCallbackUrl"),
        ),
        (Request { method: Method::Card, ..express() }, Refusal::InvalidMethod),
        (
            Request { shipping: Some(asking("http://127.0.0.1")), ..express() },
            url("shipping.dynamicOptions.callbackUrl"),
        ),
        (Request { method: Method::Card, user_flow: UserFlow::Qr, ..ok() }, Refusal::InvalidMethod),
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
fn an_express_payment_needs_the_feature_and_a_scope_with_an_address() {
    assert!(create(express()).decide(now()).unwrap().rules().ships);
    let mut plain = create(express());
    plain.unit.express = false;
    assert_eq!(refusal(&plain), Refusal::ExpressNotAllowed);
    let passed =
        Request { method: Method::CardPassthrough, card_passthrough: Some(passthrough()), ..express() };
    assert!(create(passed).decide(now()).is_ok());
    for (scope, broken) in [(None, true), (Some("name addresses"), true), (Some("email  address"), false)] {
        let request = Request { scope: scope.map(str::to_owned), ..express() };
        let expected = if broken { vec!["profile.scope"] } else { vec![] };
        assert_eq!(fields(&request), expected, "{scope:?}");
    }
    assert_eq!(
        fields(&Request { amount: Money::new(Currency::Nok, 64_999_922), ..express() }),
        ["shipping.fixedOptions[0].options[1].amount.value"]
    );
}

#[test]
fn who_types_a_card_in_is_not_asked_to_share_anything() {
    let by_card = |scope: Option<&str>| {
        let scope = scope.map(str::to_owned);
        Request { method: Method::Card, scope, ..request() }
    };
    for (scope, broken) in [(None, false), (Some(" "), false), (Some("name"), true)] {
        let expected = if broken { vec!["profile.scope"] } else { vec![] };
        assert_eq!(fields(&by_card(scope)), expected, "{scope:?}");
    }
    assert!(create(by_card(None)).decide(now()).is_ok());
    assert_eq!(fields(&Request { method: Method::Wallet, ..by_card(Some("name")) }), [""; 0]);
    assert_eq!(fields(&Request { method: Method::Card, ..express() }), [""; 0]);
}

#[test]
fn only_a_psp_charges_in_a_currency_that_is_not_the_units() {
    for currency in Currency::ALL {
        let amount = Money::new(currency, 100);
        let passed = Request {
            amount,
            method: Method::CardPassthrough,
            card_passthrough: Some(passthrough()),
            ..request()
        };
        assert!(create(passed).decide(now()).is_ok(), "{currency}");
        let taken = create(Request { amount, ..request() }).decide(now());
        assert_eq!(taken.is_ok(), currency == Currency::Nok, "{currency}");
    }
}

#[test]
fn a_customer_who_was_asked_for_is_known_and_old_enough() {
    let born = |year| KnownPayer::Known {
        phone: "4712345678".parse().unwrap(),
        born: NaiveDate::from_ymd_opt(year, 1, 1).unwrap(),
    };
    let not_found = Err(Refusal::CustomerNotFound);
    let number = Err(Refusal::InvalidPhoneNumber { field: "customer.phoneNumber".into() });
    let table = [
        (KnownPayer::Unknown, not_found.clone()),
        (KnownPayer::InvalidToken, Err(Refusal::InvalidCustomerToken)),
        (KnownPayer::InvalidPersonalQr, Err(Refusal::InvalidPersonalQr)),
        (KnownPayer::InvalidPhoneNumber, number),
        (born(2015), not_found),
        (born(1990), Ok(())),
    ];
    for user_flow in [UserFlow::PushMessage, UserFlow::WebRedirect] {
        for (payer, expected) in &table {
            let customer = Some(Customer::Token("a token".into()));
            let asked = Request { user_flow, customer, minimum_user_age: Some(18), ..request() };
            let found = Create { payer: payer.clone(), ..create(asked) }.decide(now()).map(|_| ());
            assert_eq!(found, *expected, "{payer:?}");
        }
    }
}

#[test]
fn a_push_message_is_only_for_whoever_was_named_by_whatever_name() {
    let phone = || -> PhoneNumber { "4712345678".parse().unwrap() };
    let terms = |user_flow, customer: Customer| {
        let asked = Request { user_flow, customer: Some(customer), ..request() };
        let born = NaiveDate::from_ymd_opt(1990, 1, 1).unwrap();
        let payer = KnownPayer::Known { phone: phone(), born };
        Create { payer, ..create(asked) }.decide(now()).unwrap()
    };
    for customer in [Customer::Token("a token".into()), Customer::PersonalQr("a code".into())] {
        let pushed = terms(UserFlow::PushMessage, customer.clone());
        assert_eq!(pushed.exclusive_customer(), Some(phone()));
        let sent = terms(UserFlow::WebRedirect, customer);
        assert_eq!((sent.customer_phone(), sent.exclusive_customer()), (Some(phone()), None));
    }
    let pushed = terms(UserFlow::PushMessage, Customer::Phone("4712345678".into()));
    assert_eq!((pushed.exclusive_customer(), pushed.resolved_phone), (Some(phone()), None));
}

#[test]
fn only_what_comes_through_ecom_is_captured_directly() {
    let direct = |ecom, direct_capture| {
        let mut create = create(Request { ecom, ..request() });
        create.unit.direct_capture = direct_capture;
        let terms = create.decide(now()).unwrap();
        assert_eq!(terms.rules().direct_capture, terms.direct_capture);
        terms.direct_capture
    };
    assert!(direct(Some(fixture::ecom()), true));
    assert!(!direct(Some(fixture::ecom()), false));
    assert!(!direct(None, true));
}

#[test]
fn references_and_descriptions_are_as_long_as_the_api_allows() {
    let of = |reference: &str, description: &str, ecom| Request {
        reference: reference.parse().unwrap(),
        description: Some(description.into()),
        ecom,
        ..request()
    };
    let (long, longest) = ("x".repeat(51), "x".repeat(64));
    let (reference, description) = ("reference".to_owned(), "paymentDescription".to_owned());
    assert_eq!(fields(&of("7", "ab", None)), [reference.clone(), description.clone()]);
    assert_eq!(fields(&of("7", "a", Some(fixture::ecom()))), [""; 0]);
    assert_eq!(fields(&of(&longest, "abc", None)), [""; 0]);
    assert_eq!(fields(&of(&long, &"x".repeat(101), Some(fixture::ecom()))), [reference, description]);
    let rule = of("7", "abc", None).violations(Callbacks::Https)[0].1;
    assert_eq!(rule, "must match the regular expression '^[a-zA-Z0-9-]{8,64}$'");
}

#[test]
fn a_description_that_no_follower_could_store_is_refused() {
    let broken = Request { description: Some("so\0ks".into()), ..request() };
    let rule = "must not contain the character NUL";
    assert_eq!(broken.violations(Callbacks::Https), [("paymentDescription".to_owned(), rule)]);
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
    let fields: Vec<_> = broken.violations(Callbacks::Https).into_iter().map(|(field, _)| field).collect();
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
    let stored_fields = stored.as_object_mut().unwrap();
    stored_fields.remove("capture_days");
    stored_fields["request"]["express"] = false.into();
    for absent in ["direct_capture", "resolved_phone", "rules"] {
        assert!(!stored_fields.contains_key(absent), "a plain payment stays as short as it was");
    }
    for absent in ["ecom", "payment_link", "capture_on_approval", "vm_number"] {
        assert!(stored_fields["request"].get(absent).is_none(), "and so does what was asked for: {absent}");
    }
    assert_eq!(serde_json::from_value::<Terms>(stored).unwrap(), terms);
}
