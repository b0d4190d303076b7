//! `GET /management/v1/merchants/{scheme}/{id}`: a merchant, by its number in its country's register.

use axum::extract::{Path, State, rejection::PathRejection};
use kvitt_proto::merchant::v1::{self, GetMerchantRequest};
use tonic::Status;

use super::json::{Merchant, Reading};
use crate::{gateway::Gateway, problem::Refused};

/// Scheme and id, as they stand in a path.
pub(super) type BusinessIdentifier = Result<Path<(String, String)>, PathRejection>;

/// The operation.
pub(crate) async fn get_merchant(
    State(gateway): State<Gateway>,
    business: BusinessIdentifier,
) -> Result<Reading<Merchant>, Refused> {
    let merchant = find(&gateway, business).await?;
    Ok(Reading(Merchant::from_proto(merchant)?))
}

/// The merchant that the path names.
pub(super) async fn find(
    gateway: &Gateway,
    business: BusinessIdentifier,
) -> Result<Option<v1::Merchant>, Status> {
    // What is no text is no identifier either.
    let unreadable = || ("?".to_owned(), "?".to_owned());
    let (business_scheme, business_id) = business.map_or_else(|_| unreadable(), |Path(business)| business);
    let request = GetMerchantRequest { merchant_id: String::new(), business_scheme, business_id };
    Ok(gateway.merchants().get_merchant(request).await?.into_inner().merchant)
}
