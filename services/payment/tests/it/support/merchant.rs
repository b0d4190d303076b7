//! `merchant`: every sales unit is Norwegian, active, has Express and push messages, and captures in parts; one captures
//! directly.

use kvitt_proto::{
    merchant::v1::{
        CaptureType, Feature, GetSalesUnitRequest, GetSalesUnitResponse, ListSalesUnitChangesRequest,
        ListSalesUnitChangesResponse, Market, SalesUnit, merchant_service_server::MerchantService,
    },
    money::v1::Currency,
};
use tonic::{Request, Response, Status};
use uuid::Uuid;

/// The sales unit that captures directly.
pub(crate) const DIRECT_MSN: u32 = 222_222;

#[derive(Clone, Copy)]
pub(super) struct Merchant;

#[tonic::async_trait]
impl MerchantService for Merchant {
    async fn get_sales_unit(
        &self,
        request: Request<GetSalesUnitRequest>,
    ) -> Result<Response<GetSalesUnitResponse>, Status> {
        let msn = request.into_inner().msn;
        let direct = msn == DIRECT_MSN.to_string();
        let capture_type = if direct { CaptureType::DirectCapture } else { CaptureType::ReserveCapture };
        let sales_unit = Some(SalesUnit {
            msn,
            merchant_id: Uuid::nil().to_string(),
            name: "A shop".to_owned(),
            market: Market::No.into(),
            currency: Currency::Nok.into(),
            active: true,
            capture_type: capture_type.into(),
            features: vec![Feature::Express.into(), Feature::PushMessage.into()],
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
