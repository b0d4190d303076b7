use serde_json::json;

use super::*;

pub(crate) fn option(id: &str, minor: i64) -> ShippingOption {
    ShippingOption {
        id: id.into(),
        brand: Brand::Posten,
        kind: "MAILBOX".into(),
        custom_type: String::new(),
        title: String::new(),
        description: String::new(),
        amount: Some(Money::new(Currency::Nok, minor)),
        priority: 1,
        is_default: false,
        tax_rate: None,
    }
}

fn broken(options: Vec<ShippingOption>) -> Vec<String> {
    let mut found = Found::default();
    Logistics { fixed: options, ..Logistics::default() }.check(Currency::Nok, &mut found);
    found.0.into_iter().map(|(path, _)| path).collect()
}

#[test]
fn every_broken_rule_of_an_option_is_named_by_its_path() {
    let path = |name: &str| format!("logistics.fixedOptions[0].{name}");
    let good = || option("a", 300);
    let dear = Money::new(Currency::Nok, LARGEST_AMOUNT + 1);
    let table = [
        (ShippingOption { id: String::new(), ..good() }, "id"),
        (ShippingOption { id: "x".repeat(201), ..good() }, "id"),
        (ShippingOption { priority: -1, ..good() }, "priority"),
        (ShippingOption { kind: "CARRIER_PIGEON".into(), ..good() }, "type"),
        (ShippingOption { brand: Brand::Gls, ..good() }, "type"),
        (ShippingOption { brand: Brand::Other, ..good() }, "title"),
        (ShippingOption { description: "x".repeat(1001), ..good() }, "description"),
        (ShippingOption { tax_rate: Some(10_001), ..good() }, "taxRate"),
        (ShippingOption { amount: None, ..good() }, "amount"),
        (ShippingOption { amount: Some(Money::new(Currency::Dkk, 1)), ..good() }, "amount.currency"),
        (ShippingOption { amount: Some(Money::new(Currency::Nok, -1)), ..good() }, "amount.value"),
        (ShippingOption { amount: Some(dear), ..good() }, "amount.value"),
    ];
    for (option, name) in table {
        assert_eq!(broken(vec![option]), [path(name)]);
    }
    assert_eq!(broken(vec![good(), good()]), ["logistics.fixedOptions[1].id"]);
    assert!(broken(vec![good(), option("b", 0)]).is_empty());
}

#[test]
fn options_are_shown_by_priority_and_only_with_a_price() {
    let mut first = option("first", 1);
    first.priority = 0;
    let porterbuddy = ShippingOption {
        brand: Brand::Porterbuddy,
        kind: String::new(),
        amount: None,
        ..option("porterbuddy", 0)
    };
    let fixed = vec![option("second", 1), porterbuddy, option("third", 1), first];
    assert!(broken(fixed.clone()).is_empty());
    let logistics = Logistics { fixed, ..Logistics::default() };
    let shown: Vec<_> = logistics.offered().into_iter().map(|option| option.id).collect();
    assert_eq!(shown, ["first", "second", "third"]);
}

fn answered(change: impl FnOnce(&mut Value)) -> Result<Vec<ShippingOption>, Unusable> {
    let mut option = json!({
        "id": "express", "brand": "POSTEN", "type": "HOME_DELIVERY", "priority": 1, "isDefault": true,
        "amount": {"value": 4900, "currency": "NOK"}, "description": null, "unknown": [1]
    });
    change(&mut option);
    read_answer(json!([option]).to_string().as_bytes(), Currency::Nok)
}

#[test]
fn an_answer_is_a_list_of_options() {
    let options = answered(|_| ()).unwrap();
    assert_eq!(options.len(), 1);
    assert_eq!(options[0].amount, Some(Money::new(Currency::Nok, 4900)));
    assert_eq!(answered(|option| option["amount"]["value"] = json!(4900.0)), Ok(options));
    for nothing in ["null", "[]", " [ ] "] {
        assert_eq!(read_answer(nothing.as_bytes(), Currency::Nok), Ok(Vec::new()), "{nothing}");
    }
}

#[test]
fn a_hostile_answer_is_unusable_as_a_whole() {
    type Damage = fn(&mut Value);
    let damages: [Damage; 12] = [
        |option| option["amount"]["value"] = json!(-1),
        |option| option["amount"]["value"] = json!(0.5),
        |option| option["amount"]["value"] = json!("4900"),
        |option| option["amount"]["value"] = json!(1e300),
        |option| option["amount"]["currency"] = json!("EUR"),
        |option| option["amount"]["currency"] = json!("XYZ"),
        |option| option["amount"] = Value::Null,
        |option| option["brand"] = json!("WIZARD"),
        |option| option["id"] = json!(7),
        |option| option["id"] = json!("\0"),
        |option| option["priority"] = json!(4_294_967_296_i64),
        |option| option["isDefault"] = json!("yes"),
    ];
    for (number, damage) in damages.into_iter().enumerate() {
        assert_eq!(answered(damage), Err(Unusable), "damage {number}");
    }
    let many = format!("[{}]", vec!["{}"; 101].join(","));
    let deep = "[".repeat(100_000);
    let same = json!([{"id": "a", "brand": "GLS", "priority": 1, "isDefault": false,
        "amount": {"value": 1, "currency": "NOK"}}]);
    let twice = json!([same[0], same[0]]).to_string();
    for body in ["", "{}", "1", "\"[]\"", "<html>", "[1]", &many, &deep, &twice] {
        let shown = &body[..body.len().min(20)];
        assert_eq!(read_answer(body.as_bytes(), Currency::Nok), Err(Unusable), "{shown}");
    }
    assert_eq!(read_answer(b"[\xff]", Currency::Nok), Err(Unusable));
}
