//! `GET /settlement/v1/ledgers`: the ledgers that the caller may read, whoever's they are.

use axum::{
    Json,
    extract::{RawQuery, State},
};
use kvitt_proto::settlement::v1::ListLedgersRequest;
use url::form_urlencoded;

use super::json::Ledgers;
use crate::{gateway::Gateway, problem::Refused};

/// The operation.
pub(crate) async fn list_ledgers(
    State(gateway): State<Gateway>,
    RawQuery(query): RawQuery,
) -> Result<Json<Ledgers>, Refused> {
    let request = decode(query.as_deref().unwrap_or_default());
    let answer = gateway.ledgers().list_ledgers(request).await?.into_inner();
    Ok(Json(Ledgers::from_proto(answer)?))
}

/// Where a name stands twice, the last one counts.
fn decode(query: &str) -> ListLedgersRequest {
    let mut request = ListLedgersRequest::default();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        match &*name {
            "settlesForRecipientHandles" => request.recipient_handle = value.into_owned(),
            "cursor" => request.page_token = value.into_owned(),
            _ => {}
        }
    }
    request
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_says_which_ledgers_are_meant() {
        let request = decode("settlesForRecipientHandles=api%3A123456&cursor=a%2Bb&other=1&cursor=c");
        assert_eq!((request.recipient_handle.as_str(), request.page_token.as_str()), ("api:123456", "c"));
        assert_eq!(decode(""), ListLedgersRequest::default());
    }
}
