//! What happened to an order, newest first, and where it stands (contract-payments section 9.3).

use kvitt_proto::payment::v1::{self, PaymentEvent, PaymentEventName};
use serde::Serialize;
use tonic::Status;
use utoipa::ToSchema;

use super::{
    answer::{Summary, zoned},
    incomplete, minor, occurred_at,
    people::{ShippingDetails, UserDetails},
    transaction_id,
};

/// An order and all that happened to it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ecomm::Details)]
pub(crate) struct Details {
    order_id: String,
    /// Absent as long as the payer has not acted.
    #[serde(skip_serializing_if = "Option::is_none")]
    transaction_summary: Option<SummaryWithBin>,
    transaction_log_history: Vec<Entry>,
    #[serde(skip_serializing_if = "Option::is_none")]
    shipping_details: Option<ShippingDetails>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_details: Option<UserDetails>,
    #[serde(skip_serializing_if = "String::is_empty")]
    sub: String,
}

/// The last thing that happened to an order.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ecomm::OrderStatus)]
pub(crate) struct OrderStatus {
    order_id: String,
    transaction_info: LastTransaction,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ecomm::SummaryWithBin)]
struct SummaryWithBin {
    #[serde(flatten)]
    summary: Summary,
    /// The first six digits of the card.
    #[serde(skip_serializing_if = "Option::is_none")]
    bank_identification_number: Option<u32>,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ecomm::Entry)]
struct Entry {
    amount: i64,
    transaction_text: String,
    transaction_id: String,
    time_stamp: String,
    operation: &'static str,
    /// Empty when the merchant gave none.
    request_id: String,
    operation_success: bool,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ecomm::LastTransaction)]
struct LastTransaction {
    amount: i64,
    status: &'static str,
    time_stamp: String,
    transaction_id: String,
}

/// An event and what this API calls it.
struct Line {
    event: PaymentEvent,
    operation: &'static str,
}

impl Details {
    /// `events` are those of the payment, oldest first.
    pub(in crate::ecomm) fn from_proto(
        payment: v1::Payment,
        events: Vec<PaymentEvent>,
    ) -> Result<Self, Status> {
        let acted = events
            .iter()
            .any(|event| matches!(event.name(), PaymentEventName::Authorized | PaymentEventName::Aborted));
        let summary = acted.then(|| SummaryWithBin::from_proto(&payment)).transpose()?;
        let lines = lines(&payment, events)?;
        let entries = lines.into_iter().map(|line| Entry::from_line(line, &payment.payment_description));
        let transaction_log_history = entries.collect::<Result<_, _>>()?;
        let user_details = payment.user_details;
        Ok(Self {
            order_id: payment.reference,
            transaction_summary: summary,
            transaction_log_history,
            shipping_details: payment.shipping_details.map(ShippingDetails::from_proto).transpose()?,
            user_details: user_details.map(|details| UserDetails::from_proto(details, &payment.sub)),
            sub: payment.sub,
        })
    }
}

impl OrderStatus {
    /// `events` are those of the payment, oldest first.
    pub(in crate::ecomm) fn from_proto(
        payment: v1::Payment,
        events: Vec<PaymentEvent>,
    ) -> Result<Self, Status> {
        let last = lines(&payment, events)?.into_iter().next().ok_or_else(|| incomplete("every event"))?;
        let transaction_info = LastTransaction {
            amount: minor(last.event.amount.as_ref())?,
            status: last.status(),
            time_stamp: zoned(occurred_at(&last.event)?),
            transaction_id: transaction_id(&last.event)?,
        };
        Ok(Self { order_id: payment.reference, transaction_info })
    }
}

impl SummaryWithBin {
    fn from_proto(payment: &v1::Payment) -> Result<Self, Status> {
        let summary = Summary::from_proto(payment.aggregate.as_ref())?;
        Ok(Self { summary, bank_identification_number: payment.card_bin.parse().ok() })
    }
}

impl Entry {
    /// What nobody said anything about is told with the words of the order.
    fn from_line(line: Line, description: &str) -> Result<Self, Status> {
        let Line { event, operation } = line;
        Ok(Self {
            amount: minor(event.amount.as_ref())?,
            transaction_id: transaction_id(&event)?,
            time_stamp: zoned(occurred_at(&event)?),
            transaction_text: if event.text.is_empty() { description.to_owned() } else { event.text },
            operation,
            request_id: event.idempotency_key,
            operation_success: event.success,
        })
    }
}

impl Line {
    /// The other endpoint has words of its own for what went wrong.
    fn status(&self) -> &'static str {
        match (self.event.success, self.event.name()) {
            (false, _) => "FAILED",
            (true, PaymentEventName::Expired) => "REJECTED",
            (true, _) => self.operation,
        }
    }
}

/// The events in this API's words, newest first. An order that is captured by itself has one line where others have
/// two: approving it was the sale.
fn lines(payment: &v1::Payment, events: Vec<PaymentEvent>) -> Result<Vec<Line>, Status> {
    let is_capture = |event: &PaymentEvent| event.success && event.name() == PaymentEventName::Captured;
    let sale = events.iter().position(is_capture).filter(|_| payment.direct_capture);
    let mut lines = Vec::with_capacity(events.len());
    for (at, event) in events.into_iter().enumerate() {
        let operation = match event.name() {
            PaymentEventName::Unspecified => return Err(incomplete("the name of an event")),
            PaymentEventName::Created => "INITIATE",
            PaymentEventName::Authorized if event.success && sale.is_some() => continue,
            PaymentEventName::Authorized if !event.success && payment.direct_capture => "SALE",
            PaymentEventName::Authorized => "RESERVE",
            PaymentEventName::Captured if sale == Some(at) => "SALE",
            PaymentEventName::Captured => "CAPTURE",
            PaymentEventName::Refunded => "REFUND",
            PaymentEventName::Cancelled => "VOID",
            PaymentEventName::Aborted | PaymentEventName::Expired | PaymentEventName::Terminated => "CANCEL",
        };
        lines.push(Line { event, operation });
    }
    lines.reverse();
    Ok(lines)
}

#[cfg(test)]
mod tests;
