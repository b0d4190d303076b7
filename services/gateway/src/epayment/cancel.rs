//! `POST /epayment/v1/payments/{reference}/cancel`: ends a payment, or releases what is reserved and not captured.

use axum::{Json, extract::State};
use kvitt_proto::payment::v1::CancelPaymentRequest;
use tonic::Status;
use uuid::Uuid;

use super::{call::Call, json::Modification};
use crate::{gateway::Gateway, problem::Refused};

/// The operation.
pub(crate) async fn cancel(
    State(gateway): State<Gateway>,
    call: Call,
) -> Result<Json<Modification>, Refused> {
    let request = decode(&call, Uuid::new_v4())?;
    let answer = gateway.payments().cancel_payment(request).await?.into_inner();
    Ok(Json(Modification::from_proto(answer.modification)?))
}

/// A client need not send a key; inside the mesh every attempt has one, here `minted` for this call.
fn decode(call: &Call, minted: Uuid) -> Result<CancelPaymentRequest, Status> {
    call.decode_optional(|input| {
        let given = input.key_if_given();
        CancelPaymentRequest {
            msn: input.msn(),
            reference: input.reference(),
            idempotency_key_minted: given.is_none(),
            idempotency_key: given.unwrap_or_else(|| minted.to_string()),
            cancel_transaction_only: input.field("cancelTransactionOnly").boolean().unwrap_or_default(),
            ..Default::default()
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::epayment::call::tests::{call, call_without_key, named};

    #[test]
    fn no_body_of_any_kind_is_a_plain_cancel() {
        for body in ["", "null", "[]", "{}", r#"{"cancelTransactionOnly":null}"#] {
            let request = decode(&call(body), Uuid::nil()).unwrap();
            assert!(!request.cancel_transaction_only, "{body}");
        }
        assert!(
            decode(&call(r#"{"cancelTransactionOnly":true}"#), Uuid::nil()).unwrap().cancel_transaction_only
        );
    }

    #[test]
    fn a_key_is_minted_only_when_none_is_given() {
        let given = decode(&call(""), Uuid::nil()).unwrap();
        assert_eq!((given.idempotency_key.as_str(), given.idempotency_key_minted), ("key-1", false));
        let minted = decode(&call_without_key(""), Uuid::nil()).unwrap();
        assert_eq!((minted.idempotency_key, minted.idempotency_key_minted), (Uuid::nil().to_string(), true));
    }

    #[test]
    fn the_flag_is_a_boolean() {
        for value in ["1", "\"true\"", "[]"] {
            let body = format!(r#"{{"cancelTransactionOnly":{value}}}"#);
            assert_eq!(named(&decode(&call(&body), Uuid::nil()).unwrap_err()), ["cancelTransactionOnly"]);
        }
    }
}
