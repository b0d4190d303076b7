//! `kvitt.ordermanagement.v1` on the wire: decode, call the use case, encode. Decides nothing.

mod decode;
mod encode;
pub(crate) mod receipt;

use tonic::{Request, Response, Status};

use kvitt_proto::{
    error::v1::Reason,
    ordermanagement::v1::{self, order_management_service_server::OrderManagementService},
    refusal::{self, FieldViolation},
};
use kvitt_runtime::Caller;

use crate::app::{self, App, Told};

/// The rpcs.
#[derive(Clone, Debug)]
pub(crate) struct Grpc {
    pub(crate) app: App,
}

/// The answer of an rpc.
type Answer<T> = Result<Response<T>, Status>;

#[tonic::async_trait]
impl OrderManagementService for Grpc {
    async fn add_image(&self, request: Request<v1::AddImageRequest>) -> Answer<v1::AddImageResponse> {
        let caller = *Caller::of(&request)?;
        let v1::AddImageRequest { msn, image_id, data } = request.into_inner();
        let (msn, image_id) = decode::image(&msn, &image_id).map_err(refusal::fields)?;
        app::add_image(&self.app, &caller, (&msn, &image_id), data).await?;
        Ok(Response::new(v1::AddImageResponse {}))
    }

    async fn get_image(&self, request: Request<v1::GetImageRequest>) -> Answer<v1::GetImageResponse> {
        let v1::GetImageRequest { msn, image_id } = request.get_ref();
        let (msn, image_id) = decode::image(msn, image_id).map_err(refusal::fields)?;
        let image = app::get_image(&self.app, Caller::of(&request)?, &msn, &image_id).await?;
        Ok(Response::new(v1::GetImageResponse { data: image.data, media_type: image.media_type }))
    }

    async fn set_category(
        &self,
        request: Request<v1::SetCategoryRequest>,
    ) -> Answer<v1::SetCategoryResponse> {
        let caller = *Caller::of(&request)?;
        let v1::SetCategoryRequest { msn, payment_type, order_id, link } = request.into_inner();
        let (order, link) =
            decode::order_and_link((&msn, payment_type, &order_id), link).map_err(refusal::fields)?;
        let category_id = app::set_category(&self.app, &caller, order, link).await?.to_string();
        Ok(Response::new(v1::SetCategoryResponse { category_id }))
    }

    async fn add_receipt(&self, request: Request<v1::AddReceiptRequest>) -> Answer<v1::AddReceiptResponse> {
        let caller = *Caller::of(&request)?;
        let v1::AddReceiptRequest { msn, payment_type, order_id, receipt } = request.into_inner();
        let (order, receipt) =
            decode::order_and_receipt((&msn, payment_type, &order_id), receipt).map_err(refusal::fields)?;
        let receipt_id = app::add_receipt(&self.app, &caller, order, receipt).await?.to_string();
        Ok(Response::new(v1::AddReceiptResponse { receipt_id }))
    }

    async fn get_order(&self, request: Request<v1::GetOrderRequest>) -> Answer<v1::GetOrderResponse> {
        let v1::GetOrderRequest { msn, payment_type, order_id } = request.get_ref();
        let order = decode::order((msn, *payment_type, order_id)).map_err(refusal::fields)?;
        let Told { category, receipt } = app::get_order(&self.app, Caller::of(&request)?, &order).await?;
        Ok(Response::new(v1::GetOrderResponse {
            category: category.map(encode::category),
            receipt: receipt.map(receipt::to_proto),
        }))
    }

    async fn add_category(
        &self,
        request: Request<v1::AddCategoryRequest>,
    ) -> Answer<v1::AddCategoryResponse> {
        let caller = *Caller::of(&request)?;
        let v1::AddCategoryRequest { msn, payment_type, order_id, link } = request.into_inner();
        let (order, link) =
            decode::order_and_link((&msn, payment_type, &order_id), link).map_err(refusal::fields)?;
        let category_id = app::add_category(&self.app, &caller, order, link).await?.to_string();
        Ok(Response::new(v1::AddCategoryResponse { category_id }))
    }

    async fn list_categories(
        &self,
        request: Request<v1::ListCategoriesRequest>,
    ) -> Answer<v1::ListCategoriesResponse> {
        let v1::ListCategoriesRequest { msn, order_id } = request.get_ref();
        let (msn, order_id) = decode::msn_and_order_id(msn, order_id).map_err(refusal::fields)?;
        let listed = app::list_categories(&self.app, Caller::of(&request)?, &msn, &order_id).await?;
        let categories = listed.into_iter().map(encode::category).collect();
        Ok(Response::new(v1::ListCategoriesResponse { categories }))
    }

    async fn get_category(
        &self,
        request: Request<v1::GetCategoryRequest>,
    ) -> Answer<v1::GetCategoryResponse> {
        let v1::GetCategoryRequest { msn, category_id } = request.get_ref();
        let (msn, category_id) = decode::msn_and_category_id(msn, category_id).map_err(refusal::fields)?;
        let category = app::get_category(&self.app, Caller::of(&request)?, &msn, category_id).await?;
        Ok(Response::new(v1::GetCategoryResponse { category: Some(encode::category(category)) }))
    }

    async fn delete_category(
        &self,
        request: Request<v1::DeleteCategoryRequest>,
    ) -> Answer<v1::DeleteCategoryResponse> {
        let v1::DeleteCategoryRequest { msn, category_id } = request.get_ref();
        let (msn, category_id) = decode::msn_and_category_id(msn, category_id).map_err(refusal::fields)?;
        app::delete_category(&self.app, Caller::of(&request)?, &msn, category_id).await?;
        Ok(Response::new(v1::DeleteCategoryResponse {}))
    }
}

/// What an error means to the caller. Its cause goes to the log, here and once.
impl From<app::Error> for Status {
    fn from(error: app::Error) -> Self {
        let text = error.to_string();
        match error {
            app::Error::Refused(status) => status,
            app::Error::Field { field, rule } => refusal::fields(vec![FieldViolation::new(field, rule)]),
            app::Error::ImageExists | app::Error::ReceiptExists => {
                refusal::status(Reason::AlreadyExists, text)
            }
            app::Error::ImageNotFound | app::Error::CategoryNotFound | app::Error::OrderNotFound => {
                refusal::status(Reason::NotFound, text)
            }
            app::Error::Overloaded => refusal::status(Reason::Overloaded, text),
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
