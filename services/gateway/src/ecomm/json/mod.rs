//! Wire types of eCom: how its bodies are read, and what its answers look like.

mod answer;
mod history;
mod people;
pub(super) mod read;

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use http::{HeaderValue, header};
use kvitt_primitives::TransactionNumber;
use kvitt_proto::{error::v1::Reason, money::v1::Money, payment::v1::PaymentEvent, refusal, time};
use serde::Serialize;
use serde_json::Number;
use tonic::Status;
use uuid::Uuid;

pub(super) use answer::Changed;
pub(crate) use answer::{Initiated, Modified, Refunded};
pub(crate) use history::{Details, OrderStatus};

/// JSON with the media type of this API, which names its character set.
#[derive(Debug)]
pub(crate) struct EcomJson<T>(pub(crate) T);

impl<T: Serialize> IntoResponse for EcomJson<T> {
    fn into_response(self) -> Response {
        let mut response = Json(self.0).into_response();
        let media_type = HeaderValue::from_static("application/json;charset=UTF-8");
        response.headers_mut().insert(header::CONTENT_TYPE, media_type);
        response
    }
}

/// A service behind broke the contract.
pub(super) fn incomplete(what: &str) -> Status {
    refusal::status(Reason::Internal, format!("the answer of a service is broken: {what} is missing"))
}

/// Minor units; there is one currency in this API.
fn minor(amount: Option<&Money>) -> Result<i64, Status> {
    amount.map(|amount| amount.amount_minor).ok_or_else(|| incomplete("an amount"))
}

/// Kroner, where upstream does not count in øre. From its digits, so it is exact.
fn kroner(minor: i64) -> Result<Number, Status> {
    let (whole, rest) = (minor / 100, (minor % 100).abs());
    format!("{whole}.{rest:02}").parse().map_err(|_| incomplete("an amount in kroner"))
}

/// When an event happened.
fn occurred_at(event: &PaymentEvent) -> Result<DateTime<Utc>, Status> {
    let at = event.occurred_at.ok_or_else(|| incomplete("occurred_at"))?;
    time::from_proto(at, "occurred_at").map_err(|_| incomplete("occurred_at"))
}

/// The number of an event.
fn transaction_id(event: &PaymentEvent) -> Result<String, Status> {
    let id = Uuid::try_parse(&event.psp_reference).map_err(|_| incomplete("psp_reference"))?;
    Ok(TransactionNumber::of(id).to_string())
}
