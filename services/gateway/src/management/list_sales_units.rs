//! `GET /management/v1/sales-units`: every sales unit that the caller may see.

use axum::extract::State;
use kvitt_proto::merchant::v1::ListAccessibleSalesUnitsRequest;

use super::{
    json::{Reading, UnitName},
    pages::gather,
};
use crate::{gateway::Gateway, problem::Refused};

/// The operation.
pub(crate) async fn list_sales_units(
    State(gateway): State<Gateway>,
) -> Result<Reading<Vec<UnitName>>, Refused> {
    let services = &gateway;
    let units = gather(|page_token| async move {
        let request = ListAccessibleSalesUnitsRequest { page_token, ..Default::default() };
        let page = services.merchants().list_accessible_sales_units(request).await?.into_inner();
        Ok((page.sales_units, page.next_page_token))
    })
    .await?;
    Ok(Reading(units.into_iter().map(UnitName::from).collect()))
}
