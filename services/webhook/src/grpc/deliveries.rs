//! What became of deliveries. Fields are named as the REST edge spells them.

use std::str::FromStr;

use chrono::{DateTime, Utc};
use kvitt_primitives::{DeliveryId, Invalid, Msn, Reference, WebhookId};
use kvitt_proto::{
    refusal::{FieldViolation, fields},
    time,
    webhook::v1::{
        DeliveryState, GetDeliveryRequest, GetDeliveryResponse, ListDeliveriesRequest,
        ListDeliveriesResponse, ResendDeliveriesRequest, ResendDeliveriesResponse, ResendDeliveryRequest,
        ResendDeliveryResponse, delivery_service_server::DeliveryService,
    },
};
use kvitt_runtime::Caller;
use tonic::{Request, Response, Status};

use super::{Answer, Grpc, encode};
use crate::{
    app::{
        Error,
        get_delivery::get_delivery,
        list_deliveries::list_deliveries,
        resend::{resend_deliveries, resend_delivery},
    },
    domain::State,
    store::deliveries::{Filter, Page},
};

/// Most deliveries on a page, and as many when no number is asked for.
const MOST_ON_PAGE: i32 = 100;

#[tonic::async_trait]
impl DeliveryService for Grpc {
    async fn list_deliveries(
        &self,
        request: Request<ListDeliveriesRequest>,
    ) -> Answer<ListDeliveriesResponse> {
        let (filter, page) = asked(request.get_ref()).map_err(fields)?;
        let listed = list_deliveries(&self.app, Caller::of(&request)?, filter, &page).await?;
        let (deliveries, next) = listed;
        Ok(Response::new(ListDeliveriesResponse {
            deliveries: deliveries.into_iter().map(encode::delivery).collect(),
            next_page_token: next.map(|id| id.to_string()).unwrap_or_default(),
        }))
    }

    async fn get_delivery(&self, request: Request<GetDeliveryRequest>) -> Answer<GetDeliveryResponse> {
        let GetDeliveryRequest { msn, delivery_id } = request.get_ref();
        let shown = get_delivery(&self.app, Caller::of(&request)?, named(msn, delivery_id)?).await?;
        Ok(Response::new(GetDeliveryResponse { delivery: Some(encode::delivery(shown)) }))
    }

    async fn resend_delivery(
        &self,
        request: Request<ResendDeliveryRequest>,
    ) -> Answer<ResendDeliveryResponse> {
        let ResendDeliveryRequest { msn, delivery_id } = request.get_ref();
        let shown = resend_delivery(&self.app, Caller::of(&request)?, named(msn, delivery_id)?).await?;
        Ok(Response::new(ResendDeliveryResponse { delivery: Some(encode::delivery(shown)) }))
    }

    async fn resend_deliveries(
        &self,
        request: Request<ResendDeliveriesRequest>,
    ) -> Answer<ResendDeliveriesResponse> {
        let (msn, since) = since(request.get_ref()).map_err(fields)?;
        // What is no id is the id of nothing.
        let webhook_id: Result<WebhookId, _> = request.get_ref().webhook_id.parse();
        let which = (msn, webhook_id.map_err(|_| Error::WebhookNotFound)?);
        let resent = resend_deliveries(&self.app, Caller::of(&request)?, which, since).await?;
        Ok(Response::new(ResendDeliveriesResponse { resent }))
    }
}

/// What is to be listed, or every field that is broken.
fn asked(request: &ListDeliveriesRequest) -> Result<(Filter, Page), Vec<FieldViolation>> {
    let mut broken = Vec::new();
    let msn = note(&mut broken, unit(&request.msn));
    let reference: Option<Option<Reference>> =
        note(&mut broken, if_given("reference", &request.reference, None));
    let webhook_id = note(&mut broken, if_given("webhookId", &request.webhook_id, None));
    let state = note(&mut broken, state(request.state));
    let size = match request.page_size {
        0 => Ok(MOST_ON_PAGE),
        size @ 1..=MOST_ON_PAGE => Ok(size),
        _ => Err(FieldViolation::new("pageSize", "must be at most 100")),
    };
    let size = note(&mut broken, size);
    let rule = "must be the token of the page before";
    let before = note(&mut broken, if_given("pageToken", &request.page_token, Some(rule)));
    match (msn, reference, webhook_id, state, size, before) {
        (Some(msn), Some(reference), Some(webhook_id), Some(state), Some(size), Some(before)) => {
            let reference = reference.map(|reference| reference.to_string());
            let filter = Filter { msn, partner_id: None, reference, webhook_id, state };
            Ok((filter, Page { before, size: size.into() }))
        }
        _ => Err(broken),
    }
}

/// Which one is meant. What is no id is the id of nothing.
fn named(msn: &str, delivery_id: &str) -> Result<(Msn, DeliveryId), Status> {
    let msn = unit(msn).map_err(|broken| fields(vec![broken]))?;
    Ok((msn, delivery_id.parse().map_err(|_| Error::DeliveryNotFound)?))
}

/// Whose registration, and since when, or every field that is broken.
fn since(request: &ResendDeliveriesRequest) -> Result<(Option<Msn>, DateTime<Utc>), Vec<FieldViolation>> {
    let mut broken = Vec::new();
    let msn = note(&mut broken, if_given("msn", &request.msn, None));
    let since = request.since.ok_or_else(|| FieldViolation::new("since", "is required"));
    let since = note(&mut broken, since.and_then(|since| time::from_proto(since, "since")));
    msn.zip(since).ok_or(broken)
}

fn unit(msn: &str) -> Result<Msn, FieldViolation> {
    let given = (!msn.is_empty()).then_some(msn).ok_or_else(|| FieldViolation::new("msn", "is required"));
    given?.parse().map_err(|Invalid { rule }| FieldViolation::new("msn", rule))
}

fn if_given<T: FromStr<Err = Invalid>>(
    field: &str,
    text: &str,
    rule: Option<&str>,
) -> Result<Option<T>, FieldViolation> {
    let broken = |invalid: Invalid| FieldViolation::new(field, rule.unwrap_or(invalid.rule));
    (!text.is_empty()).then(|| text.parse().map_err(broken)).transpose()
}

fn state(number: i32) -> Result<Option<State>, FieldViolation> {
    match DeliveryState::try_from(number) {
        Ok(DeliveryState::Unspecified) => Ok(None),
        Ok(DeliveryState::Pending) => Ok(Some(State::Pending)),
        Ok(DeliveryState::Delivered) => Ok(Some(State::Delivered)),
        Ok(DeliveryState::GivenUp) => Ok(Some(State::GivenUp)),
        Ok(DeliveryState::Cancelled) => Ok(Some(State::Cancelled)),
        Err(_) => Err(FieldViolation::new("state", "must be a state")),
    }
}

fn note<T>(broken: &mut Vec<FieldViolation>, read: Result<T, FieldViolation>) -> Option<T> {
    read.map_err(|violation| broken.push(violation)).ok()
}

#[cfg(test)]
mod tests;
