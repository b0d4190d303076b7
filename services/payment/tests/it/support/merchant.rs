//! `merchant`: every sales unit is Norwegian, active, and captures in parts.

use kvitt_proto::{
    merchant::v1::{
        CaptureType, CreateMerchantRequest, CreateMerchantResponse, CreateSalesUnitRequest,
        CreateSalesUnitResponse, GetMerchantRequest, GetMerchantResponse, GetSalesUnitRequest,
        GetSalesUnitResponse, ListSalesUnitChangesRequest, ListSalesUnitChangesResponse,
        ListSalesUnitsRequest, ListSalesUnitsResponse, Market, SalesUnit,
        merchant_service_server::MerchantService,
    },
    money::v1::Currency,
};
use tonic::{Request, Response, Status};
use uuid::Uuid;

#[derive(Clone, Copy)]
pub(super) struct Merchant;

fn not_called<T>() -> Result<Response<T>, Status> {
    Err(Status::unimplemented("payment does not call this"))
}

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
            features: Vec::new(),
        });
        Ok(Response::new(GetSalesUnitResponse { sales_unit, revision: 0 }))
    }

    async fn list_sales_unit_changes(
        &self,
        _: Request<ListSalesUnitChangesRequest>,
    ) -> Result<Response<ListSalesUnitChangesResponse>, Status> {
        Ok(Response::new(ListSalesUnitChangesResponse::default()))
    }

    async fn create_merchant(
        &self,
        _: Request<CreateMerchantRequest>,
    ) -> Result<Response<CreateMerchantResponse>, Status> {
        not_called()
    }

    async fn get_merchant(
        &self,
        _: Request<GetMerchantRequest>,
    ) -> Result<Response<GetMerchantResponse>, Status> {
        not_called()
    }

    async fn create_sales_unit(
        &self,
        _: Request<CreateSalesUnitRequest>,
    ) -> Result<Response<CreateSalesUnitResponse>, Status> {
        not_called()
    }

    async fn list_sales_units(
        &self,
        _: Request<ListSalesUnitsRequest>,
    ) -> Result<Response<ListSalesUnitsResponse>, Status> {
        not_called()
    }
}
