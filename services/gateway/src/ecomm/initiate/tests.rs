use kvitt_proto::{
    error::v1::Reason,
    payment::v1::{ShippingCallbackStyle, customer::Identity, shipping::Options},
    refusal,
};
use serde_json::{Value, json};

use super::*;
use crate::ecomm::call::tests::{call, named};

fn minimal() -> Value {
    json!({
        "customerInfo": {},
        "merchantInfo": {
            "callbackPrefix": "https://shop.example/callbacks",
            "fallBack": "https://shop.example/back",
            "merchantSerialNumber": "123456",
        },
        "transaction": {"amount": 49_900, "orderId": "order-1", "transactionText": "One pair of socks"},
    })
}

/// The minimal body with the value at the pointer put in place of its own.
fn with(pointer: &str, value: Value) -> Value {
    let mut body = minimal();
    put(&mut body, pointer, value);
    body
}

fn put(body: &mut Value, pointer: &str, value: Value) {
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    body.pointer_mut(parent).unwrap()[name] = value;
}

fn express(pointer: &str, value: Value) -> Value {
    let mut body = with("/merchantInfo/paymentType", json!("eComm Express Payment"));
    put(&mut body, "/merchantInfo/consentRemovalPrefix", json!("https://shop.example/consents"));
    put(&mut body, "/merchantInfo/shippingDetailsPrefix", json!("https://shop.example/shipping"));
    put(&mut body, "/merchantInfo/authToken", json!("secret-1"));
    put(&mut body, pointer, value);
    body
}

fn decoded(body: &Value) -> Result<CreatePaymentRequest, Status> {
    decode(&call(&body.to_string()), Uuid::nil())
}

#[test]
fn the_minimal_body_is_taken() {
    let request = decoded(&minimal()).unwrap();
    assert_eq!((request.msn.as_str(), request.reference.as_str()), ("123456", "order-1"));
    assert_eq!(request.amount.unwrap().amount_minor, 49_900);
    assert_eq!(request.payment_method_type(), PaymentMethodType::Wallet);
    assert_eq!(request.user_flow(), UserFlow::WebRedirect);
    assert_eq!(request.return_url, "https://shop.example/back");
    assert_eq!(request.payment_description, "One pair of socks");
    assert_eq!(request.ecom.as_ref().unwrap().callback_prefix, "https://shop.example/callbacks");
    assert!(request.customer.is_none() && request.shipping.is_none() && request.profile_scope.is_empty());
}

#[test]
fn every_call_has_a_key_of_its_own() {
    let request = decoded(&minimal()).unwrap();
    let minted = (request.idempotency_key, request.idempotency_key_minted);
    assert_eq!(minted, (Uuid::nil().to_string(), true), "also where there is a request id");
}

#[test]
fn what_real_clients_send_is_taken() {
    let mut body = minimal();
    body["customerInfo"] = Value::Null;
    for (pointer, value) in [
        ("/merchantInfo/isApp", json!(false)),
        ("/merchantInfo/paymentType", json!("eComm Regular Payment")),
        ("/merchantInfo/authToken", Value::Null),
        ("/merchantInfo/staticShippingDetails", json!([])),
        ("/merchantInfo/merchantSerialNumber", json!(123_456)),
        ("/transaction/amount", json!("49900")),
        ("/transaction/orderId", json!(1_234_567)),
        ("/transaction/skipLandingPage", json!(false)),
        ("/transaction/scope", json!("")),
        ("/transaction/timeStamp", json!("2018-11-14T15:21:04.697Z")),
        ("/transaction/useExplicitCheckoutFlow", json!(true)),
        ("/transaction/somethingNew", json!([{}])),
    ] {
        put(&mut body, pointer, value);
    }
    let request = decoded(&body).unwrap();
    assert_eq!((request.reference.as_str(), request.amount.unwrap().amount_minor), ("1234567", 49_900));
    assert!(request.shipping.is_none() && request.profile_scope.is_empty());
}

