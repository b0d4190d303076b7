//! `PUT /ecomm/v2/payments/{orderId}/cancel`: ends an order that nobody has approved, or releases what is reserved. Once
//! something has been captured, it releases the rest only where it is told to.

use axum::extract::State;
use kvitt_proto::payment::v1::CancelPaymentRequest;
use tonic::Status;
use uuid::Uuid;

use super::{
    call::Call,
    json::{EcomJson, Modified, incomplete},
    order,
};
use crate::{gateway::Gateway, problem::Refused};

/// The operation.
pub(crate) async fn cancel(
    State(gateway): State<Gateway>,
    call: Call,
) -> Result<EcomJson<Modified>, Refused> {
    let request = decode(&call, Uuid::new_v4())?;
    order::load(&gateway, &call).await?;
    let text = request.text.clone();
    let answer = gateway.payments().cancel_payment(request).await?.into_inner();
    let modification = answer.modification.ok_or_else(|| incomplete("modification"))?;
    let order_minor = modification.amount.map(|amount| amount.amount_minor);
    let order_minor = order_minor.ok_or_else(|| incomplete("amount"))?;
    let happened = (modification.aggregate, order::cancellation as order::Find);
    let changed = order::changed(&gateway, &call, text, happened).await?;
    Ok(EcomJson(Modified::cancelled(changed, order_minor)?))
}

fn decode(call: &Call, minted: Uuid) -> Result<CancelPaymentRequest, Status> {
    let reference = call.order_id()?.to_owned();
    call.decode(|input| {
        let key = input.key(minted);
        let releases_the_rest = input.field("shouldReleaseRemainingFunds").boolean().unwrap_or_default();
        CancelPaymentRequest {
            msn: input.msn(),
            reference,
            idempotency_key: key.text,
            idempotency_key_minted: key.minted,
            cancel_transaction_only: false,
            uncaptured_only: !releases_the_rest,
            text: input.text(),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ecomm::call::tests::{call, named};

    fn body(flag: &str) -> String {
        format!(r#"{{"transaction":{{"transactionText":"No socks"}}{flag}}}"#)
    }

    #[test]
    fn what_is_left_after_a_capture_is_released_only_when_asked_for() {
        let table = [
            ("", true),
            (r#","shouldReleaseRemainingFunds":null"#, true),
            (r#","shouldReleaseRemainingFunds":false"#, true),
            (r#","shouldReleaseRemainingFunds":true"#, false),
        ];
        for (flag, uncaptured_only) in table {
            let request = decode(&call(&body(flag)), Uuid::nil()).unwrap();
            assert_eq!(request.uncaptured_only, uncaptured_only, "{flag}");
            assert!(!request.cancel_transaction_only);
            assert_eq!((request.text.as_str(), request.idempotency_key.as_str()), ("No socks", "request-1"));
        }
    }

    #[test]
    fn a_body_that_is_broken_is_refused_with_the_field_named() {
        let table = [
            ("", "transaction"),
            (r#"{"transaction":{}}"#, "transaction.transactionText"),
            (&body(r#","shouldReleaseRemainingFunds":"true""#), "shouldReleaseRemainingFunds"),
        ];
        for (body, field) in table {
            assert_eq!(named(&decode(&call(body), Uuid::nil()).unwrap_err()), [field], "{body}");
        }
    }
}
