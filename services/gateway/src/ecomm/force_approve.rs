//! `POST /ecomm/v2/integration-test/payments/{orderId}/approve`: approves as a payer would. Sandbox only.

use axum::extract::State;
use kvitt_proto::{error::v1::Reason, wallet::v1::ForceApproveRequest};
use serde::Serialize;
use tonic::Status;

use super::{
    call::Call,
    json::{EcomJson, read},
    order,
};
use crate::{body::Field, gateway::Gateway, problem::Refused};

/// Upstream answers with nothing to read; an object keeps JSON clients content.
#[derive(Debug, Serialize)]
pub(crate) struct Approved {}

/// The operation.
pub(crate) async fn force_approve(
    State(gateway): State<Gateway>,
    call: Call,
) -> Result<EcomJson<Approved>, Refused> {
    let request = decode(&call)?;
    order::load(&gateway, &call).await?;
    gateway.wallet().force_approve(request).await?;
    Ok(EcomJson(Approved {}))
}

fn decode(call: &Call) -> Result<ForceApproveRequest, Status> {
    let reference = call.order_id()?.to_owned();
    call.decode(|input| {
        let (number, token) = (input.field("customerPhoneNumber"), input.field("token"));
        let number = if token.is_given() { number } else { number.required() };
        ForceApproveRequest {
            msn: input.msn(),
            reference,
            phone_number: phone_number(&number),
            token: token.text().unwrap_or_default(),
        }
    })
}

/// As in an initiate, mended where it can be.
fn phone_number(field: &Field<'_>) -> String {
    let number = field.text_or_integer().filter(|number| !number.is_empty());
    let msisdn = number.as_deref().map(read::msisdn);
    if msisdn == Some(None) {
        field.faults().reason(Reason::InvalidPhoneNumber, "The phone number is not a Norwegian one.");
    }
    msisdn.flatten().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use kvitt_proto::refusal;

    use super::*;
    use crate::ecomm::call::tests::{call, named};

    #[test]
    fn the_payer_is_named_by_number_or_token_or_both() {
        let table = [
            (r#"{"customerPhoneNumber":"91234567"}"#, "4791234567", ""),
            (r#"{"customerPhoneNumber":91234567}"#, "4791234567", ""),
            (r#"{"customerPhoneNumber":"4791234567","token":"abc"}"#, "4791234567", "abc"),
            (r#"{"customerPhoneNumber":"","token":"abc"}"#, "", "abc"),
            (r#"{"token":"abc"}"#, "", "abc"),
        ];
        for (body, phone_number, token) in table {
            let request = decode(&call(body)).unwrap();
            assert_eq!(
                (request.phone_number.as_str(), request.token.as_str()),
                (phone_number, token),
                "{body}"
            );
        }
    }

    #[test]
    fn a_body_without_a_payer_is_refused() {
        for (body, field) in [("", "customerPhoneNumber"), (r#"{"token":1}"#, "token")] {
            assert_eq!(named(&decode(&call(body)).unwrap_err()), [field], "{body}");
        }
        let refused = decode(&call(r#"{"customerPhoneNumber":"123"}"#)).unwrap_err();
        assert_eq!(refusal::reason_of(&refused), Some(Reason::InvalidPhoneNumber));
    }
}
