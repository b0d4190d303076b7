//! `POST /kvitt/v1/webhooks/{webhookId}/resend`: delivers everything again that a registration was to be told since a time.

use axum::{
    Extension, Json,
    extract::{Path, Request, State, rejection::PathRejection},
};
use kvitt_proto::{time, webhook::v1::ResendDeliveriesRequest};
use prost_types::Timestamp;
use tonic::Status;

use super::{id, json::Resent};
use crate::{
    body::{self, Faults, Field, Tree},
    gateway::Gateway,
    problem::Refused,
    webhooks::auth::ForUnit,
};

/// The operation.
pub(crate) async fn resend_since(
    State(gateway): State<Gateway>,
    Extension(ForUnit(msn)): Extension<ForUnit>,
    path: Result<Path<String>, PathRejection>,
    request: Request,
) -> Result<Json<Resent>, Refused> {
    let since = since(&body::collect(request.into_body()).await?)?;
    let request = ResendDeliveriesRequest { msn, webhook_id: id(path), since };
    let answer = gateway.deliveries().resend_deliveries(request).await?.into_inner();
    Ok(Json(Resent { resent: answer.resent }))
}

fn since(body: &[u8]) -> Result<Option<Timestamp>, Status> {
    let (tree, faults) = (Tree::parse(body)?, Faults::default());
    let since = Field::root(&tree, &faults)?.field("since").required().instant();
    faults.finish().map(|()| since.map(time::to_proto))
}

#[cfg(test)]
mod tests {
    use kvitt_proto::refusal::field_violations_of;

    use super::*;

    #[test]
    fn a_time_is_needed() {
        let read = since(br#"{"since":"2026-11-22T13:00:00+01:00"}"#).unwrap().unwrap();
        assert_eq!(read.seconds, 1_795_348_800);
        for body in ["", "{}", r#"{"since":7}"#, r#"{"since":"yesterday"}"#] {
            let named: Vec<_> = field_violations_of(&since(body.as_bytes()).unwrap_err())
                .into_iter()
                .map(|broken| broken.field)
                .collect();
            assert_eq!(named, ["since"], "{body}");
        }
    }
}
