use std::collections::{BTreeMap, BTreeSet};

use kvitt_primitives::{Currency, IdempotencyKey, PhoneNumber, Reference};
use kvitt_proto::refusal;
use serde_json::Value;

use super::*;
use crate::{
    body::{Faults, Field, Tree},
    epayment::json::read,
};

fn told(with_sandbox: bool) -> Value {
    serde_json::to_value(super::document(with_sandbox)).unwrap()
}

/// Every operation of a document: path, method and what is said of it.
fn all(document: &Value) -> Vec<(&str, &str, &Value)> {
    let paths = document["paths"].as_object().unwrap().iter();
    paths
        .flat_map(|(path, methods)| {
            let methods = methods.as_object().unwrap().iter();
            methods.map(move |(method, operation)| (path.as_str(), method.as_str(), operation))
        })
        .collect()
}

/// Which methods a document has for which path, as the header `Allow` of the path's route would name them.
pub(crate) fn methods(with_sandbox: bool) -> BTreeMap<String, BTreeSet<String>> {
    let mut methods: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (path, method, _) in all(&told(with_sandbox)) {
        let of_path = methods.entry(path.to_owned()).or_default();
        of_path.insert(method.to_uppercase());
        if method == "get" {
            of_path.insert("HEAD".to_owned());
        }
    }
    methods
}

#[test]
fn every_operation_has_a_name_of_its_own_a_summary_and_a_tag_that_is_explained() {
    let document = told(true);
    let tags: BTreeSet<_> =
        document["tags"].as_array().unwrap().iter().map(|tag| tag["name"].as_str().unwrap()).collect();
    let mut names = BTreeSet::new();
    for (path, method, operation) in all(&document) {
        let name = operation["operationId"].as_str().unwrap();
        assert!(names.insert(name.to_owned()), "{name} stands twice");
        assert!(operation["summary"].is_string(), "{method} {path}");
        assert!(tags.contains(operation["tags"][0].as_str().unwrap()), "{method} {path}");
    }
    let used: BTreeSet<_> =
        all(&document).into_iter().map(|(_, _, operation)| operation["tags"][0].as_str().unwrap()).collect();
    assert_eq!(used, tags);
}

#[test]
fn every_operation_tells_how_it_goes_well_and_how_it_is_refused() {
    for (path, method, operation) in all(&told(true)) {
        let responses = operation["responses"].as_object().unwrap();
        let statuses: BTreeSet<u16> = responses.keys().map(|status| status.parse().unwrap()).collect();
        let what = format!("{method} {path}: {statuses:?}");
        // One that only sends on succeeds by doing so.
        let succeeds = |status: &&u16| **status < 300 || **status == 302;
        assert_eq!(statuses.iter().filter(succeeds).count(), 1, "{what}");
        for status in [431, 500, 503, 504] {
            assert!(statuses.contains(&status), "{what}");
        }
        if operation["requestBody"].is_object() {
            assert!(statuses.contains(&400) && statuses.contains(&413), "{what}");
        }
        if operation["security"].is_array() {
            assert!(statuses.contains(&401) && statuses.contains(&429), "{what}");
        }
        for (status, response) in responses {
            assert!(response["description"].is_string(), "{what}");
            let may_be_empty = ["200", "302", "304"].contains(&status.as_str());
            assert!(may_be_empty || response["content"].is_object() == (status != "204"), "{what} {status}");
        }
    }
}

#[test]
fn no_two_schemas_share_a_name_and_none_is_missing() {
    let mut known = BTreeMap::new();
    for operation in operations(true) {
        for (name, schema) in operation.described().schemas {
            let schema = serde_json::to_value(schema).unwrap();
            let before = known.insert(name.clone(), schema.clone());
            assert!(before.is_none_or(|before| before == schema), "{name} is two things");
        }
    }
    let document = told(true).to_string();
    for reference in document.split("\"#/components/schemas/").skip(1) {
        let name = reference.split('"').next().unwrap();
        assert!(known.contains_key(name), "{name} is nowhere");
    }
}

/// Developers' tools, payment links, payouts and reports, which are ours and everywhere.
const TOOLS: [&str; 6] = [
    "/kvitt/v1/dashboard",
    "/kvitt/v1/deliveries",
    "/kvitt/v1/payment-links",
    "/kvitt/v1/payouts",
    "/kvitt/v1/reports",
    "/kvitt/v1/webhooks/",
];

