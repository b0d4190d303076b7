//! `GET /management/v1/merchants/{scheme}/{id}` and its sales units.

use kvitt_tests::Stack;
use serde_json::json;

use super::{FJORDBUTIKKEN, Manager, NORWEGIAN, named, problem, without_instance};

fn path(scheme: &str, id: &str) -> String {
    format!("/management/v1/merchants/{scheme}/{id}")
}

#[tokio::test]
async fn a_merchant_is_shown_to_its_own_keys_and_to_the_partner_of_a_unit() {
    let stack = Stack::shared();
    let managers = [
        Manager::specialised(stack, "merchant_management").await,
        Manager::specialised(stack, "partner_management").await,
        Manager::standard(stack, stack.keys("partner")).await,
        Manager::standard(stack, stack.keys("full")).await,
    ];
    for manager in &managers {
        let merchant = manager.read(&path(NORWEGIAN, FJORDBUTIKKEN)).await;
        assert_eq!(merchant["businessIdentifier"]["scheme"], NORWEGIAN);
        assert_eq!(merchant["businessIdentifier"]["id"], FJORDBUTIKKEN);
        assert_eq!(merchant["name"], "Fjordbutikken AS");
        assert_eq!((&merchant["status"], &merchant["countryCode"]), (&"ACTIVE".into(), &"NO".into()));
        for name in ["createdAt", "updatedAt"] {
            let at = merchant[name].as_str().unwrap();
            assert!(chrono::DateTime::parse_from_rfc3339(at).is_ok(), "{name}: {at}");
        }
        for name in ["businessAddress", "businessPostAddress"] {
            assert!(merchant[name].is_null() || merchant[name]["lines"].is_array(), "{merchant}");
        }
    }
}

#[tokio::test]
async fn a_merchant_of_others_is_as_absent_as_one_that_is_nowhere() {
    let stack = Stack::shared();
    let strangers = [
        (Manager::specialised(stack, "merchant_management").await, (NORWEGIAN, "314159268")),
        (Manager::specialised(stack, "partner_management").await, ("business:DK:CVR", "12345674")),
        (Manager::standard(stack, stack.keys("partner")).await, ("business:FI:Y-tunnus", "1234567-1")),
        (Manager::standard(stack, stack.keys("second")).await, (NORWEGIAN, FJORDBUTIKKEN)),
    ];
    for (manager, (scheme, id)) in &strangers {
        for rest in ["", "/sales-units"] {
            let foreign = manager.get(&format!("{}{rest}", path(scheme, id))).await;
            // A number that is right and nobody's.
            let absent = manager.get(&format!("{}{rest}", path(NORWEGIAN, "999999999"))).await;
            problem(&foreign, 404);
            problem(&absent, 404);
            assert_eq!(without_instance(&foreign), without_instance(&absent), "{scheme} {id}");
        }
    }
}

#[tokio::test]
async fn an_identifier_that_is_none_is_refused_with_its_part_named() {
    let manager = Manager::specialised(Stack::shared(), "partner_management").await;
    let table = [
        ("business:SE:ORG", FJORDBUTIKKEN, "businessIdentifier.scheme"),
        ("business%3ANO%3AORG", "987654321", "businessIdentifier.id"),
        (NORWEGIAN, "98765432", "businessIdentifier.id"),
        (NORWEGIAN, "1%27%20OR%201%3D1", "businessIdentifier.id"),
        ("%ff", "%ff", "businessIdentifier.scheme"),
    ];
    for (scheme, id, field) in table {
        for rest in ["", "/sales-units"] {
            let refused = manager.get(&format!("{}{rest}", path(scheme, id))).await;
            assert_eq!(named(&refused), [field], "{scheme} {id}");
        }
    }
}

#[tokio::test]
async fn a_merchants_units_are_those_that_the_caller_may_see() {
    let stack = Stack::shared();
    let path = format!("{}/sales-units", path(NORWEGIAN, FJORDBUTIKKEN));
    let all = Manager::specialised(stack, "merchant_management").await.msns(&path).await;
    for msn in ["300001", "300002", "300003"] {
        assert!(all.iter().any(|known| known == msn), "{all:?}");
    }
    assert!(all.is_sorted(), "{all:?}");
    for manager in [
        Manager::specialised(stack, "partner_management").await,
        Manager::standard(stack, stack.keys("partner")).await,
        Manager::standard(stack, stack.keys("full")).await,
    ] {
        let seen = manager.read(&path).await;
        assert_eq!(seen, json!([{"msn": "300001", "name": "Fjordbutikken"}]));
    }
    assert!(!all.contains(&"400001".to_owned()), "{all:?}");
}
