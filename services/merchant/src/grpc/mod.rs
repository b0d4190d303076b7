//! `kvitt.merchant.v1` on the wire: decode, call the use case, encode. Decides nothing.

mod convert;

use sqlx::PgPool;
use tonic::{Request, Response, Status};

use kvitt_proto::{
    error::v1::Reason,
    merchant::v1::{self, merchant_service_server::MerchantService},
    refusal,
};
use kvitt_runtime::{Authority, Caller, Clock, ServiceName};

use crate::app;

/// The merchant service's rpcs.
#[derive(Clone)]
pub(crate) struct Grpc {
    pub(crate) pool: PgPool,
    pub(crate) authority: Authority,
    pub(crate) clock: Clock,
}

#[tonic::async_trait]
impl MerchantService for Grpc {
    async fn create_merchant(
        &self,
        request: Request<v1::CreateMerchantRequest>,
    ) -> Result<Response<v1::CreateMerchantResponse>, Status> {
        only_operator(&request)?;
        let merchant = convert::merchant(request.into_inner().merchant).map_err(refusal::fields)?;
        app::create_merchant(&self.pool, &merchant, self.clock.now()).await?;
        let merchant = Some(convert::merchant_to_proto(&merchant));
        Ok(Response::new(v1::CreateMerchantResponse { merchant }))
    }

    async fn get_merchant(
        &self,
        request: Request<v1::GetMerchantRequest>,
    ) -> Result<Response<v1::GetMerchantResponse>, Status> {
        only_operator(&request)?;
        let id = convert::merchant_id(&request.get_ref().merchant_id).map_err(refusal::fields)?;
        let merchant = app::get_merchant(&self.pool, id).await?;
        let merchant = Some(convert::merchant_to_proto(&merchant));
        Ok(Response::new(v1::GetMerchantResponse { merchant }))
    }

    async fn create_sales_unit(
        &self,
        request: Request<v1::CreateSalesUnitRequest>,
    ) -> Result<Response<v1::CreateSalesUnitResponse>, Status> {
        only_operator(&request)?;
        let unit = convert::sales_unit(request.into_inner().sales_unit).map_err(refusal::fields)?;
        app::create_sales_unit(&self.pool, &unit, self.clock.now()).await?;
        let sales_unit = Some(convert::sales_unit_to_proto(&unit));
        Ok(Response::new(v1::CreateSalesUnitResponse { sales_unit }))
    }

    async fn get_sales_unit(
        &self,
        request: Request<v1::GetSalesUnitRequest>,
    ) -> Result<Response<v1::GetSalesUnitResponse>, Status> {
        let caller = Caller::of(&request)?;
        let msn = convert::msn(&request.get_ref().msn).map_err(refusal::fields)?;
        let unit = app::get_sales_unit(&self.pool, &self.authority, caller, &msn).await?;
        let sales_unit = Some(convert::sales_unit_to_proto(&unit.value));
        Ok(Response::new(v1::GetSalesUnitResponse { sales_unit, revision: unit.revision }))
    }

    async fn list_sales_units(
        &self,
        request: Request<v1::ListSalesUnitsRequest>,
    ) -> Result<Response<v1::ListSalesUnitsResponse>, Status> {
        only_operator(&request)?;
        let (merchant_id, page) = convert::list(request.get_ref()).map_err(refusal::fields)?;
        let (units, more) = app::list_sales_units(&self.pool, merchant_id, &page).await?;
        let last = units.last().filter(|_| more);
        let next_page_token = last.map(|unit| unit.msn.to_string()).unwrap_or_default();
        let sales_units = units.iter().map(convert::sales_unit_to_proto).collect();
        Ok(Response::new(v1::ListSalesUnitsResponse { sales_units, next_page_token }))
    }

    async fn list_sales_unit_changes(
        &self,
        request: Request<v1::ListSalesUnitChangesRequest>,
    ) -> Result<Response<v1::ListSalesUnitChangesResponse>, Status> {
        Caller::of(&request)?.is_service(&ServiceName::ALL)?;
        let after = convert::after_revision(request.get_ref().after_revision).map_err(refusal::fields)?;
        let changes = app::list_sales_unit_changes(&self.pool, after).await?;
        Ok(Response::new(convert::changes_to_proto(changes)))
    }
}

/// Registering, and looking at merchants as a whole, is for the operator.
fn only_operator<T>(request: &Request<T>) -> Result<(), Status> {
    Caller::of(request)?.is_service(&[ServiceName::Launcher])
}

/// What an error means to the caller. Its cause goes to the log, here and once.
impl From<app::Error> for Status {
    fn from(error: app::Error) -> Self {
        let text = error.to_string();
        match error {
            app::Error::Refused(status) => status,
            app::Error::MerchantNotFound | app::Error::SalesUnitNotFound => {
                refusal::status(Reason::NotFound, text)
            }
            app::Error::MerchantExists | app::Error::SalesUnitExists => {
                refusal::status(Reason::AlreadyExists, text)
            }
            app::Error::Database(error) if kvitt_postgres::unavailable(&error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "the database cannot be reached");
                refusal::status(Reason::Unavailable, "the service cannot reach its database")
            }
            app::Error::Database(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "a statement failed");
                refusal::status(Reason::Internal, "an internal fault")
            }
        }
    }
}

#[cfg(test)]
mod tests;
