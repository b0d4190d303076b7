//! Wire types of the Access token API.

use kvitt_proto::access::v1::{IssueSpecialisedTokenResponse, IssueTokenResponse};
use serde::Serialize;
use utoipa::ToSchema;

/// Upstream's constant: what the token is for, the same for everybody.
const RESOURCE: &str = "00000002-0000-0000-c000-000000000000";

/// How long a specialised token lives, in every environment.
const SPECIALISED_LIFE_SECONDS: i64 = 900;

/// Every value is a string, numbers included.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = accesstoken::Token)]
pub(crate) struct Token {
    token_type: &'static str,
    expires_in: String,
    ext_expires_in: String,
    expires_on: String,
    not_before: String,
    resource: &'static str,
    access_token: String,
}

impl Token {
    /// The answer to a call at `asked_at`, in seconds since 1970.
    pub(crate) fn from_proto(issued: IssueTokenResponse, asked_at: i64) -> Self {
        let not_before = issued.not_before_at.map_or(asked_at, |at| at.seconds);
        let expires_on = issued.expires_at.map_or(asked_at, |at| at.seconds);
        // The second in which the call was made may not be the one in which it was answered.
        let life = expires_on.saturating_sub(not_before);
        let expires_in = expires_on.saturating_sub(asked_at).clamp(0, life.max(0)).to_string();
        Self {
            token_type: "Bearer",
            ext_expires_in: expires_in.clone(),
            expires_in,
            expires_on: expires_on.to_string(),
            not_before: not_before.to_string(),
            resource: RESOURCE,
            access_token: issued.access_token,
        }
    }
}

/// A token for the calls that need no subscription key. Its life is a number, unlike the other's.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = accesstoken::SpecialisedToken)]
pub(crate) struct SpecialisedToken {
    token_type: &'static str,
    expires_in: i64,
    access_token: String,
}

impl SpecialisedToken {
    /// The answer to a call at `asked_at`, in seconds since 1970.
    pub(crate) fn from_proto(issued: IssueSpecialisedTokenResponse, asked_at: i64) -> Self {
        let left = issued.expires_at.map_or(0, |at| at.seconds.saturating_sub(asked_at));
        // The second in which the call was made may not be the one in which it was answered.
        let expires_in = left.clamp(0, SPECIALISED_LIFE_SECONDS);
        Self { token_type: "Bearer", expires_in, access_token: issued.access_token }
    }
}

/// The error body of OAuth, in the manner of the directory that upstream's tokens once came from.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = accesstoken::OauthError)]
pub(crate) struct OauthError {
    pub(crate) error: &'static str,
    pub(crate) error_description: String,
    pub(crate) error_codes: [u32; 1],
    pub(crate) timestamp: String,
    pub(crate) trace_id: String,
    pub(crate) correlation_id: String,
    pub(crate) error_uri: &'static str,
}

/// The error body of upstream's gateway.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = accesstoken::GatewayError)]
pub(crate) struct GatewayError {
    pub(crate) status_code: u16,
    pub(crate) message: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_specialised_token_lives_a_number_of_seconds() {
        let issued = |seconds| IssueSpecialisedTokenResponse {
            access_token: "a.b.c".to_owned(),
            expires_at: Some(prost_types::Timestamp { seconds, nanos: 0 }),
        };
        for (expires_at, expires_in) in [(1900, 900), (1901, 900), (1600, 600), (999, 0), (i64::MAX, 900)] {
            let json =
                serde_json::to_string(&SpecialisedToken::from_proto(issued(expires_at), 1000)).unwrap();
            let expected =
                format!(r#"{{"token_type":"Bearer","expires_in":{expires_in},"access_token":"a.b.c"}}"#);
            assert_eq!(json, expected);
        }
    }

    #[test]
    fn every_value_of_a_token_is_a_string() {
        let at = |seconds| chrono::DateTime::from_timestamp(seconds, 0).map(kvitt_proto::time::to_proto);
        let issued = IssueTokenResponse {
            access_token: "a.b.c".to_owned(),
            not_before_at: at(1_780_000_000),
            expires_at: at(1_780_003_600),
        };
        let json = serde_json::to_string(&Token::from_proto(issued, 1_780_000_000)).unwrap();
        let expected = concat!(
            r#"{"token_type":"Bearer","expires_in":"3600","ext_expires_in":"3600","expires_on":"1780003600","#,
            r#""not_before":"1780000000","resource":"00000002-0000-0000-c000-000000000000","access_token":"a.b.c"}"#,
        );
        assert_eq!(json, expected);
    }
}