#[test]
fn without_a_sandbox_nobody_hears_of_one() {
    for (path, _, operation) in all(&told(false)) {
        assert!(!path.contains("/test/") && !path.contains("/integration-test/"), "{path}");
        let is_tool = TOOLS.iter().any(|tool| path.starts_with(tool));
        assert!(is_tool || !path.starts_with("/kvitt/"), "{path}");
        assert!(operation["tags"][0] != "Sandbox", "{path}");
    }
    assert!(!told(false).to_string().contains("simulated"));
}

#[test]
fn the_rules_of_the_document_are_those_of_the_code() {
    let schemas = &told(true)["components"]["schemas"];
    let matches = |name: &str, rule: &str| {
        let pattern = schemas[name]["pattern"].as_str().unwrap();
        assert!(rule.contains(&format!("'{pattern}'")), "{name}: {pattern} is not in {rule}");
    };
    matches("epayment.NewReference", Reference::EPAYMENT_RULE);
    matches("ecomm.NewOrderId", Reference::ECOM_RULE);
    matches("PhoneNumber", PhoneNumber::RULE);
    let currencies: Vec<_> = Currency::ALL.iter().map(|currency| currency.code()).collect();
    assert_eq!(schemas["Currency"]["enum"], serde_json::json!(currencies));
    let document = told(true);
    let (_, _, create) =
        all(&document).into_iter().find(|(_, _, one)| one["operationId"] == "createPayment").unwrap();
    let key =
        create["parameters"].as_array().unwrap().iter().find(|one| one["name"] == "Idempotency-Key").unwrap();
    let longest = key["schema"]["maxLength"].as_u64().unwrap().try_into().unwrap();
    assert!("k".repeat(longest).parse::<IdempotencyKey>().is_ok());
    assert!("k".repeat(longest + 1).parse::<IdempotencyKey>().is_err());
}

/// What a reader says of a word that nobody knows names all that it knows.
#[test]
fn the_words_of_the_document_are_those_that_the_reader_takes() {
    type Read = fn(&Field<'_>);
    let table: [(&str, Read); 6] = [
        ("Currency", |field| _ = read::currency(field)),
        ("epayment.PaymentMethodType", |field| _ = read::method_type(field)),
        ("epayment.UserFlow", |field| _ = read::user_flow(field)),
        ("epayment.CustomerInteraction", |field| _ = read::customer_interaction(field)),
        ("epayment.BlockedSource", |field| _ = read::blocked_sources(field)),
        ("epayment.QrFormat", |field| _ = read::qr_options(field)),
    ];
    let document = told(true);
    for (name, read) in table {
        let body = match name {
            "epayment.BlockedSource" => r#"{"x":["?"]}"#,
            "epayment.QrFormat" => r#"{"x":{"format":"?"}}"#,
            _ => r#"{"x":"?"}"#,
        };
        let (tree, faults) = (Tree::parse(body.as_bytes()).unwrap(), Faults::default());
        read(&Field::root(&tree, &faults).unwrap().field("x"));
        let broken = refusal::field_violations_of(&faults.finish().unwrap_err());
        let words = document["components"]["schemas"][name]["enum"].as_array().unwrap();
        let words: Vec<_> = words.iter().map(|word| word.as_str().unwrap()).collect();
        assert_eq!(broken[0].description, format!("must be one of {}", words.join(", ")), "{name}");
    }
}

#[test]
fn the_example_of_a_create_is_one_that_the_reader_takes() {
    let document = told(true);
    let (_, _, create) =
        all(&document).into_iter().find(|(_, _, one)| one["operationId"] == "createPayment").unwrap();
    let example = create["requestBody"]["content"]["application/json"]["example"].to_string();
    let (tree, faults) = (Tree::parse(example.as_bytes()).unwrap(), Faults::default());
    let root = Field::root(&tree, &faults).unwrap();
    read::amount(&root.field("amount").required());
    read::reference(&root.field("reference").required());
    read::user_flow(&root.field("userFlow").required());
    assert!(faults.finish().is_ok());
}
