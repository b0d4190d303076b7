//! `GET /management/v1/merchants/{scheme}/{id}/sales-units`: those of a merchant's sales units that the caller may see.

use axum::extract::State;
use kvitt_proto::merchant::v1::ListSalesUnitsRequest;

use super::{
    get_merchant::{self, BusinessIdentifier},
    json::{Reading, UnitName},
    pages::gather,
};
use crate::{gateway::Gateway, problem::Refused};

/// The operation.
pub(crate) async fn list_merchant_sales_units(
    State(gateway): State<Gateway>,
    business: BusinessIdentifier,
) -> Result<Reading<Vec<UnitName>>, Refused> {
    let merchant = get_merchant::find(&gateway, business).await?.unwrap_or_default();
    let request = ListSalesUnitsRequest { merchant_id: merchant.merchant_id, ..Default::default() };
    let (services, asked) = (&gateway, &request);
    let units = gather(|page_token| async move {
        let request = ListSalesUnitsRequest { page_token, ..asked.clone() };
        let page = services.merchants().list_sales_units(request).await?.into_inner();
        Ok((page.sales_units, page.next_page_token))
    })
    .await?;
    Ok(Reading(units.into_iter().map(UnitName::from).collect()))
}
