use kvitt_proto::{
    checkout::v1::{Elements, ExternalPaymentMethodType},
    payment::v1::{CustomerInteraction, UserFlow},
};
use serde_json::{Value, json};

use super::*;
use crate::epayment::call::tests::{call, call_without_key, named};

/// What a plugin sends, as the oldest document and the newest types have it together.
fn whole() -> Value {
    json!({
        "type": "PAYMENT",
        "merchantInfo": {
            "callbackUrl": "https://shop.example/callback",
            "returnUrl": "https://shop.example/return",
            "callbackAuthorizationToken": "token",
            "termsAndConditionsUrl": "https://shop.example/terms"
        },
        "transaction": {
            "amount": {"value": 10000, "currency": "NOK"},
            "reference": "order-12345678",
            "paymentDescription": "One pair of socks",
            "orderSummary": {
                "orderLines": [
                    {"name": "Socks", "id": "1", "totalAmount": 10000, "totalAmountExcludingTax": 8000,
                     "totalTaxAmount": 2000, "taxPercentage": 25,
                     "unitInfo": {"unitPrice": 5000, "quantity": "2", "quantityUnit": "PCS"}},
                    {"name": "Advice", "id": "2", "totalAmount": 0, "totalAmountExcludingTax": 0,
                     "totalTaxAmount": 0, "taxRate": 1200, "discount": null}
                ],
                "orderBottomLine": {"currency": "NOK", "tipAmount": 5, "terminalId": "7", "giftCardAmount": 3,
                    "paymentSources": {"card": 9997}}
            }
        },
        "logistics": {
            "dynamicOptionsCallback": "https://shop.example/shipping",
            "fixedOptions": [
                {"brand": "POSTEN", "amount": {"value": 300, "currency": "NOK"}, "id": "post", "priority": 1,
                 "isDefault": true, "type": "PICKUP_POINT", "description": null},
                {"brand": "DAO", "amount": {"value": 300, "currency": "NOK"}, "id": 7, "priority": 2,
                 "isDefault": false, "taxRate": 2500}
            ],
            "integrations": {"porterbuddy": {"publicToken": "a", "apiKey": "b", "origin": {"name": "c", "email": "d",
                "phoneNumber": "e", "address": {"streetAddress": "f", "postalCode": "g", "city": "h",
                "country": "NO"}}}, "helthjem": null}
        },
        "prefillCustomer": {"firstName": "Kari", "phoneNumber": 4791234567_i64, "country": null},
        "configuration": {
            "customerInteraction": "CUSTOMER_PRESENT", "elements": "PaymentAndContactInfo",
            "countries": {"supported": ["NO", "SE"]}, "userFlow": "NATIVE_REDIRECT", "requireUserInfo": true,
            "customConsent": {"text": "I agree", "required": true}, "showOrderSummary": true,
            "externalPaymentMethods": [{"paymentMethod": "Klarna", "redirectUrl": "https://klarna.example"}]
        }
    })
}

