//! `kvitt.merchant.v1.MerchantService`.

use tonic::{Request, Response, Status};

use kvitt_proto::{
    merchant::v1::{self, merchant_service_server::MerchantService},
    refusal,
};
use kvitt_runtime::Caller;

use super::{
    Grpc,
    convert::{
        merchant::{company_update, merchant, merchant_to_proto, which},
        unit::{account_to_proto, sales_unit, sales_unit_to_proto},
        unit_requests as requests,
    },
};
use crate::app::{merchants, units};

/// The answer of an rpc.
type Answer<T> = Result<Response<T>, Status>;

#[tonic::async_trait]
impl MerchantService for Grpc {
    async fn create_merchant(
        &self,
        request: Request<v1::CreateMerchantRequest>,
    ) -> Answer<v1::CreateMerchantResponse> {
        let caller = *Caller::of(&request)?;
        let new = merchant(request.into_inner().merchant, self.app.clock.now()).map_err(refusal::fields)?;
        let merchant = merchants::create_merchant(&self.app, &caller, &new).await?;
        Ok(Response::new(v1::CreateMerchantResponse { merchant: Some(merchant_to_proto(&merchant)) }))
    }

    async fn get_merchant(
        &self,
        request: Request<v1::GetMerchantRequest>,
    ) -> Answer<v1::GetMerchantResponse> {
        let which = which(request.get_ref()).map_err(refusal::fields)?;
        let merchant = merchants::get_merchant(&self.app, Caller::of(&request)?, &which).await?;
        Ok(Response::new(v1::GetMerchantResponse { merchant: Some(merchant_to_proto(&merchant)) }))
    }

    async fn update_company(
        &self,
        request: Request<v1::UpdateCompanyRequest>,
    ) -> Answer<v1::UpdateCompanyResponse> {
        let caller = *Caller::of(&request)?;
        let (id, company) = company_update(request.into_inner()).map_err(refusal::fields)?;
        let merchant = merchants::update_company(&self.app, &caller, id, &company).await?;
        Ok(Response::new(v1::UpdateCompanyResponse { merchant: Some(merchant_to_proto(&merchant)) }))
    }

    async fn create_sales_unit(
        &self,
        request: Request<v1::CreateSalesUnitRequest>,
    ) -> Answer<v1::CreateSalesUnitResponse> {
        let caller = *Caller::of(&request)?;
        let new =
            sales_unit(request.into_inner().sales_unit, self.app.clock.now()).map_err(refusal::fields)?;
        let unit = units::create_sales_unit(&self.app, &caller, &new).await?;
        Ok(Response::new(v1::CreateSalesUnitResponse { sales_unit: Some(sales_unit_to_proto(&unit)) }))
    }

    async fn get_sales_unit(
        &self,
        request: Request<v1::GetSalesUnitRequest>,
    ) -> Answer<v1::GetSalesUnitResponse> {
        let msn = requests::msn(&request.get_ref().msn).map_err(refusal::fields)?;
        let unit = units::get_sales_unit(&self.app, Caller::of(&request)?, &msn).await?;
        let sales_unit = Some(sales_unit_to_proto(&unit.value));
        Ok(Response::new(v1::GetSalesUnitResponse { sales_unit, revision: unit.revision }))
    }

    async fn list_sales_units(
        &self,
        request: Request<v1::ListSalesUnitsRequest>,
    ) -> Answer<v1::ListSalesUnitsResponse> {
        let (merchant_id, filter, page) = requests::list(request.get_ref()).map_err(refusal::fields)?;
        let caller = Caller::of(&request)?;
        let listed = units::list_sales_units(&self.app, caller, merchant_id, filter, page).await?;
        let (sales_units, next_page_token) = requests::listed_to_proto(&listed);
        Ok(Response::new(v1::ListSalesUnitsResponse { sales_units, next_page_token }))
    }

    async fn list_accessible_sales_units(
        &self,
        request: Request<v1::ListAccessibleSalesUnitsRequest>,
    ) -> Answer<v1::ListAccessibleSalesUnitsResponse> {
        let (size, after) = requests::list_accessible(request.get_ref()).map_err(refusal::fields)?;
        let caller = Caller::of(&request)?;
        let listed = units::list_accessible_sales_units(&self.app, caller, size, after).await?;
        let (sales_units, next_page_token) = requests::listed_to_proto(&listed);
        Ok(Response::new(v1::ListAccessibleSalesUnitsResponse { sales_units, next_page_token }))
    }

    async fn create_test_sales_unit(
        &self,
        request: Request<v1::CreateTestSalesUnitRequest>,
    ) -> Answer<v1::CreateTestSalesUnitResponse> {
        let wanted = requests::test_unit(request.get_ref()).map_err(refusal::fields)?;
        let caller = Caller::of(&request)?;
        let (msn, available_at) = units::create_test_sales_unit(&self.app, caller, &wanted).await?;
        Ok(Response::new(requests::test_unit_to_proto(&msn, available_at)))
    }

