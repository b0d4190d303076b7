//! `GET /management/v2/product-orders`: the orders that a partner made, or those of a merchant.

use std::sync::Arc;

use axum::{
    Extension,
    extract::{RawQuery, State},
};
use kvitt_proto::{
    merchant::v1::ListOrdersRequest,
    refusal::{self, FieldViolation},
};
use kvitt_runtime::authority::Client;
use tonic::Status;
use url::form_urlencoded;

use super::{
    json::{Order, Reading},
    pages::gather,
};
use crate::{gateway::Gateway, problem::Refused};

const INCLUDE_EXPIRED: &str = "includeExpired";

/// The operation.
pub(crate) async fn list_orders(
    State(gateway): State<Gateway>,
    Extension(client): Extension<Arc<Client>>,
    RawQuery(query): RawQuery,
) -> Result<Reading<Vec<Order>>, Refused> {
    let request = ListOrdersRequest {
        // A partner asks for what it made, whoever it is for.
        merchant_id: client.merchant_id.map(|id| id.to_string()).unwrap_or_default(),
        include_expired: include_expired(query.as_deref().unwrap_or_default())?,
        ..Default::default()
    };
    let (services, asked) = (&gateway, &request);
    let orders = gather(|page_token| async move {
        let request = ListOrdersRequest { page_token, ..asked.clone() };
        let page = services.orders().list_orders(request).await?.into_inner();
        Ok((page.orders, page.next_page_token))
    })
    .await?;
    let orders = orders.into_iter().map(|order| Order::from_proto(order, gateway.prefill_url()));
    let orders: Result<_, Status> = orders.filter_map(Result::transpose).collect();
    Ok(Reading(orders?))
}

/// Where it stands twice, the last one counts.
fn include_expired(query: &str) -> Result<bool, Status> {
    let given = form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name == INCLUDE_EXPIRED).last();
    match given.map(|(_, value)| value.to_ascii_lowercase()).as_deref() {
        None | Some("" | "false") => Ok(false),
        Some("true") => Ok(true),
        Some(_) => {
            Err(refusal::fields(vec![FieldViolation::new(INCLUDE_EXPIRED, "must be either true or false")]))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_clear_word_includes_expired_orders() {
        let table = [
            ("", Some(false)),
            ("other=1", Some(false)),
            ("includeExpired=", Some(false)),
            ("includeExpired=false", Some(false)),
            ("includeExpired=true", Some(true)),
            ("includeExpired=True&x=y", Some(true)),
            ("includeExpired=true&includeExpired=false", Some(false)),
            ("includeExpired=%74rue", Some(true)),
            ("includeExpired=yes", None),
            ("includeExpired=1", None),
        ];
        for (query, expected) in table {
            assert_eq!(include_expired(query).ok(), expected, "{query}");
        }
    }
}
