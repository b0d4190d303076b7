//! Every rule of the create request broken one at a time.

use kvitt_tests::Shop;
use kvitt_tests::requests::{amount, push_message, web_redirect, with};
use serde_json::{Value, json};

use super::table::{Broken, Trouble, break_each};
use Trouble::{Code, Field};

fn to(value: Value) -> Option<Value> {
    Some(value)
}

fn amount_rules() -> Vec<Broken> {
    vec![
        ("/amount", None, Field("amount")),
        ("/amount", to(json!(null)), Field("amount")),
        ("/amount", to(json!(100)), Field("amount")),
        ("/amount", to(json!("100")), Field("amount")),
        ("/amount", to(json!([])), Field("amount")),
        ("/amount/currency", None, Field("amount.currency")),
        ("/amount/currency", to(json!("XYZ")), Field("amount.currency")),
        ("/amount/currency", to(json!("nok")), Field("amount.currency")),
        ("/amount/currency", to(json!(578)), Field("amount.currency")),
        ("/amount/currency", to(json!("SEK")), Code("5040")),
        ("/amount/currency", to(json!("EUR")), Code("5040")),
        ("/amount/value", None, Field("amount.value")),
        ("/amount/value", to(json!(null)), Field("amount.value")),
        ("/amount/value", to(json!(true)), Field("amount.value")),
        ("/amount/value", to(json!({})), Field("amount.value")),
        ("/amount/value", to(json!("lots")), Field("amount.value")),
        ("/amount/value", to(json!(100.5)), Code("4040")),
        ("/amount/value", to(json!(-1)), Code("4040")),
        ("/amount/value", to(json!(i64::MIN)), Code("4040")),
        ("/amount/value", to(json!(65_000_001)), Code("4040")),
        ("/amount/value", to(json!(i64::MAX)), Code("4040")),
        ("/amount/value", to(json!(u64::MAX)), Code("4040")),
        ("/amount/value", to(json!(99)), Code("6010")),
        ("/amount/value", to(json!(0)), Code("6010")),
    ]
}

fn method_and_flow_rules() -> Vec<Broken> {
    vec![
        ("/paymentMethod", None, Field("paymentMethod")),
        ("/paymentMethod", to(json!("WALLET")), Field("paymentMethod")),
        ("/paymentMethod/type", None, Field("paymentMethod.type")),
        ("/paymentMethod/type", to(json!("CASH")), Field("paymentMethod.type")),
        ("/paymentMethod/type", to(json!("wallet")), Field("paymentMethod.type")),
        ("/paymentMethod/type", to(json!("CARD_PASSTHROUGH")), Code("4160")),
        (
            "/paymentMethod/blockedSources",
            to(json!(["DEBIT_CARDS"])),
            Field("paymentMethod.blockedSources[0]"),
        ),
        ("/paymentMethod/blockedSources", to(json!(["COMMERCIAL_CARDS"])), Code("5010")),
        ("/userFlow", None, Field("userFlow")),
        ("/userFlow", to(json!("CARRIER_PIGEON")), Field("userFlow")),
        ("/userFlow", to(json!(1)), Field("userFlow")),
        ("/returnUrl", None, Code("4140")),
        ("/returnUrl", to(json!("")), Code("4140")),
        ("/returnUrl", to(json!("http://shop.example")), Code("4090")),
        ("/returnUrl", to(json!("nonsense")), Code("4090")),
        ("/returnUrl", to(json!(format!("https://shop.example/{}", "x".repeat(2_500)))), Code("4090")),
        ("/reference", None, Field("reference")),
        ("/reference", to(json!("seven77")), Field("reference")),
        ("/reference", to(json!("x".repeat(65))), Field("reference")),
        ("/reference", to(json!("under_score")), Field("reference")),
        ("/reference", to(json!({})), Field("reference")),
    ]
}

