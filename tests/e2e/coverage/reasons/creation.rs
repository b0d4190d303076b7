//! Refusals of a create.

use chrono::{Duration, SecondsFormat};
use kvitt_proto::error::v1::Reason;
use kvitt_tests::requests::{amount, fresh_key, fresh_reference, push_message, receipt, with, without};
use kvitt_tests::{Shop, Stack, UnitPlan};
use serde_json::{Value, json};

use super::Provoked;

pub(crate) async fn provoke() -> Vec<Provoked> {
    let mut provoked = keys_and_references().await;
    provoked.extend(fields_with_codes().await);
    provoked.extend(permissions().await);
    provoked.extend(times().await);
    provoked
}

async fn keys_and_references() -> Vec<Provoked> {
    let shop = Shop::named("full").await;
    let (key, body) = (fresh_key(), shop.minimal(10_000));
    shop.create_keyed(&key, &body).await.is(201);
    let other = with(&body, "/amount/value", json!(20_000));
    let doubled = shop.minimal(10_000).to_string().replacen('{', r#"{"metadata":{"a":"1","a":"2"},"#, 1);
    vec![
        Provoked::rest(Reason::IdempotencyConflict, shop.create_keyed(&key, &other).await),
        Provoked::rest(Reason::ReferenceExists, shop.create(&body).await),
        Provoked::rest(Reason::ReferenceNotFound, shop.payment(&fresh_reference()).await),
        Provoked::rest(
            Reason::MetadataDuplicateKeys,
            shop.post_bytes("/epayment/v1/payments", doubled).await,
        ),
    ]
}

async fn fields_with_codes() -> Vec<Provoked> {
    let shop = Shop::named("full").await;
    let six: serde_json::Map<String, Value> = (0..6).map(|n| (format!("k{n}"), json!("v"))).collect();
    let changes = [
        (Reason::InvalidAmount, "/amount/value", json!(-1)),
        (Reason::AmountTooSmall, "/amount/value", json!(99)),
        (Reason::InvalidCurrency, "/amount", amount("DKK", 10_000)),
        (Reason::InvalidCustomerToken, "/customer", json!({"customerToken": "no-such-token"})),
        (Reason::InvalidPersonalQr, "/customer", json!({"personalQr": "no such code"})),
        (Reason::InvalidPhoneNumber, "/customer", json!({"phoneNumber": "+4712345678"})),
        (Reason::InvalidScope, "/profile/scope", json!("nmae")),
        (Reason::InvalidUrl, "/returnUrl", json!("http://shop.example")),
        (Reason::MetadataCapacityExceeded, "/metadata", Value::Object(six)),
        (Reason::MetadataKeyTooLong, "/metadata", json!({"k".repeat(101): "v"})),
        (Reason::MetadataValueTooLong, "/metadata", json!({"k": "v".repeat(501)})),
        (Reason::InvalidPaymentMethodType, "/paymentMethod/type", json!("CARD_PASSTHROUGH")),
    ];
    let mut provoked = Vec::new();
    for (reason, pointer, value) in changes {
        provoked
            .push(Provoked::rest(reason, shop.create(&with(&shop.minimal(10_000), pointer, value)).await));
    }
    let incomplete = without(&shop.minimal(10_000), "/returnUrl");
    provoked.push(Provoked::rest(Reason::MissingRequiredParameter, shop.create(&incomplete).await));
    provoked
}

async fn permissions() -> Vec<Provoked> {
    let full = Shop::named("full").await;
    let plain = Shop::named("plain").await;
    let stack = Stack::shared();
    let closed = stack.open_unit(UnitPlan { active: false, ..UnitPlan::default() }).await;
    let closed = Shop::open(stack, &closed).await;
    let push = push_message(&fresh_reference(), "NOK", 10_000, &plain.phone);
    let nobody = push_message(&fresh_reference(), "NOK", 10_000, "4799999999");
    let at = |pointer: &str, value: Value| with(&plain.minimal(10_000), pointer, value);
    let later = stack.clock().now() + Duration::days(2);
    let later = json!(later.to_rfc3339_opts(SecondsFormat::Millis, true));
    let option = json!({"id": "home", "name": "Home", "amount": amount("NOK", 4_900)});
    let shipping = json!({"fixedOptions": [{"type": "MAILBOX", "brand": "POSTEN", "options": [option]}]});
    let blocked = with(&full.minimal(10_000), "/paymentMethod/blockedSources", json!(["COMMERCIAL_CARDS"]));
    vec![
        Provoked::rest(Reason::PaymentCannotBeCreated, closed.create(&closed.minimal(10_000)).await),
        Provoked::rest(Reason::PushMessageNotAllowed, plain.create(&push).await),
        Provoked::rest(Reason::CustomerNotFound, full.create(&nobody).await),
        Provoked::rest(Reason::ScopeNotAllowed, plain.create(&at("/profile/scope", json!("nin"))).await),
        Provoked::rest(
            Reason::ExpressNotAllowed,
            plain.create(&with(&at("/shipping", shipping), "/profile/scope", json!("address"))).await,
        ),
        Provoked::rest(Reason::LongLivingNotAllowed, plain.create(&at("/expiresAt", later)).await),
        Provoked::rest(Reason::BlockedSourcesNotApplicable, full.create(&blocked).await),
    ]
}

async fn times() -> Vec<Provoked> {
    let shop = Shop::named("full").await;
    let now = Stack::shared().clock().now();
    let expiring = |after: Duration| {
        let at = (now + after).to_rfc3339_opts(SecondsFormat::Millis, true);
        with(&shop.minimal(10_000), "/expiresAt", json!(at))
    };
    let with_receipt = |body: &Value| with(body, "/receipt", receipt("NOK"));
    vec![
        Provoked::rest(
            Reason::ExpirationTooSoon,
            shop.create(&with_receipt(&expiring(Duration::minutes(5)))).await,
        ),
        Provoked::rest(
            Reason::ExpirationTooLate,
            shop.create(&with_receipt(&expiring(Duration::days(61)))).await,
        ),
        Provoked::rest(Reason::LongLivingNeedsReceipt, shop.create(&expiring(Duration::days(2))).await),
    ]
}
