//! `GET /management/v1/partners/price-packages`: what a partner may offer merchants.

use axum::extract::State;
use kvitt_proto::merchant::v1::{ListPricePackagesRequest, ProductType};
use tonic::Status;

use super::json::{PricePackage, Reading};
use crate::{gateway::Gateway, problem::Refused};

/// The operation.
pub(crate) async fn list_price_packages(
    State(gateway): State<Gateway>,
) -> Result<Reading<Vec<PricePackage>>, Refused> {
    let listed = gateway.partners().list_price_packages(ListPricePackagesRequest {}).await?.into_inner();
    // Upstream has no word for VM numbers, nor anything that can be ordered at their price.
    let packages = listed.price_packages.into_iter();
    let packages = packages.filter(|package| package.product_type() != ProductType::VmNumber);
    let packages: Result<_, Status> = packages.map(PricePackage::from_proto).collect();
    Ok(Reading(packages?))
}
