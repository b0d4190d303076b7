//! What goes out about a payment of ePayment (contract-payments section 7.3).

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;

use super::event::Event;

/// The body, without what the payer shares.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    msn: &'a str,
    reference: &'a str,
    psp_reference: String,
    name: &'static str,
    amount: Amount,
    timestamp: String,
    #[serde(skip_serializing_if = "str::is_empty")]
    idempotency_key: &'a str,
    success: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    capture_guaranteed_until: Option<String>,
    #[serde(skip_serializing_if = "str::is_empty")]
    sub: &'a str,
}

#[derive(Debug, Serialize)]
struct Amount {
    currency: &'static str,
    value: i64,
}

/// What the payer shares, as far as it was asked for and can be read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Shared {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) user_details: Option<UserDetails>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) shipping_details: Option<ShippingDetails>,
}

/// Who the payer is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct UserDetails {
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) email: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) first_name: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) last_name: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) mobile_number: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) date_of_birth: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) addresses: Vec<Address>,
}

/// How the goods are sent, and where to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ShippingDetails {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) address: Option<Address>,
    /// Minor units.
    pub(crate) shipping_cost: i64,
    pub(crate) shipping_option_id: String,
    pub(crate) shipping_option_name: String,
}

/// A postal address.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Address {
    pub(crate) address_line1: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) address_line2: String,
    pub(crate) city: String,
    pub(crate) country: String,
    pub(crate) post_code: String,
}

/// What is sent about an event; [`with_shared`] adds what the payer shares.
pub(crate) fn body(event: &Event) -> String {
    json(&Body {
        msn: event.msn.as_str(),
        reference: event.reference.as_str(),
        psp_reference: event.event_id.to_string(),
        name: event.name.word(),
        amount: Amount { currency: event.amount.currency.code(), value: event.amount.minor },
        timestamp: instant(event.occurred_at),
        idempotency_key: &event.idempotency_key,
        success: event.success,
        capture_guaranteed_until: event.capture_guaranteed_until.map(instant),
        sub: &event.sub,
    })
}

/// What is sent by a ping: a test event, which no payment has.
pub(crate) fn ping(msn: &str, event_id: &str, at: DateTime<Utc>) -> String {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Ping<'a> {
        msn: &'a str,
        psp_reference: &'a str,
        name: &'static str,
        timestamp: String,
    }
    json(&Ping { msn, psp_reference: event_id, name: "PING", timestamp: instant(at) })
}

/// What is sent when a payer is there. Receivers know the sales unit by one of two names, so it has both.
pub(crate) fn checked_in(msn: &str, merchant_qr_id: &str, customer_token: &str, at: DateTime<Utc>) -> String {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct CheckedIn<'a> {
        customer_token: &'a str,
        merchant_qr_id: &'a str,
        msn: &'a str,
        merchant_serial_number: &'a str,
        initiated_at: String,
    }
    json(&CheckedIn {
        customer_token,
        merchant_qr_id,
        msn,
        merchant_serial_number: msn,
        initiated_at: instant(at),
    })
}

/// The body with what the payer shares behind all else.
pub(crate) fn with_shared(body: &str, shared: &impl Serialize) -> String {
    let (body, shared) = (body.strip_suffix('}').unwrap_or(body), json(shared));
    match shared.strip_prefix('{').unwrap_or(&shared) {
        "}" => format!("{body}}}"),
        fields => format!("{body},{fields}"),
    }
}

/// An instant as upstream writes it: UTC with milliseconds.
pub(super) fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

pub(super) fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("texts and numbers can be written")
}

#[cfg(test)]
pub(crate) mod tests {
    use kvitt_primitives::{Currency, EventId, Money};
    use uuid::Uuid;

    use super::super::event::Name;
    use super::*;

    pub(crate) fn authorized() -> Event {
        Event {
            msn: "123456".parse().unwrap(),
            reference: "order-12345678".parse().unwrap(),
            event_id: EventId::from_uuid(Uuid::from_u128(7)),
            name: Name::Authorized,
            amount: Money::new(Currency::Nok, 49_900),
            occurred_at: "2026-01-19T16:26:32.099Z".parse().unwrap(),
            idempotency_key: String::new(),
            success: true,
            capture_guaranteed_until: None,
            sub: String::new(),
            ships: false,
            decline_reason: String::new(),
        }
    }

    #[test]
    fn an_event_is_told_in_upstreams_shape() {
        let plain = concat!(
            r#"{"msn":"123456","reference":"order-12345678","#,
            r#""pspReference":"00000000-0000-0000-0000-000000000007","name":"AUTHORIZED","#,
            r#""amount":{"currency":"NOK","value":49900},"timestamp":"2026-01-19T16:26:32.099Z","success":true}"#,
        );
        assert_eq!(body(&authorized()), plain);
        let captured =
            Event { name: Name::Captured, idempotency_key: "a \"key\"".to_owned(), ..authorized() };
        assert!(body(&captured).contains(r#""idempotencyKey":"a \"key\"","success":true}"#));
    }

    #[test]
    fn that_a_payer_is_there_is_told_in_upstreams_shape() {
        let at = "2023-10-06T10:45:40.3061965Z".parse().unwrap();
        let told = concat!(
            r#"{"customerToken":"a token","merchantQrId":"till \"4\"","msn":"12345","#,
            r#""merchantSerialNumber":"12345","initiatedAt":"2023-10-06T10:45:40.306Z"}"#,
        );
        assert_eq!(checked_in("12345", "till \"4\"", "a token", at), told);
    }

    #[test]
    fn what_the_payer_shares_comes_behind_and_the_payer_stands_at_the_top() {
        let event = Event {
            sub: "the-payer".to_owned(),
            capture_guaranteed_until: Some("2026-01-26T16:26:32Z".parse().unwrap()),
            ..authorized()
        };
        let shared = Shared {
            user_details: Some(UserDetails { first_name: "Kari".to_owned(), ..Default::default() }),
            shipping_details: Some(ShippingDetails { shipping_cost: 3900, ..Default::default() }),
        };
        let told = with_shared(&body(&event), &shared);
        let behind = concat!(
            r#""success":true,"captureGuaranteedUntil":"2026-01-26T16:26:32.000Z","sub":"the-payer","#,
            r#""userDetails":{"firstName":"Kari"},"shippingDetails":{"shippingCost":3900,"#,
            r#""shippingOptionId":"","shippingOptionName":""}}"#,
        );
        assert!(told.ends_with(behind), "{told}");
        serde_json::from_str::<serde_json::Value>(&told).unwrap();
        assert_eq!(with_shared(&body(&event), &Shared::default()), body(&event));
    }
}
