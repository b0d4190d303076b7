//! `/management/v1/product-orders` and `/management/v2/product-orders`. What takes an order further is in `lives.rs`.

use kvitt_proto::merchant::v1::{CreatePricePackageRequest, Market, PricePackage, ProductType};
use kvitt_tests::requests::{fresh_key, with, without};
use kvitt_tests::{Answer, Mesh, Stack};
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Manager, named, order, problem, without_instance};

async fn partner() -> Manager {
    Manager::specialised(Stack::shared(), "partner_management").await
}

#[tokio::test]
async fn a_prefilled_order_has_a_url_for_the_merchant_and_can_be_read() {
    let stack = Stack::shared();
    for manager in [partner().await, Manager::standard(stack, stack.keys("partner")).await] {
        let answer = manager.prefill(&fresh_key(), &order()).await;
        let body = answer.is(201);
        assert_eq!(body.as_object().unwrap().len(), 2, "{body}");
        let id = body["prefilledOrderId"].as_str().unwrap();
        assert!(Uuid::try_parse(id).is_ok(), "{id}");
        let url = body["prefillUrl"].as_str().unwrap();
        assert!(url.starts_with("https://") && url.ends_with(&format!("/register/prefilled/{id}")), "{url}");

        let expected = json!({
            "productOrderType": "PREFILL", "productOrderId": id, "productType": "PAYMENT_INTEGRATION",
            "status": "RECEIVED",
            "businessIdentifier": {"scheme": "business:NO:ORG", "id": "987654325"},
            "productOrderUrl": url, "salesUnit": null,
        });
        assert_eq!(manager.details(id).await, expected);
        let listed = manager.read("/management/v2/product-orders").await;
        assert!(listed.as_array().unwrap().contains(&expected), "{listed}");
    }
}

#[tokio::test]
async fn m53_an_order_needs_an_idempotency_key_and_is_answered_alike_under_the_same_one() {
    let manager = partner().await;
    let bare = manager.request(Method::POST, "/management/v1/product-orders").json(&order());
    assert_eq!(named(&Answer::of(bare).await), ["Idempotency-Key"]);
    for broken in ["", "key_1", "key 1", &"k".repeat(51)] {
        assert_eq!(named(&manager.prefill(broken, &order()).await), ["Idempotency-Key"], "{broken}");
    }

    let key = fresh_key();
    let first = manager.prefill(&key, &order()).await;
    let again = manager.prefill(&key, &order()).await;
    assert_eq!(again.is(201), first.is(201));
    let other = manager.prefill(&key, &with(&order(), "/salesUnitName", json!("Another"))).await;
    problem(&other, 409);
    let fresh = manager.prefill(&fresh_key(), &order()).await;
    assert_ne!(fresh.is(201)["prefilledOrderId"], first.body["prefilledOrderId"]);
}

#[tokio::test]
async fn a_prefilled_order_may_leave_most_to_the_merchant_and_hold_what_nobody_knows() {
    let manager = partner().await;
    let least = json!({
        "businessIdentifier": {"scheme": "business:DK:CVR", "id": "12345674"},
        "productType": "LOGIN", "salesUnitName": null, "somethingNew": [1, 2],
    });
    let id = manager.prefilled(&least).await;
    let details = manager.details(&id).await;
    assert_eq!((&details["productType"], &details["status"]), (&"LOGIN".into(), &"RECEIVED".into()));
}

#[tokio::test]
async fn every_broken_field_is_named_as_the_client_knows_it() {
    let manager = partner().await;
    let broken = [
        ("/businessIdentifier/scheme", json!("business:SE:ORG"), "businessIdentifier.scheme"),
        ("/businessIdentifier/id", json!("987654321"), "businessIdentifier.id"),
        ("/businessIdentifier", json!(7), "businessIdentifier"),
        ("/productType", json!("COFFEE"), "productType"),
        ("/salesUnitName", json!("x".repeat(41)), "salesUnitName"),
        ("/salesUnitName", json!("A & B"), "salesUnitName"),
        ("/salesUnitLogo", json!("not base64"), "salesUnitLogo"),
        ("/salesUnitLogo", json!("bm8gcGljdHVyZQ=="), "salesUnitLogo"),
        ("/settlementBankAccount/id", json!("15034012359"), "settlementBankAccount.id"),
        ("/settlementBankAccount/scheme", json!("BBAN:SE"), "settlementBankAccount.scheme"),
        ("/pricePackageId", json!("x"), "pricePackageId"),
        ("/pricePackageId", json!(Uuid::new_v4()), "pricePackageId"),
        ("/productUseCase", json!("POS"), "productUseCase"),
        ("/annualTurnover", json!(-1), "annualTurnover"),
        ("/annualTurnoverPercentage", json!("15"), "annualTurnoverPercentage"),
        ("/intendedPurpose", json!("x".repeat(1001)), "intendedPurpose"),
        ("/app", json!({}), "app.appName"),
        ("/website/url", json!("http://shop.example"), "website.url"),
        ("/website/termsUrl", json!("nonsense"), "website.termsUrl"),
        ("/hasRecurring", json!("yes"), "hasRecurring"),
        ("/merchantCategoryCode", json!("12345"), "merchantCategoryCode"),
    ];
    for (pointer, value, field) in broken {
        let refused = manager.prefill(&fresh_key(), &with(&order(), pointer, value.clone())).await;
        assert_eq!(named(&refused), [field], "{pointer} = {value}");
    }
    for missing in ["/businessIdentifier", "/productType"] {
        let refused = manager.prefill(&fresh_key(), &without(&order(), missing)).await;
        assert_eq!(named(&refused), [missing.trim_start_matches('/')]);
    }
}

