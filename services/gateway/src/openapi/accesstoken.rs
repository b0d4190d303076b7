//! The Access token API.

#![expect(dead_code, reason = "types of requests are there for their schemas alone")]

use serde_json::json;
use utoipa::ToSchema;

use super::{
    callers::Calls,
    operation::{Api, Operation},
    refusals::Dialect,
    words::{kinds, one_of},
};
use crate::accesstoken::json::{SpecialisedToken, Token};

pub(super) const NAME: &str = "Access token";

kinds! {
    /// The only grant there is.
    Grant as "accesstoken.Grant" = one_of(["client_credentials"]);
}

/// What is asked for.
#[derive(ToSchema)]
#[schema(as = accesstoken::Form)]
struct Form {
    grant_type: Grant,
    /// Not looked at.
    scope: Option<String>,
}

pub(super) fn operations() -> Vec<Operation> {
    let api = |calls| Api { name: NAME, dialect: Dialect::Oauth, calls };
    vec![
        api(Calls::WithKeys)
            .post("/accesstoken/get", "getAccessToken")
            .says("Keys of a sales unit, or of a partner, for an access token", "A body is not looked at.")
            .answers::<Token>(200, "The token."),
        api(Calls::WithBasic)
            .post("/miami/v1/token", "getSpecialisedToken")
            .says(
                "Accounting or management keys for an access token",
                "The header Ocp-Apim-Subscription-Key must be absent.",
            )
            .takes_form::<Form>(json!({"grant_type": "client_credentials"}))
            .answers::<SpecialisedToken>(200, "The token."),
    ]
}
