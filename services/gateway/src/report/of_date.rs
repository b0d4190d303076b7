//! `GET /report/v2/ledgers/{ledgerId}/{topic}/dates/{ledgerDate}`: what happened on a closed ledger date.

use axum::{
    Json,
    extract::{Path, RawQuery, State, rejection::PathRejection},
};
use kvitt_proto::settlement::v1::ListEntriesOfDateRequest;

use super::{
    json::OfDate,
    query::{Paging, paging, parts, topic},
};
use crate::{body::Faults, gateway::Gateway, problem::Refused};

/// The operation.
pub(crate) async fn of_date(
    State(gateway): State<Gateway>,
    path: Result<Path<Vec<String>>, PathRejection>,
    RawQuery(query): RawQuery,
) -> Result<Json<OfDate>, Refused> {
    let [ledger_id, stream, ledger_date] = parts(path);
    let faults = Faults::default();
    let Paging { cursor, personal } = paging(query.as_deref().unwrap_or_default(), &faults);
    faults.finish()?;
    let request = ListEntriesOfDateRequest {
        ledger_id,
        topic: topic(&stream).into(),
        ledger_date,
        page_size: 0,
        cursor,
        include_personal: personal,
    };
    let answer = gateway.ledgers().list_entries_of_date(request).await?.into_inner();
    Ok(Json(OfDate::from_proto(answer)?))
}
