//! `GET /kvitt/v1/clock`: what time it is. `POST /kvitt/v1/clock`: moves time forward, and answers when everything that
//! became due on the way has been done. Sandbox only.

use axum::{
    Json,
    extract::{Request, State},
};
use kvitt_primitives::{Invalid, Span};
use kvitt_proto::{
    sandbox::v1::{AdvanceClockRequest, GetClockRequest, advance_clock_request::Target},
    time,
};
use tonic::Status;

use super::json::Clock;
use crate::{
    body::{self, Faults, Field, Tree},
    gateway::Gateway,
    problem::Refused,
};

/// What time it is.
pub(crate) async fn get(State(gateway): State<Gateway>) -> Result<Json<Clock>, Refused> {
    let told = gateway.clock().get_clock(GetClockRequest {}).await?.into_inner();
    Ok(Json(Clock::from_proto(told.now, told.offset, None)?))
}

/// Moves time.
pub(crate) async fn advance(
    State(gateway): State<Gateway>,
    request: Request,
) -> Result<Json<Clock>, Refused> {
    let request = decode(&body::collect(request.into_body()).await?)?;
    let told = gateway.clock().advance_clock(request).await?.into_inner();
    Ok(Json(Clock::from_proto(told.now, told.offset, Some(told.instants))?))
}

fn decode(body: &[u8]) -> Result<AdvanceClockRequest, Status> {
    let (tree, faults) = (Tree::parse(body)?, Faults::default());
    let root = Field::root(&tree, &faults)?;
    let (by, to) = (root.field("advance"), root.field("advanceTo"));
    let target = match (by.is_given(), to.is_given()) {
        (true, false) => span(&by).map(Target::By),
        (false, true) => to.instant().map(|to| Target::To(time::to_proto(to))),
        (true, true) => {
            by.refuse("must not stand beside advanceTo");
            None
        }
        (false, false) => {
            by.refuse("is required, unless advanceTo is given");
            None
        }
    };
    faults.finish().map(|()| AdvanceClockRequest { target })
}

/// A length of time.
pub(super) fn span(field: &Field<'_>) -> Option<prost_types::Duration> {
    let span = field.text()?.parse().map(Span::length);
    match span.map(prost_types::Duration::try_from) {
        Ok(Ok(length)) => Some(length),
        Ok(Err(_)) | Err(Invalid { .. }) => {
            field.refuse(Span::RULE);
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use kvitt_proto::{error::v1::Reason, refusal};

    use super::*;

    #[test]
    fn a_target_is_a_length_of_time_or_an_instant() {
        let by = decode(br#"{"advance":"1d12h"}"#).unwrap().target;
        assert_eq!(by, Some(Target::By(prost_types::Duration { seconds: 129_600, nanos: 0 })));
        let to = decode(br#"{"advanceTo":"2027-01-01T01:00:00.5+01:00","advance":null}"#).unwrap().target;
        assert_eq!(
            to,
            Some(Target::To(prost_types::Timestamp { seconds: 1_798_761_600, nanos: 500_000_000 }))
        );
    }

    #[test]
    fn a_body_without_exactly_one_target_is_refused_with_the_field_named() {
        let table = [
            ("", "advance"),
            ("{}", "advance"),
            (r#"{"advance":"1d","advanceTo":"2027-01-01T00:00:00Z"}"#, "advance"),
            (r#"{"advance":""}"#, "advance"),
            (r#"{"advance":"a day"}"#, "advance"),
            (r#"{"advance":"-1d"}"#, "advance"),
            (r#"{"advance":86400}"#, "advance"),
            (r#"{"advance":["1d"]}"#, "advance"),
            (r#"{"advance":"18446744073709551615s"}"#, "advance"),
            (r#"{"advanceTo":"2027-01-01"}"#, "advanceTo"),
            (r#"{"advanceTo":"1d"}"#, "advanceTo"),
            (r#"{"advanceTo":1798761600}"#, "advanceTo"),
        ];
        for (body, field) in table {
            let violations = refusal::field_violations_of(&decode(body.as_bytes()).unwrap_err());
            assert_eq!(violations.len(), 1, "{body}");
            assert_eq!(violations[0].field, field, "{body}");
        }
        let refused = decode(b"181d").unwrap_err();
        assert_eq!(refusal::reason_of(&refused), Some(Reason::BodyMalformed));
    }
}
