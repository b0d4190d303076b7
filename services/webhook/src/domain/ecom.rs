//! What the merchant of an eCom payment hears, at the payment's own `callbackPrefix` (contract-payments section 9.4).

use kvitt_primitives::{Msn, TransactionNumber};
use serde::Serialize;
use serde_json::Number;

use super::event::{Event, Name};
use super::payload::{Shared, instant, json};

/// What has to be known of an eCom payment to tell of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EcomPayment {
    /// Where the callback goes.
    pub(crate) url: String,
    pub(crate) sealed_token: Option<Vec<u8>>,
    pub(crate) express: bool,
    pub(crate) direct_capture: bool,
    /// Why the payer's last try failed.
    pub(crate) declined: Option<String>,
}

/// `prefix`, which may end with a slash, and what follows it.
fn join(prefix: &str, path: &str) -> String {
    format!("{}/{path}", prefix.trim_end_matches('/'))
}

/// Where the merchant hears of the payment. An order id may hold any character that a path must not.
pub(crate) fn callback_url(prefix: &str, reference: &str) -> String {
    join(prefix, &format!("v2/payments/{}", in_path(reference)))
}

/// Where the merchant hears that the payer whom it knows by this name took a consent back.
pub(crate) fn removal_url(prefix: &str, sub: &str) -> String {
    join(prefix, &format!("v2/consents/{}", in_path(&user_id(sub))))
}

/// The payer's name as this API spells it, also where it answers the details of an order: without hyphens.
fn user_id(sub: &str) -> String {
    sub.replace('-', "")
}

/// How Norwegian numbers begin, and how long they are without that.
const NORWAY: &str = "47";
const NATIONAL_DIGITS: usize = 8;

/// A Norwegian number without its country's code, as this API has it; another stays whole.
fn national(msisdn: &str) -> &str {
    msisdn.strip_prefix(NORWAY).filter(|rest| rest.len() == NATIONAL_DIGITS).unwrap_or(msisdn)
}

fn in_path(text: &str) -> String {
    let mut path = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            path.push(char::from(byte));
        } else {
            path.push_str(&format!("%{byte:02X}"));
        }
    }
    path
}

/// What an event means for the merchant; None when it says nothing new. A try of the payer that failed is told of when the
/// payment ends without another: until then it may still succeed.
pub(crate) fn status(payment: &EcomPayment, event: &Event) -> Option<&'static str> {
    match (event.name, event.success) {
        (Name::Authorized, true) if payment.direct_capture => Some("SALE"),
        (Name::Authorized, true) if payment.express => Some("RESERVE"),
        (Name::Authorized, true) => Some("RESERVED"),
        (Name::Aborted, _) => Some("CANCELLED"),
        (Name::Expired, _) if payment.declined.is_some() && payment.direct_capture => Some("SALE_FAILED"),
        (Name::Expired, _) if payment.declined.is_some() => Some("RESERVE_FAILED"),
        (Name::Expired, _) => Some("REJECTED"),
        (
            Name::Authorized
            | Name::Created
            | Name::Cancelled
            | Name::Captured
            | Name::Refunded
            | Name::Terminated,
            _,
        ) => None,
    }
}

