//! `POST /ecomm/v2/payments`: asks a payer for money.

use axum::extract::State;
use kvitt_proto::payment::v1::{CreatePaymentRequest, PaymentMethodType, UserFlow};
use tonic::Status;
use uuid::Uuid;

use super::{
    call::Call,
    json::{EcomJson, Initiated, read},
};
use crate::{gateway::Gateway, problem::Refused};

/// The operation.
pub(crate) async fn initiate(
    State(gateway): State<Gateway>,
    call: Call,
) -> Result<EcomJson<Initiated>, Refused> {
    gateway.rate_limits().take_initiate(call.msn(), call.named_order().as_deref())?;
    let request = decode(&call, Uuid::new_v4())?;
    let created = gateway.payments().create_payment(request).await?.into_inner();
    Ok(EcomJson(Initiated::from_proto(created, gateway.deeplink_url())))
}

/// An initiate has no request id: sent again, it is refused because the order exists. Inside the mesh every attempt has
/// a key, here `minted` for this call.
fn decode(call: &Call, minted: Uuid) -> Result<CreatePaymentRequest, Status> {
    call.decode(|input| {
        let merchant = input.field("merchantInfo").required();
        let transaction = input.field("transaction").required();
        let mobile_number = input.field("customerInfo").field("mobileNumber");
        let user_flow = read::user_flow(&merchant.field("isApp"), &transaction.field("skipLandingPage"));
        if user_flow == UserFlow::PushMessage && !mobile_number.is_given() {
            mobile_number.refuse("is required where the landing page is skipped");
        }
        let is_express = read::is_express(&merchant.field("paymentType"));
        CreatePaymentRequest {
            msn: input.msn(),
            idempotency_key: minted.to_string(),
            idempotency_key_minted: true,
            reference: read::order_id(&transaction.field("orderId").required()),
            amount: read::amount(&transaction.field("amount").required()),
            payment_method_type: PaymentMethodType::Wallet.into(),
            user_flow: user_flow.into(),
            customer: read::customer(&mobile_number),
            return_url: read::fall_back(merchant.field("fallBack")),
            payment_description: input.text(),
            profile_scope: read::scope(&transaction.field("scope"), is_express),
            airline_data: read::airline_data(&transaction.field("additionalData")),
            shipping: is_express.then(|| read::shipping(&merchant)),
            ecom: Some(read::terms(&merchant)),
            ..Default::default()
        }
    })
}

#[cfg(test)]
mod tests;
