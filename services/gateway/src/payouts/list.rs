//! `GET /kvitt/v1/payouts`: a sales unit's payouts, newest first.

use axum::{
    Extension, Json,
    extract::{RawQuery, State},
};
use kvitt_primitives::Msn;
use kvitt_proto::settlement::v1::ListPayoutsRequest;
use tonic::Status;
use url::form_urlencoded;

use super::json::Payouts;
use crate::{body::Faults, deliveries::list::size, gateway::Gateway, problem::Refused};

/// The operation.
pub(crate) async fn list(
    State(gateway): State<Gateway>,
    Extension(msn): Extension<Msn>,
    RawQuery(query): RawQuery,
) -> Result<Json<Payouts>, Refused> {
    let request = decode(&msn, query.as_deref().unwrap_or_default())?;
    let answer = gateway.ledgers().list_payouts(request).await?.into_inner();
    Ok(Json(Payouts::from_proto(answer)?))
}

/// Where a name stands twice, the last one counts.
fn decode(msn: &Msn, query: &str) -> Result<ListPayoutsRequest, Status> {
    let (mut request, faults) =
        (ListPayoutsRequest { msn: msn.to_string(), ..Default::default() }, Faults::default());
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        match &*name {
            "pageSize" => request.page_size = size(&value, &faults),
            "pageToken" => request.page_token = value.into_owned(),
            _ => {}
        }
    }
    faults.finish().map(|()| request)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_says_which_page_is_meant() {
        let msn: Msn = "123456".parse().unwrap();
        let request = decode(&msn, "pageSize=5&pageToken=t%2B1&other=1").unwrap();
        assert_eq!((request.page_size, request.page_token.as_str()), (5, "t+1"));
        assert_eq!(decode(&msn, "").unwrap().page_size, 0);
        for query in ["pageSize=0", "pageSize=101", "pageSize=many"] {
            assert!(decode(&msn, query).is_err(), "{query}");
        }
    }
}