fn customer_rules() -> Vec<Broken> {
    vec![
        ("/customer", to(json!("4712345678")), Field("customer")),
        ("/customer", to(json!({"phoneNumber": "4712345678", "personalQr": "12345"})), Field("customer")),
        ("/customer/phoneNumber", to(json!("+4712345678")), Code("4070")),
        ("/customer/phoneNumber", to(json!("12345678")), Code("4070")),
        ("/customer/phoneNumber", to(json!("1234567890123456")), Code("4070")),
        ("/customer", to(json!({"personalQr": "1234"})), Field("customer.personalQr")),
        ("/customer", to(json!({"personalQr": "x".repeat(256)})), Field("customer.personalQr")),
        ("/customer", to(json!({"customerToken": "no-such-token"})), Code("4050")),
        ("/customerInteraction", to(json!("CUSTOMER_ASLEEP")), Field("customerInteraction")),
        ("/minimumUserAge", to(json!(-1)), Field("minimumUserAge")),
        ("/minimumUserAge", to(json!(101)), Field("minimumUserAge")),
        ("/minimumUserAge", to(json!("grown up")), Field("minimumUserAge")),
        ("/minimumUserAge", to(json!(17.5)), Field("minimumUserAge")),
        ("/profile/scope", to(json!("nmae")), Code("4080")),
        ("/profile/scope", to(json!(7)), Field("profile.scope")),
    ]
}

fn text_rules() -> Vec<Broken> {
    vec![
        ("/paymentDescription", to(json!("ab")), Field("paymentDescription")),
        ("/paymentDescription", to(json!("x".repeat(101))), Field("paymentDescription")),
        ("/paymentDescription", to(json!(["text"])), Field("paymentDescription")),
        ("/receiptUrl", to(json!("http://shop.example/r")), Code("4090")),
        ("/receiptUrl", to(json!("myshop://receipt")), Code("4090")),
        ("/merchantLegalLinks/termsOfSaleUrl", to(json!("http://shop.example/t")), Code("4090")),
        ("/merchantLegalLinks/privacyPolicyUrl", to(json!("nonsense")), Code("4090")),
        ("/expiresAt", to(json!("tomorrow")), Field("expiresAt")),
        ("/expiresAt", to(json!("2026-13-45T99:00:00Z")), Field("expiresAt")),
        ("/expiresAt", to(json!("2020-01-01T00:00:00Z")), Code("6120")),
        ("/expiresAt", to(json!("2999-01-01T00:00:00Z")), Code("6110")),
        ("/metadata", to(json!("text")), Field("metadata")),
        ("/metadata", to(json!({"k": {"deep": 1}})), Field("metadata.k")),
        ("/metadata", to(json!({"1": "", "2": "", "3": "", "4": "", "5": "", "6": ""})), Code("4100")),
        ("/metadata", to(json!({"k".repeat(101): "v"})), Code("4120")),
        ("/metadata", to(json!({"k": "v".repeat(501)})), Code("4130")),
        ("/qrFormat", to(json!("IMAGE/PNG")), Field("qrFormat")),
        ("/qrFormat", to(json!({"format": "IMAGE/GIF"})), Field("qrFormat.format")),
        ("/qrFormat", to(json!({"format": "IMAGE/PNG", "size": 99})), Field("qrFormat.size")),
        ("/qrFormat", to(json!({"format": "IMAGE/PNG", "size": 2001})), Field("qrFormat.size")),
        ("/qrFormat", to(json!({"format": "IMAGE/PNG", "size": "big"})), Field("qrFormat.size")),
    ]
}

fn airline_rules() -> Vec<Broken> {
    let at = |name: &'static str| -> (&'static str, &'static str) {
        match name {
            "agencyInvoiceNumber" => (
                "/industryData/airlineData/agencyInvoiceNumber",
                "industryData.airlineData.agencyInvoiceNumber",
            ),
            "airlineCode" => {
                ("/industryData/airlineData/airlineCode", "industryData.airlineData.airlineCode")
            }
            "airlineDesignatorCode" => (
                "/industryData/airlineData/airlineDesignatorCode",
                "industryData.airlineData.airlineDesignatorCode",
            ),
            "passengerName" => {
                ("/industryData/airlineData/passengerName", "industryData.airlineData.passengerName")
            }
            _ => ("/industryData/airlineData/ticketNumber", "industryData.airlineData.ticketNumber"),
        }
    };
    let mut rules = Vec::new();
    let limits = [
        ("agencyInvoiceNumber", 6),
        ("airlineCode", 3),
        ("airlineDesignatorCode", 2),
        ("passengerName", 49),
        ("ticketNumber", 150),
    ];
    for (name, longest) in limits {
        let (pointer, field) = at(name);
        rules.push((pointer, to(json!("x".repeat(longest + 1))), Field(field)));
        if name != "ticketNumber" {
            rules.push((pointer, None, Field(field)));
            rules.push((pointer, to(json!("")), Field(field)));
        }
    }
    rules
}

