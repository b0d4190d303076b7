use super::*;

fn option(id: &str) -> ShippingOption {
    ShippingOption {
        id: id.to_owned(),
        name: format!("Option {id}"),
        amount: Money::new(Currency::Nok, 4900),
        is_default: false,
        priority: None,
        meta: String::new(),
        estimated_delivery: String::new(),
    }
}

fn group(options: Vec<ShippingOption>) -> Group {
    Group {
        kind: "PICKUP_POINT".to_owned(),
        brand: "POSTEN".to_owned(),
        is_default: false,
        priority: None,
        options,
    }
}

fn offered(groups: Vec<Group>) -> Result<Groups, Unusable> {
    Groups::try_offered(groups, Money::new(Currency::Nok, 100))
}

fn ids(groups: &Groups) -> Vec<&str> {
    groups.0.iter().flat_map(|group| &group.options).map(|option| option.id.as_str()).collect()
}

#[test]
fn defaults_are_shown_first_then_by_priority_then_as_named() {
    let with = |id: &str, is_default, priority| ShippingOption { is_default, priority, ..option(id) };
    let groups = offered(vec![
        group(vec![
            option("f"),
            with("e", false, Some(3)),
            with("d", false, Some(-1)),
            with("c", true, Some(9)),
        ]),
        Group { priority: Some(7), ..group(vec![option("b")]) },
        Group { is_default: true, ..group(vec![option("a")]) },
    ]);
    assert_eq!(ids(&groups.unwrap()), ["a", "b", "c", "d", "e", "f"]);
}

#[test]
fn who_chooses_nothing_gets_the_first_default_option_or_else_the_first() {
    let default = ShippingOption { is_default: true, ..option("b") };
    let groups = offered(vec![group(vec![option("a")]), group(vec![option("c"), default])]).unwrap();
    assert_eq!(groups.choose(None).unwrap().id, "b");
    assert_eq!(groups.choose(Some("c")).unwrap().id, "c");
    assert_eq!(groups.choose(Some("x")), None);
    let none_default = offered(vec![group(vec![option("a"), option("b")])]).unwrap();
    assert_eq!(none_default.choose(None).unwrap().id, "a");
}

#[test]
fn what_a_merchants_server_names_is_judged() {
    let one = |option| vec![group(vec![option])];
    let priced = |currency, minor| one(ShippingOption { amount: Money::new(currency, minor), ..option("a") });
    let many = |count: usize| vec![group((0..count).map(|number| option(&number.to_string())).collect())];
    let long = |count| "å".repeat(count);
    let table = [
        (vec![], Err(Unusable::NoOption)),
        (vec![group(vec![])], Err(Unusable::NoOption)),
        (vec![group(vec![]), group(vec![option("a")])], Ok(())),
        (many(MAX_OPTIONS), Ok(())),
        (many(MAX_OPTIONS + 1), Err(Unusable::TooMany)),
        (vec![group(vec![option("a")]), group(vec![option("a")])], Err(Unusable::DuplicateId)),
        (priced(Currency::Nok, 0), Ok(())),
        (priced(Currency::Nok, -1), Err(Unusable::Price)),
        (priced(Currency::Nok, MAX_TOTAL_MINOR - 100), Ok(())),
        (priced(Currency::Nok, MAX_TOTAL_MINOR - 99), Err(Unusable::Price)),
        (priced(Currency::Nok, i64::MAX), Err(Unusable::Price)),
        (priced(Currency::Sek, 1), Err(Unusable::Currency)),
        (one(ShippingOption { name: long(256), ..option("a") }), Ok(())),
        (one(ShippingOption { name: long(257), ..option("a") }), Err(Unusable::Text)),
        (one(ShippingOption { name: " ".to_owned(), ..option("a") }), Err(Unusable::Text)),
        (one(ShippingOption { name: "a\0b".to_owned(), ..option("a") }), Err(Unusable::Text)),
        (one(option("")), Err(Unusable::Text)),
        (one(option(&long(201))), Err(Unusable::Text)),
        (one(ShippingOption { meta: long(1001), ..option("a") }), Err(Unusable::Text)),
        (one(ShippingOption { meta: "two\nlines".to_owned(), ..option("a") }), Ok(())),
        (one(ShippingOption { estimated_delivery: long(1001), ..option("a") }), Err(Unusable::Text)),
        (vec![Group { kind: "DRONE".to_owned(), ..group(vec![option("a")]) }], Err(Unusable::Unknown)),
        (vec![Group { brand: "posten".to_owned(), ..group(vec![option("a")]) }], Err(Unusable::Unknown)),
    ];
    for (groups, expected) in table {
        assert_eq!(offered(groups.clone()).map(|_| ()), expected, "{groups:?}");
    }
}

#[test]
fn goods_go_to_the_country_of_the_currency_unless_others_are_named() {
    let shipping = |allowed: &[&str]| Shipping {
        source: Source::Fixed(Groups::fixed(vec![])),
        allowed_countries: allowed.iter().map(|&country| country.to_owned()).collect(),
    };
    for (allowed, country, currency, goes) in [
        (&[] as &[&str], "NO", Currency::Nok, true),
        (&[], "DK", Currency::Nok, false),
        (&[], "DK", Currency::Dkk, true),
        (&[], "FI", Currency::Eur, true),
        (&[], "SE", Currency::Sek, false),
        (&["SE", "DK"], "DK", Currency::Nok, true),
        (&["SE", "DK"], "NO", Currency::Nok, false),
    ] {
        assert_eq!(shipping(allowed).sends_to(country, currency), goes, "{allowed:?} {country}");
    }
}

#[test]
fn a_callback_shows_neither_its_url_nor_its_token() {
    let callback = Callback {
        url: "https://shop.example/s3cret".to_owned(),
        token: "t0ken".to_owned(),
        style: Style::Ecom,
    };
    let shown = format!("{callback:?}");
    assert!(!shown.contains("s3cret") && !shown.contains("t0ken"), "{shown}");
}