/// The transaction update.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    merchant_serial_number: &'a str,
    order_id: &'a str,
    transaction_info: TransactionInfo,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_info: Option<ErrorInfo>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct TransactionInfo {
    amount: i64,
    status: &'static str,
    time_stamp: String,
    transaction_id: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ErrorInfo {
    error_group: &'static str,
    error_code: &'static str,
    error_message: &'static str,
}

/// What is sent; [`super::payload::with_shared`] adds what the payer shares, as [`people`] spells it.
pub(crate) fn body(payment: &EcomPayment, event: &Event, status: &'static str) -> String {
    let failed = matches!(status, "RESERVE_FAILED" | "SALE_FAILED");
    json(&Body {
        merchant_serial_number: event.msn.as_str(),
        order_id: event.reference.as_str(),
        transaction_info: TransactionInfo {
            amount: event.amount.minor,
            status,
            time_stamp: instant(event.occurred_at),
            transaction_id: TransactionNumber::of(event.event_id.as_uuid()).to_string(),
        },
        error_info: failed.then(|| error_info(payment.declined.as_deref().unwrap_or_default())),
    })
}

/// The code of section 9.5 for the acquirer's reason.
fn error_info(declined: &str) -> ErrorInfo {
    let (error_code, error_message) = match declined {
        "INVALID_CARD" => ("41", "The user has no valid card"),
        "AMOUNT_TOO_HIGH" | "CURRENCY_MISMATCH" => {
            ("43", "Refused by the issuer because of an invalid amount")
        }
        "EXPIRED_CARD" => ("44", "Refused by the issuer because the card has expired"),
        "INSUFFICIENT_FUNDS" | "REFUSED_BY_ISSUER" | "SUSPECTED_FRAUD" | "WITHDRAWAL_LIMIT" => {
            ("42", "Refused by the issuer")
        }
        _ => ("45", "The reservation failed for an unknown reason"),
    };
    ErrorInfo { error_group: "Payment", error_code, error_message }
}

/// What the payer shares, in this API's spellings.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct People<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    shipping_details: Option<Shipping<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_details: Option<User<'a>>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Shipping<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<Postal<'a>>,
    /// Kroner.
    shipping_cost: Number,
    shipping_method: &'a str,
    shipping_method_id: &'a str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Postal<'a> {
    address_line1: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    address_line2: &'a str,
    city: &'a str,
    country: &'a str,
    zip_code: &'a str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct User<'a> {
    /// 1: nobody pays who has not proved who they are.
    bank_id_verified: u8,
    #[serde(skip_serializing_if = "str::is_empty")]
    date_of_birth: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    email: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    first_name: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    last_name: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    mobile_number: &'a str,
    #[serde(skip_serializing_if = "String::is_empty")]
    user_id: String,
}

/// What the payer shares, as eCom spells it. `sub` is the name by which the unit knows the payer.
pub(crate) fn people<'a>(shared: &'a Shared, sub: &'a str) -> People<'a> {
    People {
        shipping_details: shared.shipping_details.as_ref().map(|chosen| Shipping {
            address: chosen.address.as_ref().map(|address| Postal {
                address_line1: &address.address_line1,
                address_line2: &address.address_line2,
                city: &address.city,
                // Written out, as in the details of an order.
                country: if address.country == "NO" { "Norway" } else { &address.country },
                zip_code: &address.post_code,
            }),
            shipping_cost: kroner(chosen.shipping_cost),
            shipping_method: &chosen.shipping_option_name,
            shipping_method_id: &chosen.shipping_option_id,
        }),
        user_details: shared.user_details.as_ref().map(|user| User {
            bank_id_verified: 1,
            date_of_birth: &user.date_of_birth,
            email: &user.email,
            first_name: &user.first_name,
            last_name: &user.last_name,
            mobile_number: national(&user.mobile_number),
            user_id: user_id(sub),
        }),
    }
}

/// From its digits, so it is exact.
fn kroner(minor: i64) -> Number {
    let sign = if minor < 0 { "-" } else { "" };
    let minor = minor.unsigned_abs();
    format!("{sign}{}.{:02}", minor / 100, minor % 100).parse().expect("digits with a point are a number")
}

/// The owner of everything that a unit has sealed here.
pub(crate) fn token_owner(msn: &Msn) -> uuid::Uuid {
    super::EndpointId::of_ecom(msn).as_uuid()
}

#[cfg(test)]
mod tests {
    use super::super::payload::{Address, ShippingDetails, UserDetails, tests::authorized, with_shared};
    use super::*;

    fn payment() -> EcomPayment {
        EcomPayment {
            url: callback_url("https://shop.example/vipps/", "order-1"),
            sealed_token: None,
            express: false,
            direct_capture: false,
            declined: None,
        }
    }

    #[test]
    fn prefixes_are_joined_without_doubling_and_ids_do_not_leave_their_segment() {
        assert_eq!(payment().url, "https://shop.example/vipps/v2/payments/order-1");
        assert_eq!(
            callback_url("https://a.example", "a/../b?c#d é"),
            "https://a.example/v2/payments/a%2F..%2Fb%3Fc%23d%20%C3%A9"
        );
        assert_eq!(removal_url("https://a.example/x//", "ab-9"), "https://a.example/x/v2/consents/ab9");
    }

    #[test]
    fn what_happens_has_the_words_of_the_table() {
        let of =
            |name, success, payment: &EcomPayment| status(payment, &Event { name, success, ..authorized() });
        let regular = payment();
        let express = EcomPayment { express: true, ..payment() };
        let direct = EcomPayment { direct_capture: true, ..payment() };
        let declined =
            |from: &EcomPayment| EcomPayment { declined: Some("EXPIRED_CARD".to_owned()), ..from.clone() };
        assert_eq!(of(Name::Authorized, true, &regular), Some("RESERVED"));
        assert_eq!(of(Name::Authorized, true, &express), Some("RESERVE"));
        assert_eq!(of(Name::Authorized, true, &direct), Some("SALE"));
        assert_eq!(of(Name::Authorized, true, &declined(&regular)), Some("RESERVED"));
        assert_eq!(of(Name::Aborted, true, &regular), Some("CANCELLED"));
        assert_eq!(of(Name::Expired, true, &regular), Some("REJECTED"));
        assert_eq!(of(Name::Expired, true, &declined(&regular)), Some("RESERVE_FAILED"));
        assert_eq!(of(Name::Expired, true, &declined(&direct)), Some("SALE_FAILED"));
        for name in [Name::Created, Name::Captured, Name::Cancelled, Name::Refunded, Name::Terminated] {
            assert_eq!(of(name, true, &regular), None);
        }
        assert_eq!(of(Name::Authorized, false, &regular), None);
    }

    #[test]
    fn the_update_is_in_upstreams_shape() {
        let told = body(&payment(), &authorized(), "RESERVED");
        let expected = concat!(
            r#"{"merchantSerialNumber":"123456","orderId":"order-12345678","transactionInfo":{"amount":49900,"#,
            r#""status":"RESERVED","timeStamp":"2026-01-19T16:26:32.099Z","transactionId":""#,
        );
        assert!(told.starts_with(expected), "{told}");
        assert!(!told.contains("errorInfo"));
        let declined = EcomPayment { declined: Some("EXPIRED_CARD".to_owned()), ..payment() };
        let told = body(&declined, &authorized(), "RESERVE_FAILED");
        assert!(told.contains(r#""errorInfo":{"errorGroup":"Payment","errorCode":"44","#), "{told}");
    }

    #[test]
    fn p76_an_express_address_has_a_zip_code_and_its_cost_is_in_kroner() {
        let shared = Shared {
            user_details: Some(UserDetails {
                email: "kari@example.com".to_owned(),
                mobile_number: "4791234567".to_owned(),
                ..Default::default()
            }),
            shipping_details: Some(ShippingDetails {
                address: Some(Address {
                    address_line1: "Storgata 1".to_owned(),
                    post_code: "0155".to_owned(),
                    city: "Oslo".to_owned(),
                    country: "NO".to_owned(),
                    ..Default::default()
                }),
                shipping_cost: 3905,
                shipping_option_id: "home".to_owned(),
                shipping_option_name: "Home".to_owned(),
            }),
        };
        let told = with_shared(&body(&payment(), &authorized(), "RESERVE"), &people(&shared, "sub-1"));
        let expected = concat!(
            r#""shippingDetails":{"address":{"addressLine1":"Storgata 1","city":"Oslo","country":"Norway","#,
            r#""zipCode":"0155"},"shippingCost":39.05,"shippingMethod":"Home","shippingMethodId":"home"},"#,
            r#""userDetails":{"bankIdVerified":1,"email":"kari@example.com","mobileNumber":"91234567","userId":"sub1"}}"#,
        );
        assert!(told.ends_with(expected), "{told}");
        let read: serde_json::Value = serde_json::from_str(&told).unwrap();
        assert_eq!(read["transactionInfo"]["status"], "RESERVE", "it ended before what is shared begins");
    }
}