#[tokio::test]
async fn every_rule_about_the_amount_is_kept() {
    let shop = Shop::named("full").await;
    break_each(&shop, &web_redirect("", "NOK", 10_000), amount_rules()).await;
}

#[tokio::test]
async fn every_rule_about_method_and_flow_is_kept() {
    let shop = Shop::named("full").await;
    break_each(&shop, &web_redirect("", "NOK", 10_000), method_and_flow_rules()).await;
}

#[tokio::test]
async fn every_rule_about_the_customer_is_kept() {
    let shop = Shop::named("full").await;
    break_each(&shop, &web_redirect("", "NOK", 10_000), customer_rules()).await;
}

#[tokio::test]
async fn every_rule_about_texts_links_and_times_is_kept() {
    let shop = Shop::named("full").await;
    break_each(&shop, &web_redirect("", "NOK", 10_000), text_rules()).await;
}

#[tokio::test]
async fn every_rule_about_airline_data_is_kept() {
    let shop = Shop::named("full").await;
    let airline = json!({
        "agencyInvoiceNumber": "123456",
        "airlineCode": "074",
        "airlineDesignatorCode": "KL",
        "passengerName": "FLYER / MARY MS.",
        "ticketNumber": "123-1234-12345",
    });
    let sound = with(&web_redirect("", "NOK", 10_000), "/industryData/airlineData", airline);
    break_each(&shop, &sound, airline_rules()).await;
}

fn one_way_to_ship() -> Value {
    let option = json!({"id": "home", "name": "Home", "amount": amount("NOK", 4_900)});
    json!({"fixedOptions": [{"type": "HOME_DELIVERY", "brand": "POSTEN", "options": [option]}]})
}

#[tokio::test]
async fn every_rule_about_what_a_unit_may_do_is_kept() {
    let plain = Shop::named("plain").await;
    let rules = vec![
        ("/userFlow", to(json!("PUSH_MESSAGE")), Code("5080")),
        ("/profile/scope", to(json!("nin")), Code("5030")),
        ("/shipping", to(one_way_to_ship()), Code("5020")),
        ("/expiresAt", to(json!("2999-01-01T00:00:00Z")), Code("5050")),
    ];
    let sound = with(&web_redirect("", "NOK", 10_000), "/customer/phoneNumber", json!(plain.phone));
    let sound = with(&sound, "/profile/scope", json!("address"));
    break_each(&plain, &sound, rules).await;
    let danish = Shop::named("danish").await;
    let rules = vec![
        ("/paymentMethod/blockedSources", to(json!(["X"])), Field("paymentMethod.blockedSources[0]")),
        ("/amount", to(amount("NOK", 10_000)), Code("5040")),
    ];
    break_each(&danish, &web_redirect("", "DKK", 10_000), rules).await;
}

#[tokio::test]
async fn a_push_message_keeps_its_own_rules() {
    let shop = Shop::named("full").await;
    let rules = vec![
        ("/customer", None, Code("4140")),
        ("/customer/phoneNumber", to(json!("0")), Code("4070")),
        ("/paymentMethod/type", to(json!("CARD")), Code("4160")),
    ];
    break_each(&shop, &push_message("", "NOK", 10_000, &shop.phone), rules).await;
}

#[tokio::test]
async fn several_broken_fields_are_all_named() {
    let shop = Shop::named("full").await;
    let sound = web_redirect("order-of-one-test", "NOK", 10_000);
    let of_the_wrong_kind =
        [("reference", json!("short")), ("userFlow", json!(1)), ("minimumUserAge", json!("old"))];
    let out_of_bounds = [
        ("paymentDescription", json!("ab")),
        ("minimumUserAge", json!(101)),
        ("qrFormat", json!({"format": "IMAGE/PNG", "size": 99})),
    ];
    for changes in [of_the_wrong_kind, out_of_bounds] {
        let broken = changes
            .iter()
            .fold(sound.clone(), |body, (name, value)| with(&body, &format!("/{name}"), value.clone()));
        let answer = shop.create(&broken).await;
        answer.problem(400);
        for (name, _) in changes {
            assert!(answer.fields().iter().any(|field| field.starts_with(name)), "{name}: {}", answer.text);
        }
    }
}
