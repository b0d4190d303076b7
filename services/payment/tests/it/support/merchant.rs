//! `merchant`: every sales unit is Norwegian, active, and captures in parts.

use kvitt_proto::{
    merchant::v1::{
        CaptureType, GetSalesUnitRequest, GetSalesUnitResponse, ListSalesUnitChangesRequest,
        ListSalesUnitChangesResponse, Market, SalesUnit, merchant_service_server::MerchantService,
    },
    money::v1::Currency,
};
use tonic::{Request, Response, Status};
use uuid::Uuid;

#[derive(Clone, Copy)]
pub(super) struct Merchant;

#[tonic::async_trait]
impl MerchantService for Merchant {
    async fn get_sales_unit(
        &self,
        request: Request<GetSalesUnitRequest>,
    ) -> Result<Response<GetSalesUnitResponse>, Status> {
        let sales_unit = Some(SalesUnit {
            msn: request.into_inner().msn,
            merchant_id: Uuid::nil().to_string(),
            name: "A shop".to_owned(),
            market: Market::No.into(),
            currency: Currency::Nok.into(),
            active: true,
            capture_type: CaptureType::ReserveCapture.into(),
            ..Default::default()
        });
        Ok(Response::new(GetSalesUnitResponse { sales_unit, revision: 0 }))
    }

    async fn list_sales_unit_changes(
        &self,
        _: Request<ListSalesUnitChangesRequest>,
    ) -> Result<Response<ListSalesUnitChangesResponse>, Status> {
        Ok(Response::new(ListSalesUnitChangesResponse::default()))
    }
}
