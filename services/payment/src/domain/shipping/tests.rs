use kvitt_primitives::Currency;

use super::*;

fn nok(minor: i64) -> Money {
    Money::new(Currency::Nok, minor)
}

fn option(id: &str, minor: i64) -> ShippingOption {
    ShippingOption {
        id: id.into(),
        name: format!("The {id} way"),
        amount: nok(minor),
        is_default: false,
        priority: None,
        meta: None,
        estimated_delivery: None,
    }
}

fn group(kind: &str, brand: &str, options: Vec<ShippingOption>) -> ShippingGroup {
    ShippingGroup { kind: kind.into(), brand: brand.into(), options, is_default: false, priority: None }
}

fn fixed(groups: Vec<ShippingGroup>) -> Shipping {
    Shipping { options: ShippingOptions::Fixed(groups), allowed_countries: Vec::new() }
}

fn dynamic(callback_url: &str, style: CallbackStyle) -> Shipping {
    let token = Some(CallbackToken::new("secret".into()));
    let options = DynamicOptions { callback_url: callback_url.into(), token, style };
    Shipping { options: ShippingOptions::Dynamic(options), allowed_countries: Vec::new() }
}

fn fields(shipping: &Shipping) -> Vec<String> {
    let mut found = Vec::new();
    shipping.violations(nok(100), Callbacks::Https, &mut found);
    found.into_iter().map(|(field, _)| field).collect()
}

#[test]
fn every_broken_rule_of_the_fixed_options_is_named_where_it_is() {
    let good = || group("HOME_DELIVERY", "POSTEN", vec![option("home", 4900)]);
    let mailbox = |option| group("MAILBOX", "POSTEN", vec![option]);
    let of_option = |broken: ShippingOption| fixed(vec![good(), mailbox(broken)]);
    let option_path = |field: &str| vec![format!("shipping.fixedOptions[1].options[0].{field}")];
    let named = |name| ShippingOption { name, ..option("x", 1) };
    let in_danish = ShippingOption { amount: Money::new(Currency::Dkk, 1), ..option("x", 0) };
    let table = [
        (fixed(vec![good()]), vec![]),
        (of_option(option("free", 0)), vec![]),
        (fixed(vec![]), vec!["shipping.fixedOptions".into()]),
        (
            fixed(vec![good(), good()]),
            vec!["shipping.fixedOptions[1]".into(), "shipping.fixedOptions[1].options[0].id".into()],
        ),
        (
            fixed(vec![group("HOME", "POSTEN", vec![option("a", 1)])]),
            vec!["shipping.fixedOptions[0].type".into()],
        ),
        (
            fixed(vec![group("OTHER", "Posten", vec![option("a", 1)])]),
            vec!["shipping.fixedOptions[0].brand".into()],
        ),
        (fixed(vec![group("OTHER", "OTHER", vec![])]), vec!["shipping.fixedOptions[0].options".into()]),
        (of_option(option("home", 1)), option_path("id")),
        (of_option(option("", 1)), option_path("id")),
        (of_option(option(&"x".repeat(200), 1)), vec![]),
        (of_option(option(&"x".repeat(201), 1)), option_path("id")),
        (of_option(named("å".repeat(256))), vec![]),
        (of_option(named("å".repeat(257))), option_path("name")),
        (of_option(named(String::new())), option_path("name")),
        (of_option(ShippingOption { meta: Some("\0".into()), ..option("x", 1) }), option_path("meta")),
        (of_option(in_danish), option_path("amount.currency")),
        (of_option(option("x", -1)), option_path("amount.value")),
        (of_option(option("x", 64_999_900)), vec![]),
        (of_option(option("x", 64_999_901)), option_path("amount.value")),
        (of_option(option("x", i64::MAX)), option_path("amount.value")),
    ];
    for (shipping, expected) in table {
        assert_eq!(fields(&shipping), expected, "{shipping:?}");
    }
    let brands = BRANDS.iter().flat_map(|brand| TYPES.map(|kind| (kind, *brand)));
    let many =
        brands.enumerate().map(|(n, (kind, brand))| group(kind, brand, vec![option(&n.to_string(), 1)]));
    assert_eq!(fields(&fixed(many.collect())), ["shipping.fixedOptions"]);
    let options = (0..101).map(|number| option(&number.to_string(), 1)).collect();
    assert_eq!(fields(&fixed(vec![group("OTHER", "OTHER", options)])), ["shipping.fixedOptions[0].options"]);
}

#[test]
fn countries_are_two_upper_case_letters() {
    let countries = ["NO", "no", "NOR", "Ø", ""].map(str::to_owned).to_vec();
    let shipping =
        Shipping { allowed_countries: countries, ..dynamic("https://shop.example", CallbackStyle::Epayment) };
    let expected = [1, 2, 3, 4].map(|index| format!("shipping.allowedCountries[{index}]"));
    assert_eq!(fields(&shipping), expected);
}

#[test]
fn a_prefix_of_ecom_is_judged_as_a_field_and_the_url_of_epayment_by_its_code() {
    assert_eq!(
        fields(&dynamic("http://shop.example", CallbackStyle::Ecom)),
        ["merchantInfo.shippingDetailsPrefix"]
    );
    assert_eq!(fields(&dynamic("https://shop.example", CallbackStyle::Ecom)), [""; 0]);
    let epayment = dynamic("http://shop.example", CallbackStyle::Epayment);
    assert_eq!(fields(&epayment), [""; 0]);
    assert_eq!(epayment.callback_url(), Some("http://shop.example"));
}

#[test]
fn the_payer_chooses_what_is_offered_and_nothing_else() {
    let fixed = fixed(vec![group("OTHER", "OTHER", vec![option("home", 4900), option("free", 0)])]);
    let dynamic = dynamic("https://shop.example", CallbackStyle::Epayment);
    let danish = ShippingOption { amount: Money::new(Currency::Dkk, 4900), ..option("home", 0) };
    let table = [
        (option("home", 4900), Some(4900), Some(4900)),
        (option("free", 0), Some(0), Some(0)),
        (option("home", 0), None, Some(0)),
        (option("drone", 4900), None, Some(4900)),
        (option("home", -1), None, None),
        (option("", 1), None, None),
        (option("x", 64_999_901), None, None),
        (danish, None, None),
    ];
    for (option, of_fixed, of_dynamic) in table {
        let cost = |shipping: &Shipping| shipping.choose(&option, nok(100)).map(|chosen| chosen.cost);
        assert_eq!((cost(&fixed), cost(&dynamic)), (of_fixed, of_dynamic), "{option:?}");
    }
    let renamed = ShippingOption { name: "Gold".into(), ..option("home", 4900) };
    assert_eq!(fixed.choose(&renamed, nok(100)).unwrap().name, "The home way");
}
