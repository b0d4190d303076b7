//! Wire types of Checkout. A session itself is written by `kvitt-checkout-json`, which the callbacks to merchants share.

mod order_summary;
pub(crate) mod read;

use kvitt_proto::checkout::v1::CreateSessionResponse;
use serde::Serialize;
use utoipa::ToSchema;

/// The session is open.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = checkout::Created)]
pub(crate) struct Created {
    /// Opens the page; whoever has it may act as the payer there.
    token: String,
    checkout_frontend_url: String,
    polling_url: String,
}

impl From<CreateSessionResponse> for Created {
    fn from(created: CreateSessionResponse) -> Self {
        let CreateSessionResponse { token, checkout_frontend_url, polling_url } = created;
        Self { token, checkout_frontend_url, polling_url }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_opened_session_is_three_texts() {
        let created = Created {
            token: "123456.abc".to_owned(),
            checkout_frontend_url: "https://checkout.example/".to_owned(),
            polling_url: "https://api.example/checkout/v3/session/order-12345678".to_owned(),
        };
        let expected = concat!(
            r#"{"token":"123456.abc","checkoutFrontendUrl":"https://checkout.example/","#,
            r#""pollingUrl":"https://api.example/checkout/v3/session/order-12345678"}"#,
        );
        assert_eq!(serde_json::to_string(&created).unwrap(), expected);
    }
}
