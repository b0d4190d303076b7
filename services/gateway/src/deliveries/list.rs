//! `GET /kvitt/v1/deliveries`: a sales unit's deliveries, newest first.

use axum::{
    Extension, Json,
    extract::{RawQuery, State},
};
use kvitt_primitives::Msn;
use kvitt_proto::webhook::v1::{DeliveryState, ListDeliveriesRequest};
use tonic::Status;
use url::form_urlencoded;

use super::json::Deliveries;
use crate::{body::Faults, gateway::Gateway, problem::Refused, webhooks::delivery::STATES};

/// The operation.
pub(crate) async fn list(
    State(gateway): State<Gateway>,
    Extension(msn): Extension<Msn>,
    RawQuery(query): RawQuery,
) -> Result<Json<Deliveries>, Refused> {
    let request = decode(&msn, query.as_deref().unwrap_or_default())?;
    let answer = gateway.deliveries().list_deliveries(request).await?.into_inner();
    Ok(Json(Deliveries::from_proto(answer)?))
}

/// Where a name stands twice, the last one counts.
fn decode(msn: &Msn, query: &str) -> Result<ListDeliveriesRequest, Status> {
    let (mut request, faults) =
        (ListDeliveriesRequest { msn: msn.to_string(), ..Default::default() }, Faults::default());
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        match &*name {
            "reference" => request.reference = value.into_owned(),
            "webhookId" => request.webhook_id = value.into_owned(),
            "state" => request.state = state(&value, &faults).into(),
            "pageSize" => request.page_size = size(&value, &faults),
            "pageToken" => request.page_token = value.into_owned(),
            _ => {}
        }
    }
    faults.finish().map(|()| request)
}

fn state(word: &str, faults: &Faults) -> DeliveryState {
    if word.is_empty() {
        return DeliveryState::Unspecified;
    }
    let known = STATES.iter().find(|(known, _)| *known == word);
    known.map(|(_, state)| *state).unwrap_or_else(|| {
        let words: Vec<_> = STATES.iter().map(|(word, _)| *word).collect();
        faults.field("state", format!("must be one of {}", words.join(", ")));
        DeliveryState::Unspecified
    })
}

/// `pageSize`: 1 to 100, or 0 for a query that leaves it to the service.
pub(crate) fn size(digits: &str, faults: &Faults) -> i32 {
    if digits.is_empty() {
        return 0;
    }
    let size = digits.parse().ok().filter(|size| (1..=100).contains(size));
    size.unwrap_or_else(|| {
        faults.field("pageSize", "must be 1 to 100");
        0
    })
}

#[cfg(test)]
mod tests {
    use kvitt_proto::refusal::field_violations_of;

    use super::*;

    #[test]
    fn a_query_says_which_deliveries_are_meant() {
        let msn: Msn = "123456".parse().unwrap();
        let query =
            "reference=order-1&webhookId=abc&state=GIVEN_UP&pageSize=5&pageToken=t%2B1&other=1&pageSize=7";
        let request = decode(&msn, query).unwrap();
        assert_eq!((request.reference.as_str(), request.webhook_id.as_str()), ("order-1", "abc"));
        assert_eq!(
            (request.state(), request.page_size, &*request.page_token),
            (DeliveryState::GivenUp, 7, "t+1")
        );
        assert_eq!(decode(&msn, "state=&pageSize=").unwrap(), decode(&msn, "").unwrap());
    }

    #[test]
    fn what_cannot_be_meant_is_named() {
        let msn: Msn = "123456".parse().unwrap();
        let table = [
            ("state=pending", &["state"] as &[&str]),
            ("pageSize=0", &["pageSize"]),
            ("pageSize=101&state=x", &["pageSize", "state"]),
            ("pageSize=many", &["pageSize"]),
        ];
        for (query, expected) in table {
            let broken = field_violations_of(&decode(&msn, query).unwrap_err());
            let named: Vec<_> = broken.into_iter().map(|broken| broken.field).collect();
            assert_eq!(named, expected, "{query}");
        }
    }
}