#[tokio::test]
async fn a_body_has_room_for_a_picture_and_not_for_more() {
    let manager = partner().await;
    let send = |logo: String| {
        let body = with(&order(), "/salesUnitLogo", json!(logo));
        let manager = &manager;
        async move { manager.prefill(&fresh_key(), &body).await }
    };
    // Two megabytes of base64 are read and are no picture; four are not read.
    assert_eq!(named(&send("A".repeat(2_000_000)).await), ["salesUnitLogo"]);
    problem(&send("A".repeat(4_000_000)).await, 413);
    let request = manager.request(Method::POST, "/management/v1/product-orders");
    let request = request.header("Idempotency-Key", fresh_key()).body("{\"productType\":");
    problem(&Answer::of(request).await, 400);
}

#[tokio::test]
async fn only_partners_prefill_orders_and_nobody_sees_anothers() {
    let stack = Stack::shared();
    let id = partner().await.prefilled(&order()).await;
    for manager in [
        Manager::specialised(stack, "merchant_management").await,
        Manager::standard(stack, stack.keys("full")).await,
        Manager::standard(stack, stack.keys("second")).await,
    ] {
        problem(&manager.prefill(&fresh_key(), &order()).await, 403);
        let absent = manager.delete(&Uuid::new_v4().to_string()).await;
        assert!(matches!(absent.status, 403 | 404), "{}", absent.text);
        let foreign = manager.delete(&id).await;
        assert_eq!(without_instance(&foreign), without_instance(&absent));
    }
    let second = Manager::standard(stack, stack.keys("second")).await;
    let details = |id: &str| format!("/management/v2/product-orders/{id}/details");
    let absent = second.get(&details(&Uuid::new_v4().to_string())).await;
    let foreign = second.get(&details(&id)).await;
    problem(&foreign, 404);
    assert_eq!(without_instance(&foreign), without_instance(&absent));
}

#[tokio::test]
async fn an_order_that_is_taken_back_is_gone() {
    let manager = partner().await;
    let id = manager.prefilled(&order()).await;
    assert!(manager.orders("").await.contains(&id));
    manager.delete(&id).await.is(200);
    problem(&manager.delete(&id).await, 404);
    problem(&manager.get(&format!("/management/v2/product-orders/{id}/details")).await, 404);
    assert!(!manager.orders("?includeExpired=true").await.contains(&id));
}

#[tokio::test]
async fn what_is_no_order_and_no_word_is_refused() {
    let manager = partner().await;
    for id in ["nonsense", "%ff", "7"] {
        assert_eq!(named(&manager.delete(id).await), ["productOrderId"], "{id}");
        let details = manager.get(&format!("/management/v2/product-orders/{id}/details")).await;
        assert_eq!(named(&details), ["productOrderId"], "{id}");
    }
    let refused = manager.get("/management/v2/product-orders?includeExpired=maybe").await;
    assert_eq!(named(&refused), ["includeExpired"]);
}

#[tokio::test]
async fn a_partner_is_told_the_prices_that_it_may_offer() {
    let stack = Stack::shared();
    let package = PricePackage {
        price_package_id: Uuid::new_v4().to_string(),
        name: "For one test".to_owned(),
        description: "2.99%".to_owned(),
        visible_in_signup_form: true,
        product_type: ProductType::PaymentIntegration.into(),
        market: Market::No.into(),
        commission_basis_points: 299,
        partner_id: String::new(),
    };
    let request = CreatePricePackageRequest { price_package: Some(package.clone()) };
    let created = Mesh::operator(stack).await.partners().create_price_package(request).await;
    created.expect("a price package can be registered");
    let expected = json!({
        "pricePackageId": package.price_package_id, "name": "For one test", "description": "2.99%",
        "visibleInSignupForm": true, "productType": "PAYMENT_INTEGRATION", "market": "NO", "commission": "2.99",
    });
    for manager in [partner().await, Manager::standard(stack, stack.keys("partner")).await] {
        let offered = manager.read("/management/v1/partners/price-packages").await;
        assert!(offered.as_array().unwrap().contains(&expected), "{offered}");
        manager.prefilled(&with(&order(), "/pricePackageId", json!(package.price_package_id))).await;
    }
    let unit = Manager::standard(stack, stack.keys("full")).await;
    let answer = unit.get("/management/v1/partners/price-packages").await;
    assert_eq!(problem(&answer, 403)["extraDetails"], Value::Null);
}