#[test]
fn every_optional_field_reaches_the_payment_service() {
    let mut body = with("/customerInfo/mobileNumber", json!("+47 912 34 567"));
    put(&mut body, "/merchantInfo/authToken", json!("secret-1"));
    put(&mut body, "/merchantInfo/consentRemovalPrefix", json!("https://shop.example/consents"));
    put(&mut body, "/transaction/scope", json!("name phoneNumber"));
    let airline = json!({
        "passengerName": "FLYER / MARY MS.", "airlineCode": "074", "airlineDesignatorCode": "KL",
        "ticketNumber": "074-5799804843", "agencyInvoiceNumber": "123456",
    });
    put(&mut body, "/transaction/additionalData", airline);
    let request = decoded(&body).unwrap();
    let customer = request.customer.unwrap().identity;
    assert_eq!(customer, Some(Identity::PhoneNumber("4791234567".to_owned())));
    assert_eq!(request.profile_scope, "name phoneNumber");
    assert_eq!(request.airline_data.unwrap().ticket_number, "074-5799804843");
    let terms = request.ecom.unwrap();
    assert_eq!(
        (terms.auth_token.as_str(), terms.consent_removal_prefix.as_str()),
        ("secret-1", "https://shop.example/consents")
    );
}

#[test]
fn the_flow_is_an_apps_or_a_tills_where_that_is_said() {
    let number = json!({"mobileNumber": "91234567"});
    let table = [
        (json!(null), json!(null), UserFlow::WebRedirect),
        (json!(true), json!(null), UserFlow::NativeRedirect),
        (json!(false), json!(true), UserFlow::PushMessage),
        (json!(true), json!(true), UserFlow::PushMessage),
    ];
    for (is_app, skip_landing_page, flow) in table {
        let mut body = with("/customerInfo", number.clone());
        put(&mut body, "/merchantInfo/isApp", is_app);
        put(&mut body, "/transaction/skipLandingPage", skip_landing_page);
        assert_eq!(decoded(&body).unwrap().user_flow(), flow);
    }
    let refused = decoded(&with("/transaction/skipLandingPage", json!(true))).unwrap_err();
    assert_eq!(named(&refused), ["customerInfo.mobileNumber"]);
}

