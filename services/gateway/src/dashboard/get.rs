//! `GET /kvitt/v1/dashboard?days=`: how the unit's calls went, and what else its owner should know.

use axum::{
    Extension, Json,
    extract::{RawQuery, State},
};
use kvitt_primitives::Msn;
use kvitt_proto::{
    refusal::{self, FieldViolation},
    webhook::v1::GetDashboardRequest,
};
use tonic::Status;
use url::form_urlencoded;

use super::json::Dashboard;
use crate::{gateway::Gateway, problem::Refused};

const DAYS: &str = "days";

/// The operation.
pub(crate) async fn get(
    State(gateway): State<Gateway>,
    Extension(msn): Extension<Msn>,
    RawQuery(query): RawQuery,
) -> Result<Json<Dashboard>, Refused> {
    let days = days(query.as_deref().unwrap_or_default())?;
    let request = GetDashboardRequest { msn: msn.to_string(), days };
    let answer = gateway.dashboard().get_dashboard(request).await?.into_inner();
    Ok(Json(Dashboard::from_proto(answer)?))
}

/// 0 where nothing is said: the service knows what that means. Where it stands twice, the last one counts.
fn days(query: &str) -> Result<i32, Status> {
    let given = form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name == DAYS).last();
    let Some((_, given)) = given.filter(|(_, value)| !value.is_empty()) else { return Ok(0) };
    let number = given.parse().ok().filter(|days| *days != 0);
    number.ok_or_else(|| refusal::fields(vec![FieldViolation::new(DAYS, "must be between 1 and 30")]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_a_number_or_nothing() {
        let table =
            [("", Ok(0)), ("days=", Ok(0)), ("days=7", Ok(7)), ("days=1&days=30", Ok(30)), ("day=7", Ok(0))];
        for (query, expected) in table {
            assert_eq!(days(query).map_err(drop), expected, "{query}");
        }
        for query in ["days=0", "days=x", "days=1.5", "days=99999999999"] {
            let refused = days(query).unwrap_err();
            assert_eq!(refusal::field_violations_of(&refused)[0].field, "days", "{query}");
        }
    }
}
