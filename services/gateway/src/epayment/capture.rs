//! `POST /epayment/v1/payments/{reference}/capture`: takes reserved money, in parts if wanted.

use axum::{Json, extract::State};
use kvitt_proto::payment::v1::CapturePaymentRequest;
use tonic::Status;

use super::{
    call::Call,
    json::{Modification, read},
};
use crate::{gateway::Gateway, problem::Refused};

/// The operation.
pub(crate) async fn capture(
    State(gateway): State<Gateway>,
    call: Call,
) -> Result<Json<Modification>, Refused> {
    let request = decode(&call)?;
    let answer = gateway.payments().capture_payment(request).await?.into_inner();
    Ok(Json(Modification::from_proto(answer.modification)?))
}

fn decode(call: &Call) -> Result<CapturePaymentRequest, Status> {
    call.decode(|input| CapturePaymentRequest {
        msn: input.msn(),
        reference: input.reference(),
        idempotency_key: input.key(),
        amount: read::amount(&input.field("modificationAmount").required()),
        ..Default::default()
    })
}

#[cfg(test)]
mod tests {
    use kvitt_proto::{error::v1::Reason, refusal};

    use super::*;
    use crate::epayment::call::tests::{call, named};

    #[test]
    fn an_amount_is_taken_as_clients_send_it() {
        for value in ["100", "100.0", "\"100\""] {
            let body = format!(r#"{{"modificationAmount":{{"currency":"NOK","value":{value}}},"extra":1}}"#);
            let request = decode(&call(&body)).unwrap();
            assert_eq!((request.msn.as_str(), request.reference.as_str()), ("123456", "order-12345678"));
            assert_eq!(request.idempotency_key, "key-1");
            assert_eq!(request.amount.unwrap().amount_minor, 100);
        }
    }

    #[test]
    fn a_body_without_an_amount_is_refused_with_the_field_named() {
        let table = [
            ("", "modificationAmount"),
            ("null", "modificationAmount"),
            ("{}", "modificationAmount"),
            (r#"{"modificationAmount":null}"#, "modificationAmount"),
            (r#"{"modificationAmount":[]}"#, "modificationAmount"),
            (r#"{"modificationAmount":{"currency":"NOK"}}"#, "modificationAmount.value"),
            (r#"{"modificationAmount":{"currency":"NOK","value":{}}}"#, "modificationAmount.value"),
            (r#"{"modificationAmount":{"value":1}}"#, "modificationAmount.currency"),
            (r#"{"modificationAmount":{"currency":"nok","value":1}}"#, "modificationAmount.currency"),
        ];
        for (body, field) in table {
            assert_eq!(named(&decode(&call(body)).unwrap_err()), [field], "{body}");
        }
    }

    #[test]
    fn an_empty_array_is_no_body() {
        let refused = decode(&call("[]")).unwrap_err();
        assert_eq!(refusal::reason_of(&refused), Some(Reason::BodyMalformed));
    }

    #[test]
    fn a_fraction_of_an_ore_is_no_amount() {
        let body = r#"{"modificationAmount":{"currency":"NOK","value":100.5}}"#;
        let refused = decode(&call(body)).unwrap_err();
        assert_eq!(refusal::reason_of(&refused), Some(Reason::InvalidAmount));
    }
}
