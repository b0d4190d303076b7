use http::{HeaderName, HeaderValue};
use kvitt_proto::merchant::v1::ProductType;
use kvitt_proto::{error::v1::Reason, refusal};
use serde_json::{Value, json};

use super::*;

fn headers(keys: &[&str]) -> HeaderMap {
    let name = HeaderName::from_static("idempotency-key");
    let mut headers = HeaderMap::new();
    for key in keys {
        headers.append(&name, HeaderValue::from_bytes(key.as_bytes()).unwrap());
    }
    headers
}

fn minimal() -> Value {
    json!({
        "businessIdentifier": {"scheme": "business:NO:ORG", "id": "987654325"},
        "productType": "PAYMENT_INTEGRATION",
    })
}

fn read(body: &Value) -> Result<PrefillOrderRequest, Status> {
    decode(&headers(&["key-1"]), body.to_string().as_bytes())
}

fn named(refused: &Status) -> Vec<String> {
    refusal::field_violations_of(refused).into_iter().map(|violation| violation.field).collect()
}

/// The fields that are named when the minimal body has this one too.
fn named_with(name: &str, value: Value) -> Vec<String> {
    let mut body = minimal();
    body[name] = value;
    named(&read(&body).unwrap_err())
}

#[test]
fn an_order_may_leave_everything_to_the_merchant_but_who_and_what() {
    let request = read(&minimal()).unwrap();
    assert_eq!(request.idempotency_key, "key-1");
    assert_eq!(
        (request.business_scheme.as_str(), request.business_id.as_str()),
        ("business:NO:ORG", "987654325")
    );
    let product = request.product.unwrap();
    assert_eq!(product.product_type(), ProductType::PaymentIntegration);
    let nothing =
        kvitt_proto::merchant::v1::Product { product_type: product.product_type, ..Default::default() };
    assert_eq!(product, nothing);
}

#[test]
fn every_field_finds_its_place() {
    let mut body = minimal();
    let rest = json!({
        "salesUnitName": "Butikken", "salesUnitLogo": "iVBORw0KGgo=",
        "settlementBankAccount": {"scheme": "BBAN:NO", "id": "86011117947"},
        "pricePackageId": "0e0f6f0c-5c7f-4b4f-9a0e-2f4f5b0b7a11", "productUseCase": "WebsiteWithTest",
        "annualTurnover": 1_000_000, "annualTurnoverPercentage": "30", "intendedPurpose": "Coffee",
        "app": {"appName": "Kaffe"},
        "website": {
            "url": "https://shop.example", "termsUrl": "https://shop.example/terms",
            "testWebsiteUrl": "https://test.shop.example", "testWebsiteUsername": "kari",
            "testWebsitePassword": "hemmelig",
        },
        "hasRecurring": true, "merchantCategoryCode": "0763", "unknown": {"is": "tolerated"},
    });
    body.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
    let product = read(&body).unwrap().product.unwrap();
    assert_eq!(product.sales_unit_name, "Butikken");
    assert_eq!(product.logo_png, [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n']);
    let account = product.settlement_account.unwrap();
    assert_eq!((account.scheme.as_str(), account.id.as_str()), ("BBAN:NO", "86011117947"));
    assert_eq!(product.price_package_id, "0e0f6f0c-5c7f-4b4f-9a0e-2f4f5b0b7a11");
    assert_eq!((product.use_case.as_str(), product.annual_turnover), ("WebsiteWithTest", 1_000_000));
    assert_eq!(
        (product.annual_turnover_percentage.as_str(), product.intended_purpose.as_str()),
        ("30", "Coffee")
    );
    assert_eq!(product.app_name, "Kaffe");
    assert_eq!(product.website_url, "https://shop.example");
    assert_eq!(product.website_terms_url, "https://shop.example/terms");
    assert_eq!(product.test_website_url, "https://test.shop.example");
    assert_eq!(
        (product.test_website_username.as_str(), product.test_website_password.as_str()),
        ("kari", "hemmelig")
    );
    assert_eq!((product.has_recurring, product.merchant_category_code.as_str()), (true, "0763"));
}

#[test]
fn a_field_of_another_type_is_named() {
    let table = [
        ("businessIdentifier", json!("987654325"), "businessIdentifier"),
        ("businessIdentifier", json!({"scheme": "business:NO:ORG"}), "businessIdentifier.id"),
        ("productType", json!("COFFEE"), "productType"),
        ("productType", Value::Null, "productType"),
        ("salesUnitName", json!(7), "salesUnitName"),
        ("salesUnitLogo", json!("no base64!"), "salesUnitLogo"),
        ("salesUnitLogo", json!({}), "salesUnitLogo"),
        ("settlementBankAccount", json!({"id": "86011117947"}), "settlementBankAccount.scheme"),
        ("productUseCase", json!("website"), "productUseCase"),
        ("annualTurnover", json!(1.5), "annualTurnover"),
        ("annualTurnover", json!(9_223_372_036_854_775_808_u64), "annualTurnover"),
        ("app", json!({}), "app.appName"),
        ("website", json!({"url": "https://shop.example"}), "website.termsUrl"),
        ("website", json!([]), "website"),
        ("hasRecurring", json!("true"), "hasRecurring"),
        ("merchantCategoryCode", json!(763), "merchantCategoryCode"),
        ("intendedPurpose", json!("NUL: \0"), "intendedPurpose"),
    ];
    for (name, value, field) in table {
        assert_eq!(named_with(name, value.clone()), [field], "{name} = {value}");
    }
}

#[test]
fn header_and_body_are_judged_together() {
    let broken = [
        (&[] as &[&str], "is required"),
        (&[""], "is required"),
        (&["key_1"], KEY_RULE),
        (&["æ"], KEY_RULE),
        (&["a", "b"], KEY_RULE),
        (&[&"k".repeat(51)], KEY_RULE),
    ];
    for (keys, rule) in broken {
        let refused = decode(&headers(keys), b"{}").unwrap_err();
        let violations = refusal::field_violations_of(&refused);
        assert_eq!(violations[0].description, rule, "{keys:?}");
        assert_eq!(named(&refused), ["Idempotency-Key", "businessIdentifier", "productType"], "{keys:?}");
    }
    let key = "k".repeat(50);
    let longest = decode(&headers(&[&key]), minimal().to_string().as_bytes()).unwrap();
    assert_eq!(longest.idempotency_key, key);
    for body in ["[]", "7", "{"] {
        let refused = decode(&headers(&["key-1"]), body.as_bytes()).unwrap_err();
        assert_eq!(refusal::reason_of(&refused), Some(Reason::BodyMalformed), "{body}");
    }
}
