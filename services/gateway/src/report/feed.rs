//! `GET /report/v2/ledgers/{ledgerId}/{topic}/feed`: what happened, in the order in which it was added.

use axum::{
    Json,
    extract::{Path, RawQuery, State, rejection::PathRejection},
};
use kvitt_proto::settlement::v1::FollowEntriesRequest;

use super::{
    json::Feed,
    query::{Paging, paging, parts, topic},
};
use crate::{body::Faults, gateway::Gateway, problem::Refused};

/// The operation.
pub(crate) async fn feed(
    State(gateway): State<Gateway>,
    path: Result<Path<Vec<String>>, PathRejection>,
    RawQuery(query): RawQuery,
) -> Result<Json<Feed>, Refused> {
    let [ledger_id, stream] = parts(path);
    let faults = Faults::default();
    let Paging { cursor, personal } = paging(query.as_deref().unwrap_or_default(), &faults);
    faults.finish()?;
    let request = FollowEntriesRequest {
        ledger_id,
        topic: topic(&stream).into(),
        cursor,
        page_size: 0,
        include_personal: personal,
    };
    let answer = gateway.ledgers().follow_entries(request).await?.into_inner();
    Ok(Json(Feed::from_proto(answer)?))
}
