//! Wire types of deliveries, beside the delivery itself.

use kvitt_proto::webhook::v1;
use serde::Serialize;
use tonic::Status;
use utoipa::ToSchema;

use crate::webhooks::delivery::Delivery;

/// A page of deliveries, newest first, each with its last try.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = kvitt::Deliveries)]
pub(crate) struct Deliveries {
    deliveries: Vec<Delivery>,
    /// Absent on the last page.
    #[serde(skip_serializing_if = "String::is_empty")]
    next_page_token: String,
}

/// They are on their way.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = kvitt::Resent)]
pub(crate) struct Resent {
    /// How many.
    pub(crate) resent: i64,
}

impl Deliveries {
    pub(crate) fn from_proto(answer: v1::ListDeliveriesResponse) -> Result<Self, Status> {
        let deliveries = answer.deliveries.into_iter().map(Delivery::from_proto);
        Ok(Self {
            deliveries: deliveries.collect::<Result<_, _>>()?,
            next_page_token: answer.next_page_token,
        })
    }
}
