//! Answers to initiate, capture, cancel and refund (contract-payments sections 9.1 and 9.2); the order of the fields is
//! upstream's, and so is that a refund is told in another shape than the rest.

use chrono::{DateTime, SecondsFormat, Utc};
use kvitt_proto::payment::v1::{Aggregate, CreatePaymentResponse, PaymentEvent};
use serde::Serialize;
use tonic::Status;
use utoipa::ToSchema;

use super::{incomplete, minor, occurred_at, transaction_id};

/// The answer to an initiate.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ecomm::Initiated)]
pub(crate) struct Initiated {
    order_id: String,
    /// Always there; empty when the payer is sent nowhere.
    url: String,
}

/// The answer to capture and cancel.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ecomm::Modified)]
pub(crate) struct Modified {
    order_id: String,
    transaction_info: Transaction,
    transaction_summary: Summary,
}

/// The answer to a refund.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ecomm::Refunded)]
pub(crate) struct Refunded {
    order_id: String,
    transaction: Transaction,
    transaction_summary: Summary,
}

/// The change that was made.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ecomm::Transaction)]
struct Transaction {
    amount: i64,
    time_stamp: String,
    transaction_text: String,
    status: &'static str,
    transaction_id: String,
}

/// What was taken and paid back so far, and what could still be.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ecomm::Summary)]
pub(super) struct Summary {
    captured_amount: i64,
    remaining_amount_to_capture: i64,
    refunded_amount: i64,
    remaining_amount_to_refund: i64,
}

/// A change that was made to an order.
#[derive(Debug)]
pub(in crate::ecomm) struct Changed {
    pub(in crate::ecomm) order_id: String,
    /// What the merchant said about it.
    pub(in crate::ecomm) text: String,
    /// The event that it caused.
    pub(in crate::ecomm) event: PaymentEvent,
    /// The sums right after it.
    pub(in crate::ecomm) aggregate: Option<Aggregate>,
}

impl Initiated {
    /// The payer is sent to `deeplink_url`, with the token of the page that ePayment would name. What is not a page of
    /// the web, and what is nowhere, stays as it is.
    pub(in crate::ecomm) fn from_proto(created: CreatePaymentResponse, deeplink_url: &str) -> Self {
        let url = created.redirect_url;
        let token = url.split_once("?token=").filter(|_| url.starts_with("http"));
        // Scripts take the token as what stands after the second `=`.
        let url = token.map(|(_, token)| format!("{deeplink_url}?v=2&token={token}")).unwrap_or(url);
        Self { order_id: created.reference, url }
    }
}

impl Modified {
    pub(in crate::ecomm) fn captured(changed: Changed) -> Result<Self, Status> {
        let amount = minor(changed.event.amount.as_ref())?;
        Self::told(changed, "Captured", amount)
    }

    /// `order_minor` is what the order is for: upstream tells that, however much of it was released.
    pub(in crate::ecomm) fn cancelled(changed: Changed, order_minor: i64) -> Result<Self, Status> {
        Self::told(changed, "Cancelled", order_minor)
    }

    fn told(changed: Changed, status: &'static str, amount: i64) -> Result<Self, Status> {
        let transaction_summary = Summary::from_proto(changed.aggregate.as_ref())?;
        let time_stamp = zoned(occurred_at(&changed.event)?);
        let transaction_id = transaction_id(&changed.event)?;
        let transaction_info =
            Transaction { amount, time_stamp, transaction_text: changed.text, status, transaction_id };
        Ok(Self { order_id: changed.order_id, transaction_info, transaction_summary })
    }
}

impl Refunded {
    pub(in crate::ecomm) fn from_changed(changed: Changed) -> Result<Self, Status> {
        let transaction_summary = Summary::from_proto(changed.aggregate.as_ref())?;
        let transaction = Transaction {
            amount: minor(changed.event.amount.as_ref())?,
            // Without a zone, unlike every other instant of this API.
            time_stamp: occurred_at(&changed.event)?.format("%Y-%m-%dT%H:%M:%S%.3f").to_string(),
            transaction_text: changed.text,
            status: "Refund",
            transaction_id: transaction_id(&changed.event)?,
        };
        Ok(Self { order_id: changed.order_id, transaction, transaction_summary })
    }
}

impl Summary {
    pub(super) fn from_proto(aggregate: Option<&Aggregate>) -> Result<Self, Status> {
        let sums = aggregate.ok_or_else(|| incomplete("aggregate"))?;
        let authorized = minor(sums.authorized.as_ref())?;
        let captured = minor(sums.captured.as_ref())?;
        let cancelled = minor(sums.cancelled.as_ref())?;
        let refunded = minor(sums.refunded.as_ref())?;
        Ok(Self {
            captured_amount: captured,
            // An order that ended before anybody approved has released what was never reserved.
            remaining_amount_to_capture: (authorized - captured - cancelled).max(0),
            refunded_amount: refunded,
            remaining_amount_to_refund: captured - refunded,
        })
    }
}

