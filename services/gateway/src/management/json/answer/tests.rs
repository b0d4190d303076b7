use kvitt_proto::merchant::v1::{Company, Product};
use serde_json::{Value, json};

use super::*;

const URL: &str = "https://portal.example/register/prefilled/";

fn merchant() -> v1::Merchant {
    let at = |seconds| Some(Timestamp { seconds, nanos: 0 });
    v1::Merchant {
        merchant_id: "m".to_owned(),
        name: "Fjordbutikken AS".to_owned(),
        market: v1::Market::No.into(),
        organization_number: "987654325".to_owned(),
        status: MerchantStatus::Active.into(),
        company: Some(Company {
            business_address: Some(v1::Address {
                lines: vec!["Storgata 1".to_owned()],
                ..Default::default()
            }),
            ..Default::default()
        }),
        created_at: at(1_780_000_000),
        updated_at: at(1_780_000_001),
    }
}

fn unit() -> v1::SalesUnit {
    v1::SalesUnit {
        msn: "300001".to_owned(),
        name: "Butikken".to_owned(),
        active: true,
        capture_type: CaptureType::ReserveCapture.into(),
        product_type: ProductType::PaymentIntegration.into(),
        ..Default::default()
    }
}

fn order(status: OrderStatus) -> v1::Order {
    v1::Order {
        order_id: "o".to_owned(),
        status: status.into(),
        r#type: OrderType::Prefill.into(),
        business_scheme: "business:NO:ORG".to_owned(),
        business_id: "987654325".to_owned(),
        subject: Some(Subject::Product(Product {
            product_type: ProductType::Checkout.into(),
            sales_unit_name: "Butikken".to_owned(),
            ..Default::default()
        })),
        msn: if status == OrderStatus::Completed { "300009".to_owned() } else { String::new() },
        ..Default::default()
    }
}

fn shown<T: Serialize>(answer: T) -> Value {
    serde_json::to_value(answer).unwrap()
}

#[test]
fn a_merchant_is_shown_as_upstream_does() {
    let expected = json!({
        "businessIdentifier": {"scheme": "business:NO:ORG", "id": "987654325"},
        "name": "Fjordbutikken AS",
        "status": "ACTIVE",
        "createdAt": "2026-05-28T20:26:40.000Z",
        "updatedAt": "2026-05-28T20:26:41.000Z",
        "countryCode": "NO",
        "businessAddress": {"lines": ["Storgata 1"], "postCode": null, "city": null, "countryCode": null},
        "businessPostAddress": null,
    });
    assert_eq!(shown(Merchant::from_proto(Some(merchant())).unwrap()), expected);
    assert!(Merchant::from_proto(None).is_err());
    assert!(Merchant::from_proto(Some(v1::Merchant { created_at: None, ..merchant() })).is_err());
}

#[test]
fn a_sales_unit_tells_what_it_is_allowed() {
    let nothing = json!({
        "paymentAllowed": true, "captureType": "ReserveCapture", "skipLandingPageAllowed": false,
        "recurringAllowed": false, "partialCaptureAllowed": true, "lateCaptureAllowed": false,
        "landingPagePhoneNumberLocked": false, "longLivingPaymentAllowed": false,
        "creditCardPaymentAllowed": false,
    });
    let plain = shown(SalesUnit::from_proto(unit(), Some(merchant())).unwrap());
    let expected = json!({
        "msn": "300001", "name": "Butikken",
        "businessIdentifier": {"scheme": "business:NO:ORG", "id": "987654325"},
        "settlementBankAccount": null, "configuration": nothing,
    });
    assert_eq!(plain, expected);

    let all = v1::SalesUnit {
        features: (1..=9).collect(),
        settlement_account: Some(v1::SettlementAccount {
            scheme: "BBAN:NO".to_owned(),
            id: "86011117947".to_owned(),
            ..Default::default()
        }),
        ..unit()
    };
    let all = shown(SalesUnit::from_proto(all, Some(merchant())).unwrap());
    let flags = all["configuration"].as_object().unwrap();
    assert!(flags.iter().all(|(name, value)| name == "captureType" || *value == Value::Bool(true)), "{all}");
    assert_eq!(all["settlementBankAccount"], json!({"scheme": "BBAN:NO", "id": "86011117947"}));
}

