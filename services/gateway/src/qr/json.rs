//! What the operations answer, in upstream's words.

use kvitt_proto::{
    qr::v1::{self, CallbackCategory},
    time,
};
use serde::Serialize;
use utoipa::ToSchema;

/// Where a callback code hangs.
pub(crate) const CATEGORIES: [(&str, CallbackCategory); 2] =
    [("IN_STORE", CallbackCategory::InStore), ("VENDING", CallbackCategory::Vending)];

/// What a till may ask for.
pub(crate) const REQUESTED_DATA: [(&str, ()); 1] = [("MSISDN", ())];

/// The code of one payment.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = qr::OneTime)]
pub(crate) struct OneTime {
    /// Of the picture, which needs no token; or what the code holds.
    url: String,
    /// In seconds.
    expires_in: i64,
}

/// A code that leads to a page of the merchant.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = qr::Redirect)]
pub(crate) struct Redirect {
    id: String,
    /// Of the picture, which needs no token; or what the code holds.
    url: String,
    redirect_url: String,
    /// In seconds; -1 for one without end.
    expires_in: i64,
}

/// A code whose scan tells the merchant.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = qr::Callback)]
pub(crate) struct Callback {
    #[schema(value_type = crate::openapi::words::SalesUnitNumber)]
    merchant_serial_number: String,
    merchant_qr_id: String,
    location_description: String,
    qr_image_url: String,
    qr_content: String,
}

/// Who shows a code.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = qr::Exchanged)]
pub(crate) struct Exchanged {
    #[schema(value_type = crate::openapi::words::Msisdn)]
    msisdn: String,
    /// When the code was made, in seconds since 1970; absent for codes of version 1.0.
    #[serde(skip_serializing_if = "Option::is_none")]
    timestamp: Option<i64>,
    #[schema(value_type = crate::openapi::qr::CodeVersion)]
    version: String,
}

/// Who has checked in.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = qr::ExchangedCustomer)]
pub(crate) struct ExchangedCustomer {
    #[schema(value_type = crate::openapi::words::Msisdn)]
    msisdn: String,
    /// When they did, in seconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    timestamp: Option<i64>,
}

impl OneTime {
    pub(crate) fn from_proto(answer: v1::CreateOneTimeQrResponse) -> Self {
        Self { url: answer.url, expires_in: answer.expires_in_seconds }
    }
}

impl Redirect {
    pub(crate) fn from_proto(redirect: v1::MerchantRedirect) -> Self {
        Self {
            id: redirect.id,
            url: redirect.url,
            redirect_url: redirect.redirect_url,
            expires_in: redirect.expires_in_seconds,
        }
    }
}

impl Callback {
    pub(crate) fn from_proto(callback: v1::MerchantCallback) -> Self {
        Self {
            merchant_serial_number: callback.msn,
            merchant_qr_id: callback.merchant_qr_id,
            location_description: callback.location_description,
            qr_image_url: callback.qr_image_url,
            qr_content: callback.qr_content,
        }
    }
}

impl Exchanged {
    pub(crate) fn from_proto(answer: v1::ExchangeQrResponse) -> Self {
        let timestamp = answer.made_at.and_then(seconds);
        Self { msisdn: answer.phone_number, timestamp, version: answer.version }
    }
}

impl ExchangedCustomer {
    pub(crate) fn from_proto(answer: v1::ExchangeCustomerResponse) -> Self {
        Self { msisdn: answer.phone_number, timestamp: answer.made_at.and_then(seconds) }
    }
}

fn seconds(at: prost_types::Timestamp) -> Option<i64> {
    time::from_proto(at, "made_at").ok().map(|at| at.timestamp())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told(value: impl Serialize) -> serde_json::Value {
        serde_json::to_value(value).expect("it is JSON")
    }

    #[test]
    fn answers_are_in_upstreams_shape() {
        let redirect = v1::MerchantRedirect {
            id: "billboard_1".to_owned(),
            url: "https://qr.example/r.svg".to_owned(),
            redirect_url: "https://shop.example".to_owned(),
            expires_in_seconds: -1,
        };
        let expected = json!({
            "id": "billboard_1",
            "url": "https://qr.example/r.svg",
            "redirectUrl": "https://shop.example",
            "expiresIn": -1,
        });
        assert_eq!(told(Redirect::from_proto(redirect)), expected);
        let callback = v1::MerchantCallback {
            msn: "123456".to_owned(),
            merchant_qr_id: "till-1".to_owned(),
            location_description: "Kasse 1".to_owned(),
            category: CallbackCategory::Vending.into(),
            qr_image_url: "https://qr.example/c.svg".to_owned(),
            qr_content: "https://qr.example/q/c".to_owned(),
        };
        let expected = json!({
            "merchantSerialNumber": "123456",
            "merchantQrId": "till-1",
            "locationDescription": "Kasse 1",
            "qrImageUrl": "https://qr.example/c.svg",
            "qrContent": "https://qr.example/q/c",
        });
        assert_eq!(told(Callback::from_proto(callback)), expected);
        let one_time = v1::CreateOneTimeQrResponse { url: "u".to_owned(), expires_in_seconds: 544 };
        assert_eq!(told(OneTime::from_proto(one_time)), json!({"url": "u", "expiresIn": 544}));
    }

    #[test]
    fn a_code_without_a_time_has_no_timestamp() {
        let mut answer = v1::ExchangeQrResponse {
            phone_number: "4798765432".to_owned(),
            made_at: Some(prost_types::Timestamp { seconds: 1_634_025_600, nanos: 999_000_000 }),
            version: "2.0".to_owned(),
        };
        let expected = json!({"msisdn": "4798765432", "timestamp": 1_634_025_600, "version": "2.0"});
        assert_eq!(told(Exchanged::from_proto(answer.clone())), expected);
        answer.made_at = None;
        assert!(told(Exchanged::from_proto(answer)).get("timestamp").is_none());
    }
}