#[test]
fn a_whole_request_is_read() {
    let request = decode(&call(&whole().to_string())).unwrap();
    assert_eq!((request.msn.as_str(), request.idempotency_key.as_str()), ("123456", "key-1"));
    let transaction = request.transaction.unwrap();
    assert_eq!(transaction.reference, "order-12345678");
    let summary = transaction.order_summary.unwrap();
    let rates: Vec<_> = summary.order_lines.iter().map(|line| line.tax_rate).collect();
    assert_eq!(rates, [Some(2500), Some(1200)]);
    let foot = summary.bottom_line.unwrap();
    assert_eq!((foot.pos_id.as_str(), foot.tip_amount_minor), ("7", Some(5)));
    // The gift card of older documents is a source of newer ones.
    let sources: Vec<_> = foot.payment_sources_minor.into_iter().collect();
    assert_eq!(sources, [("card".to_owned(), 9997), ("giftCard".to_owned(), 3)]);
    let logistics = request.logistics.unwrap();
    assert_eq!(logistics.dynamic_options_callback, "https://shop.example/shipping");
    assert_eq!(logistics.fixed_options[1].id, "7");
    assert_eq!(request.prefill_customer.unwrap().phone_number, "4791234567");
    let configuration = request.configuration.unwrap();
    assert_eq!(configuration.elements(), Elements::PaymentAndContactInfo);
    assert_eq!(configuration.customer_interaction(), CustomerInteraction::CustomerPresent);
    assert_eq!(configuration.user_flow(), UserFlow::NativeRedirect);
    assert_eq!(configuration.supported_countries, ["NO", "SE"]);
    assert_eq!(configuration.external_payment_methods[0].r#type(), ExternalPaymentMethodType::Klarna);
}

#[test]
fn the_least_request_is_enough_and_needs_no_key() {
    let mut least = whole();
    least.as_object_mut().unwrap().retain(|name, _| ["merchantInfo", "transaction"].contains(&name.as_str()));
    least["transaction"]["orderSummary"] = Value::Null;
    let request = decode(&call_without_key(&least.to_string())).unwrap();
    assert_eq!(request.idempotency_key, "");
    assert_eq!((request.logistics, request.configuration), (None, None));
    assert_eq!(request.transaction.unwrap().order_summary, None);
}

#[test]
fn what_is_missing_or_of_the_wrong_type_is_named_by_its_path() {
    type Damage = fn(&mut Value);
    let table: [(Damage, &str); 16] = [
        (|body| body["merchantInfo"] = Value::Null, "merchantInfo"),
        (|body| body["transaction"] = Value::Null, "transaction"),
        (|body| body["merchantInfo"]["callbackUrl"] = Value::Null, "merchantInfo.callbackUrl"),
        (|body| body["merchantInfo"]["returnUrl"] = json!(1), "merchantInfo.returnUrl"),
        (|body| body["transaction"]["reference"] = Value::Null, "transaction.reference"),
        (|body| body["transaction"]["amount"] = json!("100"), "transaction.amount"),
        (|body| body["transaction"]["amount"]["value"] = json!(0.5), "transaction.amount.value"),
        (|body| body["transaction"]["amount"]["currency"] = json!("XXX"), "transaction.amount.currency"),
        (|body| body["logistics"]["fixedOptions"][0]["id"] = Value::Null, "logistics.fixedOptions[0].id"),
        (|body| body["logistics"]["fixedOptions"][1]["brand"] = json!(1), "logistics.fixedOptions[1].brand"),
        (
            |body| body["logistics"]["fixedOptions"][0]["isDefault"] = json!(1),
            "logistics.fixedOptions[0].isDefault",
        ),
        (
            |body| body["logistics"]["integrations"]["porterbuddy"]["apiKey"] = Value::Null,
            "logistics.integrations.porterbuddy.apiKey",
        ),
        (|body| body["configuration"]["elements"] = json!("Some"), "configuration.elements"),
        (|body| body["configuration"]["userFlow"] = json!("QR"), "configuration.userFlow"),
        (
            |body| body["configuration"]["customConsent"]["text"] = Value::Null,
            "configuration.customConsent.text",
        ),
        (
            |body| body["transaction"]["orderSummary"]["orderLines"][1]["taxRate"] = Value::Null,
            "transaction.orderSummary.orderLines[1].taxRate",
        ),
    ];
    for (damage, path) in table {
        let mut body = whole();
        damage(&mut body);
        assert_eq!(named(&decode(&call(&body.to_string())).unwrap_err()), [path]);
    }
}

#[test]
fn a_subscription_is_refused_by_its_name() {
    let mut body = whole();
    body["subscription"] = json!({"productName": "Socks"});
    assert_eq!(named(&decode(&call(&body.to_string())).unwrap_err()), ["subscription"]);
    body["type"] = json!("SUBSCRIPTION");
    assert_eq!(named(&decode(&call(&body.to_string())).unwrap_err()), ["subscription", "type"]);
    for named_type in ["PAYMENT", "Payment", "PaymentSession", "payment"] {
        let mut body = whole();
        body["type"] = json!(named_type);
        assert!(decode(&call(&body.to_string())).is_ok(), "{named_type}");
    }
}