    async fn update_sales_unit(
        &self,
        request: Request<v1::UpdateSalesUnitRequest>,
    ) -> Answer<v1::UpdateSalesUnitResponse> {
        let caller = *Caller::of(&request)?;
        let (msn, update) = requests::update(request.into_inner()).map_err(refusal::fields)?;
        let unit = units::update_sales_unit(&self.app, &caller, &msn, &update).await?;
        Ok(Response::new(v1::UpdateSalesUnitResponse { sales_unit: Some(sales_unit_to_proto(&unit)) }))
    }

    async fn set_sales_unit_logo(
        &self,
        request: Request<v1::SetSalesUnitLogoRequest>,
    ) -> Answer<v1::SetSalesUnitLogoResponse> {
        let caller = *Caller::of(&request)?;
        let (msn, png) = requests::logo_request(request.into_inner()).map_err(refusal::fields)?;
        units::set_logo(&self.app, &caller, &msn, png).await?;
        Ok(Response::new(v1::SetSalesUnitLogoResponse {}))
    }

    async fn get_sales_unit_logo(
        &self,
        request: Request<v1::GetSalesUnitLogoRequest>,
    ) -> Answer<v1::GetSalesUnitLogoResponse> {
        let msn = requests::msn(&request.get_ref().msn).map_err(refusal::fields)?;
        let png = units::get_logo(&self.app, Caller::of(&request)?, &msn).await?;
        Ok(Response::new(v1::GetSalesUnitLogoResponse { png }))
    }

    async fn change_settlement_account(
        &self,
        request: Request<v1::ChangeSettlementAccountRequest>,
    ) -> Answer<v1::ChangeSettlementAccountResponse> {
        let (msn, account) = requests::account_change(request.get_ref()).map_err(refusal::fields)?;
        let caller = Caller::of(&request)?;
        let account = units::change_settlement_account(&self.app, caller, &msn, &account).await?;
        Ok(Response::new(v1::ChangeSettlementAccountResponse { account: Some(account_to_proto(&account)) }))
    }

    async fn decide_settlement_account(
        &self,
        request: Request<v1::DecideSettlementAccountRequest>,
    ) -> Answer<v1::DecideSettlementAccountResponse> {
        let (msn, decision) = requests::account_decision(request.get_ref()).map_err(refusal::fields)?;
        let caller = Caller::of(&request)?;
        let account = units::decide_settlement_account(&self.app, caller, &msn, &decision).await?;
        Ok(Response::new(v1::DecideSettlementAccountResponse { account: Some(account_to_proto(&account)) }))
    }

    async fn change_settlement_frequency(
        &self,
        request: Request<v1::ChangeSettlementFrequencyRequest>,
    ) -> Answer<v1::ChangeSettlementFrequencyResponse> {
        let (msn, frequency) = requests::frequency_change(request.get_ref()).map_err(refusal::fields)?;
        let caller = Caller::of(&request)?;
        let unit = units::change_settlement_frequency(&self.app, caller, &msn, frequency).await?;
        let sales_unit = Some(sales_unit_to_proto(&unit));
        Ok(Response::new(v1::ChangeSettlementFrequencyResponse { sales_unit }))
    }

    async fn deactivate_sales_unit(
        &self,
        request: Request<v1::DeactivateSalesUnitRequest>,
    ) -> Answer<v1::DeactivateSalesUnitResponse> {
        let msn = requests::msn(&request.get_ref().msn).map_err(refusal::fields)?;
        let unit = units::deactivate_sales_unit(&self.app, Caller::of(&request)?, &msn).await?;
        Ok(Response::new(v1::DeactivateSalesUnitResponse { sales_unit: Some(sales_unit_to_proto(&unit)) }))
    }

    async fn reactivate_sales_unit(
        &self,
        request: Request<v1::ReactivateSalesUnitRequest>,
    ) -> Answer<v1::ReactivateSalesUnitResponse> {
        let msn = requests::msn(&request.get_ref().msn).map_err(refusal::fields)?;
        let unit = units::reactivate_sales_unit(&self.app, Caller::of(&request)?, &msn).await?;
        Ok(Response::new(v1::ReactivateSalesUnitResponse { sales_unit: Some(sales_unit_to_proto(&unit)) }))
    }

    async fn resolve_sales_unit(
        &self,
        request: Request<v1::ResolveSalesUnitRequest>,
    ) -> Answer<v1::ResolveSalesUnitResponse> {
        let msn = requests::msn(&request.get_ref().msn).map_err(refusal::fields)?;
        let owner = units::resolve_sales_unit(&self.app, &msn).await?;
        Ok(Response::new(requests::owner_to_proto(&owner)))
    }

    async fn list_sales_unit_changes(
        &self,
        request: Request<v1::ListSalesUnitChangesRequest>,
    ) -> Answer<v1::ListSalesUnitChangesResponse> {
        let after = requests::after_revision(request.get_ref().after_revision).map_err(refusal::fields)?;
        let changes = units::list_sales_unit_changes(&self.app, after).await?;
        Ok(Response::new(requests::changes_to_proto(changes)))
    }
}
