//! `POST /ecomm/v2/payments/{orderId}/capture`: takes reserved money, in parts or all that is left.

use axum::extract::State;
use kvitt_proto::payment::v1::CapturePaymentRequest;
use tonic::Status;
use uuid::Uuid;

use super::{
    call::Call,
    json::{EcomJson, Modified, incomplete, read},
    order,
};
use crate::{gateway::Gateway, problem::Refused};

/// The operation.
pub(crate) async fn capture(
    State(gateway): State<Gateway>,
    call: Call,
) -> Result<EcomJson<Modified>, Refused> {
    let request = decode(&call, Uuid::new_v4())?;
    order::load(&gateway, &call).await?;
    let text = request.text.clone();
    let answer = gateway.payments().capture_payment(request).await?.into_inner();
    let modification = answer.modification.ok_or_else(|| incomplete("modification"))?;
    let happened = (modification.aggregate, order::capture as order::Find);
    let changed = order::changed(&gateway, &call, text, happened).await?;
    Ok(EcomJson(Modified::captured(changed)?))
}

fn decode(call: &Call, minted: Uuid) -> Result<CapturePaymentRequest, Status> {
    let reference = call.order_id()?.to_owned();
    call.decode(|input| {
        let key = input.key(minted);
        CapturePaymentRequest {
            msn: input.msn(),
            reference,
            idempotency_key: key.text,
            idempotency_key_minted: key.minted,
            amount: read::amount_or_all(&input.field("transaction").field("amount")),
            text: input.text(),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ecomm::call::tests::{call, call_without_id, named};

    fn body(amount: &str) -> String {
        format!(r#"{{"transaction":{{{amount}"transactionText":"Socks"}}}}"#)
    }

    #[test]
    fn no_amount_in_any_spelling_is_all_that_is_left() {
        for amount in ["", r#""amount":null,"#, r#""amount":0,"#, r#""amount":"0","#, r#""amount":0.0,"#] {
            let request = decode(&call(&body(amount)), Uuid::nil()).unwrap();
            assert_eq!(request.amount, None, "{amount}");
            assert_eq!((request.reference.as_str(), request.text.as_str()), ("order-1", "Socks"));
        }
        for amount in [r#""amount":100,"#, r#""amount":"100","#, r#""amount":100.0,"#] {
            let request = decode(&call(&body(amount)), Uuid::nil()).unwrap();
            assert_eq!(request.amount.unwrap().amount_minor, 100, "{amount}");
        }
    }

    #[test]
    fn the_request_id_is_the_key_where_there_is_one() {
        let given = decode(&call(&body("")), Uuid::nil()).unwrap();
        assert_eq!((given.idempotency_key.as_str(), given.idempotency_key_minted), ("request-1", false));
        let minted = decode(&call_without_id(&body("")), Uuid::nil()).unwrap();
        assert_eq!((minted.idempotency_key, minted.idempotency_key_minted), (Uuid::nil().to_string(), true));
    }

    #[test]
    fn a_body_that_is_broken_is_refused_with_the_field_named() {
        let table = [
            ("", "transaction"),
            ("{}", "transaction"),
            (r#"{"transaction":{"amount":100}}"#, "transaction.transactionText"),
            (&body(r#""amount":100.5,"#), "transaction.amount"),
            (&body(r#""amount":-1,"#), "transaction.amount"),
            (&body(r#""amount":[],"#), "transaction.amount"),
            (&body(r#""amount":1e30,"#), "transaction.amount"),
        ];
        for (body, field) in table {
            assert_eq!(named(&decode(&call(body), Uuid::nil()).unwrap_err()), [field], "{body}");
        }
    }
}
