//! `merchant`: every sales unit is Norwegian, active, has Express and push messages, and captures in parts; one captures
//! directly, and one is a VM number, which has nothing.

use kvitt_proto::{
    merchant::v1::{
        CaptureType, Feature, GetSalesUnitRequest, GetSalesUnitResponse, ListSalesUnitChangesRequest,
        ListSalesUnitChangesResponse, Market, ProductType, SalesUnit,
        merchant_service_server::MerchantService,
    },
    money::v1::Currency,
};
use tonic::{Request, Response, Status};
use uuid::Uuid;

/// The sales unit that captures directly.
pub(crate) const DIRECT_MSN: u32 = 222_222;

/// The VM number.
pub(crate) const VM_MSN: u32 = 333_333;

#[derive(Clone, Copy)]
pub(super) struct Merchant;

#[tonic::async_trait]
impl MerchantService for Merchant {
    async fn get_sales_unit(
        &self,
        request: Request<GetSalesUnitRequest>,
    ) -> Result<Response<GetSalesUnitResponse>, Status> {
        let msn = request.into_inner().msn;
        let is_vm_number = msn == VM_MSN.to_string();
        let direct = is_vm_number || msn == DIRECT_MSN.to_string();
        let capture_type = if direct { CaptureType::DirectCapture } else { CaptureType::ReserveCapture };
        let product_type = if is_vm_number { ProductType::VmNumber } else { ProductType::PaymentIntegration };
        let features = if is_vm_number { Vec::new() } else { vec![Feature::Express, Feature::PushMessage] };
        let sales_unit = Some(SalesUnit {
            msn,
            merchant_id: Uuid::nil().to_string(),
            name: "A shop".to_owned(),
            market: Market::No.into(),
            currency: Currency::Nok.into(),
            active: true,
            capture_type: capture_type.into(),
            product_type: product_type.into(),
            features: features.into_iter().map(i32::from).collect(),
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
