use kvitt_proto::{
    error::v1::Reason,
    money::v1::Currency,
    payment::v1::{
        BlockedSource, CustomerInteraction, PaymentMethodType, QrFormat, UserFlow, customer::Identity,
    },
    refusal,
};
use serde_json::{Value, json};

use super::*;
use crate::epayment::call::tests::{call, call_without_key, named};

fn decode(call: &Call) -> Result<CreatePaymentRequest, Status> {
    super::decode(call, &call.parse()?)
}

fn minimal() -> Value {
    json!({
        "amount": {"currency": "NOK", "value": 100},
        "paymentMethod": {"type": "WALLET"},
        "reference": "order-12345678",
        "userFlow": "WEB_REDIRECT",
        "returnUrl": "https://shop.example/back",
    })
}

/// The minimal body with a few fields put in place of its own.
fn with(fields: &Value) -> Value {
    let mut body = minimal();
    for (name, value) in fields.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

fn decoded(fields: &Value) -> Result<CreatePaymentRequest, Status> {
    decode(&call(&with(fields).to_string()))
}

#[test]
fn the_minimal_body_is_taken() {
    let request = decoded(&json!({})).unwrap();
    let amount = request.amount.unwrap();
    assert_eq!((amount.currency(), amount.amount_minor), (Currency::Nok, 100));
    assert_eq!(request.payment_method_type(), PaymentMethodType::Wallet);
    assert_eq!(request.user_flow(), UserFlow::WebRedirect);
    assert_eq!(request.customer_interaction(), CustomerInteraction::Unspecified);
    assert_eq!((request.msn.as_str(), request.idempotency_key.as_str()), ("123456", "key-1"));
    assert_eq!(
        (request.reference.as_str(), request.return_url.as_str()),
        ("order-12345678", "https://shop.example/back")
    );
    assert!(request.customer.is_none() && request.receipt.is_none() && request.shipping.is_none());
}

#[test]
fn null_is_absent_everywhere() {
    let nothing = [
        "customer",
        "minimumUserAge",
        "customerInteraction",
        "industryData",
        "profile",
        "expiresAt",
        "qrFormat",
        "paymentDescription",
        "receipt",
        "receiptUrl",
        "metadata",
        "shipping",
        "cardPassthrough",
        "merchantLegalLinks",
    ];
    let nulls: Value = nothing.into_iter().map(|name| (name.to_owned(), Value::Null)).collect();
    assert_eq!(decoded(&nulls).unwrap(), decoded(&json!({})).unwrap());
}

#[test]
fn what_real_plugins_send_is_taken() {
    let request = decoded(&json!({
        "customer": {"customerInteraction": "CUSTOMER_NOT_PRESENT"},
        "minimumUserAge": null,
        "metadata": {"orderid": 123, "vip": true, "rate": 1.5, "none": null},
        "somethingNew": {"a": [1, {"b": null}]},
        "amount": {"currency": "NOK", "value": 100.0, "scale": 2},
        "reference": 1_234_567_890_123_u64,
        "paymentDescription": "",
        "receipt": {
            "orderLines": [{
                "name": "socks", "id": "1", "totalAmount": 100.0, "totalAmountExcludingTax": 80,
                "totalTaxAmount": "20", "taxPercentage": 25, "unitInfo": {"unitPrice": 100, "quantity": "1"},
                "discount": 0, "isReturn": false, "isShipping": null,
            }],
            "bottomLine": {
                "currency": "NOK", "giftCardAmount": 0, "terminalId": "t", "tipAmount": 0,
                "paymentSources": {"giftCard": 20, "card": null, "other": 1},
            },
        },
    }))
    .unwrap();
    assert!(request.customer.is_none());
    let metadata: Vec<_> =
        request.metadata.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    assert_eq!(metadata, [("orderid", "123"), ("rate", "1.5"), ("vip", "true")]);
    assert_eq!(request.reference, "1234567890123");
    let receipt = request.receipt.unwrap();
    assert_eq!(receipt.order_lines[0].tax_rate, Some(2500));
    assert_eq!(receipt.order_lines[0].total_tax_amount_minor, 20);
    let sources: Vec<_> = receipt.bottom_line.unwrap().payment_sources_minor.into_iter().collect();
    assert_eq!(sources, [("giftCard".to_owned(), 20)]);
}

#[test]
fn every_optional_field_reaches_the_payment_service() {
    let request = decoded(&json!({
        "customer": {"phoneNumber": 4_712_345_678_u64},
        "paymentMethod": {"type": "WALLET", "blockedSources": ["COMMERCIAL_CARDS"]},
        "userFlow": "QR",
        "minimumUserAge": 18,
        "customerInteraction": "CUSTOMER_PRESENT",
        "industryData": {"airlineData": {
            "agencyInvoiceNumber": "1", "airlineCode": "074", "airlineDesignatorCode": "KL", "passengerName": "A",
        }},
        "profile": {"scope": "name email"},
        "expiresAt": "2026-01-01T12:00:00+02:00",
        "qrFormat": {"format": "IMAGE/PNG", "size": 200},
        "receiptUrl": "https://shop.example/r",
        "merchantLegalLinks": {"termsOfSaleUrl": "https://t.example", "privacyPolicyUrl": "https://p.example"},
        "shipping": {"fixedOptions": []},
    }))
    .unwrap();
    let identity = request.customer.as_ref().and_then(|customer| customer.identity.clone());
    assert_eq!(identity, Some(Identity::PhoneNumber("4712345678".to_owned())));
    assert_eq!(request.blocked_sources, [BlockedSource::CommercialCards as i32]);
    assert_eq!((request.user_flow(), request.minimum_user_age), (UserFlow::Qr, Some(18)));
    assert_eq!(request.customer_interaction(), CustomerInteraction::CustomerPresent);
    assert_eq!(request.airline_data.as_ref().unwrap().airline_code, "074");
    assert_eq!(request.profile_scope, "name email");
    assert_eq!(request.expires_at.unwrap().seconds, 1_767_261_600);
    let qr = request.qr_options.unwrap();
    assert_eq!((qr.format(), qr.size), (QrFormat::ImagePng, Some(200)));
    assert_eq!(request.terms_of_sale_url, "https://t.example");
    assert_eq!(request.privacy_policy_url, "https://p.example");
    assert!(request.shipping.is_some());
}

#[test]
fn each_fault_names_its_field() {
    let table = [
        (json!({"amount": null}), "amount"),
        (json!({"amount": 100}), "amount"),
        (json!({"amount": {"currency": "NOK"}}), "amount.value"),
        (json!({"amount": {"currency": "NOK", "value": "x"}}), "amount.value"),
        (json!({"amount": {"currency": "XXX", "value": 1}}), "amount.currency"),
        (json!({"paymentMethod": null}), "paymentMethod"),
        (json!({"paymentMethod": "WALLET"}), "paymentMethod"),
        (json!({"paymentMethod": {}}), "paymentMethod.type"),
        (json!({"paymentMethod": {"type": "wallet"}}), "paymentMethod.type"),
        (json!({"paymentMethod": {"type": "WALLET", "blockedSources": "X"}}), "paymentMethod.blockedSources"),
        (
            json!({"paymentMethod": {"type": "WALLET", "blockedSources": ["X"]}}),
            "paymentMethod.blockedSources[0]",
        ),
        (json!({"reference": null}), "reference"),
        (json!({"reference": "short"}), "reference"),
        (json!({"reference": 1.5}), "reference"),
        (json!({"userFlow": null}), "userFlow"),
        (json!({"userFlow": "OTHER"}), "userFlow"),
        (json!({"returnUrl": 1}), "returnUrl"),
        (json!({"customer": "4712345678"}), "customer"),
        (json!({"customer": {"phoneNumber": "4712345678", "customerToken": "t"}}), "customer"),
        (json!({"customer": {"phoneNumber": {}}}), "customer.phoneNumber"),
        (json!({"minimumUserAge": 16.5}), "minimumUserAge"),
        (json!({"minimumUserAge": 3_000_000_000_u64}), "minimumUserAge"),
        (json!({"customerInteraction": "MAYBE"}), "customerInteraction"),
        (json!({"industryData": {"airlineData": []}}), "industryData.airlineData"),
        (json!({"profile": {"scope": []}}), "profile.scope"),
        (json!({"expiresAt": "tomorrow"}), "expiresAt"),
        (json!({"qrFormat": {}}), "qrFormat.format"),
        (json!({"qrFormat": {"format": "IMAGE/GIF"}}), "qrFormat.format"),
        (json!({"qrFormat": {"format": "IMAGE/PNG", "size": "big"}}), "qrFormat.size"),
        (json!({"metadata": []}), "metadata"),
        (json!({"metadata": {"k": {}}}), "metadata.k"),
        (json!({"metadata": {"k\u{0}": "v"}}), "metadata"),
        (json!({"receipt": {"orderLines": [], "bottomLine": null}}), "receipt.bottomLine"),
        (
            json!({"receipt": {"orderLines": [null], "bottomLine": {"currency": "NOK"}}}),
            "receipt.orderLines[0]",
        ),
        (json!({"shipping": {"fixedOptions": [], "dynamicOptions": {}}}), "shipping"),
        (json!({"shipping": true}), "shipping"),
        (json!({"merchantLegalLinks": {"termsOfSaleUrl": 1}}), "merchantLegalLinks.termsOfSaleUrl"),
    ];
    for (fields, field) in table {
        assert_eq!(named(&decoded(&fields).unwrap_err()), [field], "{fields}");
    }
}

#[test]
fn an_order_line_is_judged_field_by_field() {
    let line = json!({
        "name": "socks", "id": "1", "totalAmount": 1.5, "totalTaxAmount": 20, "taxPercentage": 101,
        "unitInfo": {}, "isReturn": "no",
    });
    let receipt = json!({"receipt": {"orderLines": [line], "bottomLine": {"currency": "NOK"}}});
    let refused = decoded(&receipt).unwrap_err();
    let paths = ["totalAmount", "totalAmountExcludingTax", "taxPercentage", "unitInfo.quantity", "isReturn"];
    assert_eq!(named(&refused), paths.map(|path| format!("receipt.orderLines[0].{path}")));
}

#[test]
fn all_that_is_missing_is_told_at_once() {
    for body in ["", "null", "{}"] {
        let refused = decode(&call_without_key(body)).unwrap_err();
        assert_eq!(named(&refused), ["paymentMethod", "Idempotency-Key", "reference", "amount", "userFlow"]);
    }
}

#[test]
fn amounts_and_metadata_have_codes_of_their_own() {
    for value in ["100.5", "1e30", "9223372036854775808", "\"0.5\""] {
        let body = with(&json!({"amount": {"currency": "NOK", "value": 0}})).to_string();
        let refused = decode(&call(&body.replace("\"value\":0", &format!("\"value\":{value}")))).unwrap_err();
        assert_eq!(refusal::reason_of(&refused), Some(Reason::InvalidAmount), "{value}");
    }
    let body = with(&json!({"metadata": {"a": "1"}})).to_string();
    let refused = decode(&call(&body.replace(r#"{"a":"1"}"#, r#"{"a":"1","a":"2"}"#))).unwrap_err();
    assert_eq!(refusal::reason_of(&refused), Some(Reason::MetadataDuplicateKeys));
}

#[test]
fn a_broken_field_outranks_a_code() {
    let refused =
        decoded(&json!({"amount": {"currency": "NOK", "value": 0.5}, "userFlow": "?"})).unwrap_err();
    assert_eq!(named(&refused), ["userFlow"]);
}
