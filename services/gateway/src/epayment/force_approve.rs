//! `POST /epayment/v1/test/payments/{reference}/approve`: approves as a payer would. Sandbox only.

use axum::{Json, extract::State};
use kvitt_proto::wallet::v1::ForceApproveRequest;
use serde::Serialize;
use tonic::Status;

use super::call::Call;
use crate::{gateway::Gateway, problem::Refused};

/// Upstream answers with nothing to read; an object keeps JSON clients content.
#[derive(Debug, Serialize)]
pub(crate) struct Approved {}

/// The operation.
pub(crate) async fn force_approve(
    State(gateway): State<Gateway>,
    call: Call,
) -> Result<Json<Approved>, Refused> {
    let request = decode(&call)?;
    gateway.wallet().force_approve(request).await?;
    Ok(Json(Approved {}))
}

fn decode(call: &Call) -> Result<ForceApproveRequest, Status> {
    call.decode(|input| {
        let token = input.field("token");
        let customer = input.field("customer");
        let customer = if token.is_given() { customer } else { customer.required() };
        let phone_number = customer.field("phoneNumber");
        let phone_number = if token.is_given() { phone_number } else { phone_number.required() };
        ForceApproveRequest {
            msn: input.msn(),
            reference: input.reference(),
            phone_number: phone_number.text_or_integer().unwrap_or_default(),
            token: token.text().unwrap_or_default(),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::epayment::call::tests::{call, named};

    #[test]
    fn the_payer_is_named_by_phone_number_or_token() {
        for phone_number in ["4712345678", "\"4712345678\""] {
            let request =
                decode(&call(&format!(r#"{{"customer":{{"phoneNumber":{phone_number}}}}}"#))).unwrap();
            assert_eq!((request.phone_number.as_str(), request.token.as_str()), ("4712345678", ""));
        }
        let request = decode(&call(r#"{"token":"abc"}"#)).unwrap();
        assert_eq!((request.phone_number.as_str(), request.token.as_str()), ("", "abc"));
    }

    #[test]
    fn a_body_without_a_payer_is_refused() {
        let table = [
            ("", "customer"),
            ("{}", "customer"),
            (r#"{"customer":{}}"#, "customer.phoneNumber"),
            (r#"{"customer":"4712345678"}"#, "customer"),
            (r#"{"token":1}"#, "token"),
        ];
        for (body, field) in table {
            assert_eq!(named(&decode(&call(body)).unwrap_err()), [field], "{body}");
        }
    }
}
