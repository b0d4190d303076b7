//! `GET /management/v1/partners/price-packages`: what a partner may offer merchants.

use axum::extract::State;
use kvitt_proto::merchant::v1::ListPricePackagesRequest;
use tonic::Status;

use super::json::{PricePackage, Reading};
use crate::{gateway::Gateway, problem::Refused};

/// The operation.
pub(crate) async fn list_price_packages(
    State(gateway): State<Gateway>,
) -> Result<Reading<Vec<PricePackage>>, Refused> {
    let listed = gateway.partners().list_price_packages(ListPricePackagesRequest {}).await?.into_inner();
    let packages: Result<_, Status> =
        listed.price_packages.into_iter().map(PricePackage::from_proto).collect();
    Ok(Reading(packages?))
}