#[test]
fn how_a_unit_captures_is_told_in_upstreams_words() {
    let table = [
        (CaptureType::ReserveCapture, ProductType::Checkout, "ReserveCapture", true, true),
        (CaptureType::ReserveCaptureFull, ProductType::Cashier, "ReserveCapture", false, true),
        (CaptureType::DirectCapture, ProductType::PaymentIntegration, "DirectCapture", false, true),
        (CaptureType::ReserveCapture, ProductType::Login, "NotApplicable", false, false),
    ];
    for (capture_type, product_type, word, in_parts, payments) in table {
        let unit =
            v1::SalesUnit { capture_type: capture_type.into(), product_type: product_type.into(), ..unit() };
        let shown = shown(SalesUnit::from_proto(unit, Some(merchant())).unwrap());
        let configuration = &shown["configuration"];
        assert_eq!(configuration["captureType"], word);
        assert_eq!(configuration["partialCaptureAllowed"], in_parts, "{word}");
        assert_eq!(configuration["paymentAllowed"], payments, "{word}");
    }
}

#[test]
fn the_sales_unit_of_an_order_is_null_until_it_is_completed() {
    for (word, status) in STATUSES {
        let shown = shown(Order::from_proto(order(status), URL).unwrap().unwrap());
        let unit = json!({"msn": "300009", "name": "Butikken"});
        let expected = json!({
            "productOrderType": "PREFILL", "productOrderId": "o", "productType": "CHECKOUT", "status": word,
            "businessIdentifier": {"scheme": "business:NO:ORG", "id": "987654325"},
            "productOrderUrl": "https://portal.example/register/prefilled/o",
            "salesUnit": if word == "COMPLETED" { unit } else { Value::Null },
        });
        assert_eq!(shown, expected);
    }
}

#[test]
fn only_a_prefilled_order_has_a_url_and_only_a_product_is_an_order_here() {
    let manual = v1::Order { r#type: OrderType::Manual.into(), ..order(OrderStatus::Received) };
    let manual = shown(Order::from_proto(manual, URL).unwrap().unwrap());
    assert_eq!((&manual["productOrderType"], &manual["productOrderUrl"]), (&json!("MANUAL"), &Value::Null));
    let agreement = Some(Subject::Agreement(v1::Agreement::default()));
    let agreement = v1::Order { subject: agreement, ..order(OrderStatus::Received) };
    assert!(Order::from_proto(agreement, URL).unwrap().is_none());
    let product = Product { product_type: ProductType::VmNumber.into(), ..Product::default() };
    let number = Some(Subject::Product(product));
    let number = v1::Order { subject: number, ..order(OrderStatus::Received) };
    assert!(Order::from_proto(number, URL).unwrap().is_none(), "upstream has no word for it");

    let prefilled = shown(Prefilled::from_proto(Some(order(OrderStatus::Received)), URL).unwrap());
    let url = "https://portal.example/register/prefilled/o";
    assert_eq!(prefilled, json!({"prefilledOrderId": "o", "prefillUrl": url}));
}

#[test]
fn a_commission_is_told_in_percent() {
    for (basis_points, percent) in [(299, "2.99"), (5, "0.05"), (0, "0.00"), (10_000, "100.00")] {
        let package = v1::PricePackage {
            price_package_id: "p".to_owned(),
            name: "Standard".to_owned(),
            description: "2.99%".to_owned(),
            visible_in_signup_form: true,
            product_type: ProductType::Donations.into(),
            market: v1::Market::Dk.into(),
            commission_basis_points: basis_points,
            partner_id: "who".to_owned(),
        };
        let expected = json!({
            "pricePackageId": "p", "name": "Standard", "description": "2.99%", "visibleInSignupForm": true,
            "productType": "DONATIONS", "market": "DK", "commission": percent,
        });
        assert_eq!(shown(PricePackage::from_proto(package).unwrap()), expected);
    }
}
