//! `POST /qr/v1/exchange/customer`: who has checked in, by the token that the merchant was told.

use axum::{
    Extension, Json,
    extract::{Request, State},
};
use kvitt_primitives::Msn;
use kvitt_proto::qr::v1::ExchangeCustomerRequest;

use super::{exchange::judge_requested_data, json::ExchangedCustomer};
use crate::{
    body::{decode, renamed},
    gateway::Gateway,
    problem::Refused,
};

const NAMES: [(&str, &str); 1] = [("customerToken", "customer.customerToken")];

/// The operation.
pub(crate) async fn exchange_customer(
    State(gateway): State<Gateway>,
    Extension(msn): Extension<Msn>,
    request: Request,
) -> Result<Json<ExchangedCustomer>, Refused> {
    let request = decode(request.into_body(), |root, _| {
        judge_requested_data(root);
        let token = root.field("customer").required().field("customerToken").required();
        ExchangeCustomerRequest { msn: msn.to_string(), customer_token: token.text().unwrap_or_default() }
    })
    .await?;
    let answer = gateway.codes().exchange_customer(request).await;
    let answer = answer.map_err(|status| renamed(status, &NAMES))?.into_inner();
    Ok(Json(ExchangedCustomer::from_proto(answer)))
}
