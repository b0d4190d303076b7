use kvitt_primitives::Currency;

use super::*;
use crate::domain::{logistics, summary};

/// What a shop asks for that sends socks by post.
pub(crate) fn terms() -> Terms {
    Terms {
        merchant: MerchantInfo {
            callback_url: "https://shop.example/callback".into(),
            return_url: "https://shop.example/return".into(),
            callback_token: "a-token-of-the-shop".into(),
            terms_url: "https://shop.example/terms".into(),
        },
        amount: Money::new(Currency::Nok, 10_000),
        description: "One pair of socks".into(),
        summary: None,
        logistics: None,
        prefill: Person::default(),
        configuration: Configuration::default(),
    }
}

/// The same, with two ways to send them.
pub(crate) fn terms_with_shipping() -> Terms {
    let mut default = logistics::tests::option("home", 5_000);
    default.is_default = true;
    let fixed = vec![logistics::tests::option("post", 3_000), default];
    Terms { logistics: Some(Logistics { fixed, ..Logistics::default() }), ..terms() }
}

fn broken(terms: &Terms) -> Vec<String> {
    broken_of(terms, "order-12345678")
}

fn broken_of(terms: &Terms, reference: &str) -> Vec<String> {
    let mut found = Found::default();
    let refused = |url: &str| (!url.starts_with("https://")).then(|| "is refused".to_owned());
    terms.check(&reference.parse().unwrap(), &refused, &mut found);
    found.0.into_iter().map(|(path, _)| path).collect()
}

#[test]
fn terms_in_order_are_taken() {
    assert!(broken(&terms()).is_empty());
    assert!(broken(&terms_with_shipping()).is_empty());
    let app =
        MerchantInfo { return_url: "shop-app://return".into(), terms_url: String::new(), ..terms().merchant };
    assert!(broken(&Terms { merchant: app, ..terms() }).is_empty());
    let lines = vec![summary::tests::line()];
    let summary = OrderSummary { lines, foot: Some(summary::tests::foot()) };
    assert!(broken(&Terms { summary: Some(summary), ..terms() }).is_empty());
}

#[test]
fn every_broken_field_of_the_merchant_is_named() {
    let info = || terms().merchant;
    let token = |text: &str| MerchantInfo { callback_token: text.into(), ..info() };
    let table = [
        (MerchantInfo { callback_url: "http://shop.example".into(), ..info() }, "callbackUrl"),
        (MerchantInfo { callback_url: String::new(), ..info() }, "callbackUrl"),
        (MerchantInfo { return_url: "javascript://alert(1)".into(), ..info() }, "returnUrl"),
        (MerchantInfo { return_url: "http://shop.example".into(), ..info() }, "returnUrl"),
        (MerchantInfo { return_url: "https:///shop.example".into(), ..info() }, "returnUrl"),
        (MerchantInfo { return_url: format!("https://{}.no", "x".repeat(2500)), ..info() }, "returnUrl"),
        (MerchantInfo { terms_url: "ftp://shop.example".into(), ..info() }, "termsAndConditionsUrl"),
        (token(""), "callbackAuthorizationToken"),
        (token(" a"), "callbackAuthorizationToken"),
        (token("a\r\nX-Evil: 1"), "callbackAuthorizationToken"),
        (token("pølse"), "callbackAuthorizationToken"),
        (token(&"x".repeat(1001)), "callbackAuthorizationToken"),
    ];
    for (merchant, field) in table {
        assert_eq!(broken(&Terms { merchant, ..terms() }), [format!("merchantInfo.{field}")]);
    }
}

#[test]
fn every_broken_field_of_the_transaction_is_named() {
    let amount = |minor| Terms { amount: Money::new(Currency::Nok, minor), ..terms() };
    for (minor, valid) in [(-1, false), (0, true), (LARGEST_AMOUNT, true), (LARGEST_AMOUNT + 1, false)] {
        assert_eq!(broken(&amount(minor)).is_empty(), valid, "{minor}");
    }
    for (text, valid) in [("ab", false), ("abc", true), (&"ø".repeat(100), true), (&"ø".repeat(101), false)]
    {
        assert_eq!(broken(&Terms { description: text.into(), ..terms() }).is_empty(), valid, "{text}");
    }
    assert!(broken_of(&terms(), &"x".repeat(50)).is_empty());
    for length in [1, 7, 51] {
        assert_eq!(broken_of(&terms(), &"x".repeat(length)), ["transaction.reference"], "{length}");
    }
}

#[test]
fn every_broken_field_of_the_configuration_is_named() {
    let consent = |text: &str| Configuration {
        consent: Some(Consent { text: text.into(), required: true }),
        ..Configuration::default()
    };
    let external = |url: &str| Configuration {
        external: vec![External { redirect_url: url.into() }],
        ..Configuration::default()
    };
    let countries = |codes: &[&str]| Configuration {
        countries: codes.iter().map(|code| (*code).to_owned()).collect(),
        ..Configuration::default()
    };
    let table = [
        (consent(""), Some("customConsent.text")),
        (consent("I [agree](https://a.example) to [this](https://b.example)"), Some("customConsent.text")),
        (consent("I [agree](https://a.example)"), None),
        (external("http://klarna.example"), Some("externalPaymentMethods[0].redirectUrl")),
        (external("https://klarna.example"), None),
        (countries(&["NO", "no"]), Some("countries.supported")),
        (countries(&["NOR"]), Some("countries.supported")),
        (countries(&["NO", "SE"]), None),
    ];
    for (configuration, field) in table {
        let expected: Vec<_> = field.map(|field| format!("configuration.{field}")).into_iter().collect();
        assert_eq!(broken(&Terms { configuration, ..terms() }), expected);
    }
}

#[test]
fn a_merchant_is_asked_for_options_only_where_there_is_an_address() {
    let asked = |url: &str, elements| {
        let logistics = Logistics { callback_url: url.into(), fixed: Vec::new() };
        let configuration = Configuration { elements, ..Configuration::default() };
        Terms { logistics: Some(logistics), configuration, ..terms() }
    };
    let path = ["logistics.dynamicOptionsCallback"];
    assert!(broken(&asked("https://shop.example", Elements::Full)).is_empty());
    assert_eq!(broken(&asked("http://shop.example", Elements::Full)), path);
    assert_eq!(broken(&asked("https://shop.example", Elements::PaymentOnly)), path);
    assert!(asked("https://shop.example", Elements::Full).has_logistics());
    assert!(!asked("", Elements::Full).has_logistics());
    assert!(
        !Terms {
            configuration: Configuration { elements: Elements::PaymentOnly, ..Configuration::default() },
            ..terms_with_shipping()
        }
        .has_logistics()
    );
}

#[test]
fn the_merchants_token_is_never_printed() {
    assert!(!format!("{:?}", terms()).contains("a-token-of-the-shop"));
}