/// `2018-11-14T15:31:10.004Z`
pub(super) fn zoned(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

#[cfg(test)]
mod tests {
    use kvitt_primitives::{Currency, Money};
    use kvitt_proto::{error::v1::Reason, money, refusal, time};

    use super::*;

    fn nok(minor: i64) -> Option<money::v1::Money> {
        Some(money::to_proto(Money::new(Currency::Nok, minor)))
    }

    fn changed() -> Changed {
        let at = DateTime::from_timestamp(1_542_209_470, 4_999_000).unwrap();
        Changed {
            order_id: "order-1".to_owned(),
            text: "Socks".to_owned(),
            event: PaymentEvent {
                psp_reference: "00000000-0000-0000-0000-000000000007".to_owned(),
                amount: nok(4_000),
                occurred_at: Some(time::to_proto(at)),
                ..Default::default()
            },
            aggregate: Some(Aggregate {
                authorized: nok(10_000),
                captured: nok(6_000),
                cancelled: nok(1_000),
                refunded: nok(500),
            }),
        }
    }

    const SUMMARY: &str = concat!(
        r#""transactionSummary":{"capturedAmount":6000,"remainingAmountToCapture":3000,"refundedAmount":500,"#,
        r#""remainingAmountToRefund":5500}}"#,
    );

    #[test]
    fn captures_and_cancellations_are_told_alike_but_for_the_amount() {
        let told = serde_json::to_string(&Modified::captured(changed()).unwrap()).unwrap();
        let expected = concat!(
            r#"{"orderId":"order-1","transactionInfo":{"amount":4000,"timeStamp":"2018-11-14T15:31:10.004Z","#,
            r#""transactionText":"Socks","status":"Captured","transactionId":"1000000007"},"#,
        );
        assert_eq!(told, format!("{expected}{SUMMARY}"));
        let told = serde_json::to_string(&Modified::cancelled(changed(), 10_000).unwrap()).unwrap();
        let expected = expected.replace("Captured", "Cancelled").replace("4000", "10000");
        assert_eq!(told, format!("{expected}{SUMMARY}"));
    }

    #[test]
    fn a_refund_has_another_key_and_no_zone() {
        let told = serde_json::to_string(&Refunded::from_changed(changed()).unwrap()).unwrap();
        let expected = concat!(
            r#"{"orderId":"order-1","transaction":{"amount":4000,"timeStamp":"2018-11-14T15:31:10.004","#,
            r#""transactionText":"Socks","status":"Refund","transactionId":"1000000007"},"#,
        );
        assert_eq!(told, format!("{expected}{SUMMARY}"));
    }

    #[test]
    fn nothing_is_left_of_an_order_that_ended_before_it_was_approved() {
        let nothing =
            Aggregate { authorized: nok(0), captured: nok(0), cancelled: nok(10_000), refunded: nok(0) };
        let told = serde_json::to_string(&Summary::from_proto(Some(&nothing)).unwrap()).unwrap();
        let expected = concat!(
            r#"{"capturedAmount":0,"remainingAmountToCapture":0,"refundedAmount":0,"#,
            r#""remainingAmountToRefund":0}"#,
        );
        assert_eq!(told, expected);
    }

    #[test]
    fn the_token_moves_to_the_url_that_old_integrations_know() {
        let told = |redirect_url: &str| {
            let created = CreatePaymentResponse {
                reference: "order-1".to_owned(),
                redirect_url: redirect_url.to_owned(),
            };
            let initiated = Initiated::from_proto(created, "https://x.example/vippsgateway");
            serde_json::to_string(&initiated).unwrap()
        };
        let table = [
            ("https://landing.example/?token=abc", "https://x.example/vippsgateway?v=2&token=abc"),
            ("http://127.0.0.1:8081/pay?token=abc", "https://x.example/vippsgateway?v=2&token=abc"),
            ("vippsMT://?token=abc", "vippsMT://?token=abc"),
            ("", ""),
        ];
        for (redirect_url, url) in table {
            assert_eq!(told(redirect_url), format!(r#"{{"orderId":"order-1","url":"{url}"}}"#));
        }
    }

    #[test]
    fn an_answer_that_lacks_something_is_a_fault_of_the_platform() {
        let broken = [
            Changed { event: PaymentEvent { amount: None, ..changed().event }, ..changed() },
            Changed { event: PaymentEvent { occurred_at: None, ..changed().event }, ..changed() },
            Changed { event: PaymentEvent { psp_reference: String::new(), ..changed().event }, ..changed() },
            Changed { aggregate: None, ..changed() },
        ];
        for changed in broken {
            let refused = Modified::captured(changed).unwrap_err();
            assert_eq!(refusal::reason_of(&refused), Some(Reason::Internal));
        }
    }
}
