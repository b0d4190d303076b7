//! `PartnerService` on the wire.

use tonic::{Request, Response, Status};

use kvitt_proto::{
    error::v1::Reason,
    merchant::v1::{self, partner_service_server::PartnerService},
    refusal,
};
use kvitt_runtime::Caller;

use super::{
    Grpc,
    convert::{partners as convert, unit::sales_unit_to_proto},
};
use crate::app::{self, partners as app_partners};

#[tonic::async_trait]
impl PartnerService for Grpc {
    async fn create_partner(
        &self,
        request: Request<v1::CreatePartnerRequest>,
    ) -> Result<Response<v1::CreatePartnerResponse>, Status> {
        let caller = *Caller::of(&request)?;
        let partner = convert::partner(request.into_inner().partner).map_err(refusal::fields)?;
        app_partners::create_partner(&self.app, &caller, &partner).await?;
        let partner = Some(convert::partner_to_proto(&partner));
        Ok(Response::new(v1::CreatePartnerResponse { partner }))
    }

    async fn get_partner(
        &self,
        request: Request<v1::GetPartnerRequest>,
    ) -> Result<Response<v1::GetPartnerResponse>, Status> {
        let caller = *Caller::of(&request)?;
        let id = convert::partner_id(&request.get_ref().partner_id).map_err(refusal::fields)?;
        let partner = app_partners::get_partner(&self.app, &caller, id).await?;
        let partner = Some(convert::partner_to_proto(&partner));
        Ok(Response::new(v1::GetPartnerResponse { partner }))
    }

    async fn link_partner(
        &self,
        request: Request<v1::LinkPartnerRequest>,
    ) -> Result<Response<v1::LinkPartnerResponse>, Status> {
        let caller = *Caller::of(&request)?;
        let (msn, partner) = convert::link(request.get_ref()).map_err(refusal::fields)?;
        let unit = app_partners::link_partner(&self.app, &caller, &msn, partner).await?;
        let sales_unit = Some(sales_unit_to_proto(&unit));
        Ok(Response::new(v1::LinkPartnerResponse { sales_unit }))
    }

    async fn create_price_package(
        &self,
        request: Request<v1::CreatePricePackageRequest>,
    ) -> Result<Response<v1::CreatePricePackageResponse>, Status> {
        let caller = *Caller::of(&request)?;
        let package = convert::price_package(request.into_inner().price_package).map_err(refusal::fields)?;
        app_partners::create_price_package(&self.app, &caller, &package).await?;
        let price_package = Some(convert::price_package_to_proto(&package));
        Ok(Response::new(v1::CreatePricePackageResponse { price_package }))
    }

    async fn list_price_packages(
        &self,
        request: Request<v1::ListPricePackagesRequest>,
    ) -> Result<Response<v1::ListPricePackagesResponse>, Status> {
        let caller = *Caller::of(&request)?;
        let packages = app_partners::list_price_packages(&self.app, &caller).await?;
        let price_packages = packages.iter().map(convert::price_package_to_proto).collect();
        Ok(Response::new(v1::ListPricePackagesResponse { price_packages }))
    }
}

/// What an error means to the caller.
impl From<app_partners::Error> for Status {
    fn from(error: app_partners::Error) -> Self {
        use app_partners::Error;
        let text = error.to_string();
        match error {
            Error::Refused(status) => status,
            Error::Other(error) => error.into(),
            Error::Database(error) => app::Error::Database(error).into(),
            Error::PartnerNotFound => refusal::status(Reason::NotFound, text),
            Error::PartnerExists | Error::PricePackageExists => refusal::status(Reason::AlreadyExists, text),
        }
    }
}

#[cfg(test)]
mod tests;