#[test]
fn express_takes_the_options_that_are_named() {
    let options = json!([
        {"isDefault": "Y", "priority": 1, "shippingCost": 49.9, "shippingMethod": "Posten", "shippingMethodId": "p"},
        {"isDefault": "N", "shippingCost": "0.00", "shippingMethod": "Shop", "shippingMethodId": 2},
    ]);
    let request = decoded(&express("/merchantInfo/staticShippingDetails", options)).unwrap();
    assert_eq!(request.profile_scope, "name address email phoneNumber");
    let Some(Options::Fixed(fixed)) = request.shipping.unwrap().options else { panic!("fixed options") };
    let [group] = &fixed.groups[..] else { panic!("one group") };
    assert_eq!((group.r#type.as_str(), group.brand.as_str()), ("OTHER", "OTHER"));
    let told: Vec<_> = group
        .options
        .iter()
        .map(|option| {
            let minor = option.amount.as_ref().unwrap().amount_minor;
            (option.id.as_str(), option.name.as_str(), minor, option.is_default, option.priority)
        })
        .collect();
    assert_eq!(told, [("p", "Posten", 4_990, true, Some(1)), ("2", "Shop", 0, false, None)]);
}

#[test]
fn express_asks_the_merchants_server_where_no_options_are_named() {
    let request = decoded(&express("/merchantInfo/staticShippingDetails", json!([]))).unwrap();
    let Some(Options::Dynamic(dynamic)) = request.shipping.unwrap().options else {
        panic!("dynamic options")
    };
    assert_eq!(dynamic.callback_url, "https://shop.example/shipping");
    assert_eq!(dynamic.callback_authorization_token, "secret-1");
    assert_eq!(dynamic.style(), ShippingCallbackStyle::Ecom);
}

#[test]
fn every_field_that_is_broken_is_named() {
    let long = |length: usize| json!(format!("https://shop.example/{}", "a".repeat(length)));
    let table = [
        ("/transaction/amount", json!(100.5), "transaction.amount"),
        ("/transaction/amount", json!(null), "transaction.amount"),
        ("/transaction/orderId", json!("a_b"), "transaction.orderId"),
        ("/transaction/orderId", json!("o".repeat(51)), "transaction.orderId"),
        ("/transaction/orderId", json!(""), "transaction.orderId"),
        ("/transaction/orderId", json!(null), "transaction.orderId"),
        ("/transaction/transactionText", json!(null), "transaction.transactionText"),
        ("/transaction/transactionText", json!("t".repeat(101)), "transaction.transactionText"),
        ("/transaction/skipLandingPage", json!("true"), "transaction.skipLandingPage"),
        (
            "/transaction/additionalData",
            json!({"airlineCode": "074", "airlineDesignatorCode": "KL", "agencyInvoiceNumber": "1"}),
            "transaction.additionalData.passengerName",
        ),
        ("/transaction", json!([]), "transaction"),
        ("/merchantInfo/callbackPrefix", json!(null), "merchantInfo.callbackPrefix"),
        ("/merchantInfo/callbackPrefix", long(255), "merchantInfo.callbackPrefix"),
        ("/merchantInfo/fallBack", json!(null), "merchantInfo.fallBack"),
        ("/merchantInfo/fallBack", json!(""), "merchantInfo.fallBack"),
        ("/merchantInfo/fallBack", long(255), "merchantInfo.fallBack"),
        ("/merchantInfo/authToken", json!("t".repeat(256)), "merchantInfo.authToken"),
        ("/merchantInfo/isApp", json!("yes"), "merchantInfo.isApp"),
        ("/merchantInfo/paymentType", json!("eCom Express Payment"), "merchantInfo.paymentType"),
        ("/merchantInfo", json!(null), "merchantInfo"),
        ("/customerInfo", json!([]), "customerInfo"),
    ];
    for (pointer, value, field) in table {
        let refused = decoded(&with(pointer, value.clone())).unwrap_err();
        assert_eq!(named(&refused), [field], "{pointer} {value}");
    }
    let misspelt = minimal().to_string().replace("fallBack", "fallback");
    let refused = decode(&call(&misspelt), Uuid::nil()).unwrap_err();
    assert_eq!(named(&refused), ["merchantInfo.fallBack"]);
}

#[test]
fn every_field_of_express_that_is_broken_is_named() {
    let option = json!({"isDefault": "Y", "shippingCost": 1, "shippingMethod": "m", "shippingMethodId": "i"});
    let broken = |name: &str, value: Value| {
        let mut option = option.clone();
        option[name] = value;
        json!([option])
    };
    let at = "/merchantInfo/staticShippingDetails";
    let path = |name: &str| format!("merchantInfo.staticShippingDetails[0].{name}");
    let table = [
        (at, broken("shippingCost", json!(-0.01)), path("shippingCost")),
        (at, broken("shippingCost", json!(0.001)), path("shippingCost")),
        (at, broken("shippingCost", json!(null)), path("shippingCost")),
        (at, broken("isDefault", json!(true)), path("isDefault")),
        (at, broken("isDefault", json!("J")), path("isDefault")),
        (at, broken("shippingMethod", json!("m".repeat(257))), path("shippingMethod")),
        (at, broken("shippingMethodId", json!("i".repeat(101))), path("shippingMethodId")),
        (at, broken("priority", json!("first")), path("priority")),
        (at, json!({}), "merchantInfo.staticShippingDetails".to_owned()),
        ("/merchantInfo/shippingDetailsPrefix", json!(null), "merchantInfo.shippingDetailsPrefix".to_owned()),
        ("/merchantInfo/consentRemovalPrefix", json!(null), "merchantInfo.consentRemovalPrefix".to_owned()),
        ("/transaction/scope", json!("name"), "transaction.scope".to_owned()),
    ];
    for (pointer, value, field) in table {
        let refused = decoded(&express(pointer, value.clone())).unwrap_err();
        assert_eq!(named(&refused), [field], "{pointer} {value}");
    }
}

#[test]
fn a_number_that_cannot_be_mended_has_a_code_of_its_own() {
    for number in [json!("123"), json!("4512345678"), json!(123)] {
        let refused = decoded(&with("/customerInfo/mobileNumber", number)).unwrap_err();
        assert_eq!(refusal::reason_of(&refused), Some(Reason::InvalidPhoneNumber));
    }
    let absent = decoded(&with("/customerInfo/mobileNumber", json!(""))).unwrap();
    assert!(absent.customer.is_none());
}
