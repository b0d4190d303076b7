//! `OrderService` on the wire.

use tonic::{Request, Response, Status};

use kvitt_proto::{
    error::v1::Reason,
    merchant::v1::{self, order_service_server::OrderService},
    refusal::{self, FieldViolation},
};
use kvitt_runtime::{Caller, authority::not_permitted};

use super::{Grpc, convert::orders as convert};
use crate::{
    app::{self, orders as app_orders},
    domain::Order,
};

#[tonic::async_trait]
impl OrderService for Grpc {
    async fn apply_for_agreement(
        &self,
        request: Request<v1::ApplyForAgreementRequest>,
    ) -> Result<Response<v1::ApplyForAgreementResponse>, Status> {
        let caller = *Caller::of(&request)?;
        let application = convert::application(request.into_inner()).map_err(refusal::fields)?;
        let order = app_orders::apply_for_agreement(&self.app, &caller, application).await?;
        Ok(Response::new(v1::ApplyForAgreementResponse { order: self.answer(&order) }))
    }

    async fn order_product(
        &self,
        request: Request<v1::OrderProductRequest>,
    ) -> Result<Response<v1::OrderProductResponse>, Status> {
        let caller = *Caller::of(&request)?;
        let order = convert::product_order(request.into_inner()).map_err(refusal::fields)?;
        let order = app_orders::order_product(&self.app, &caller, order).await?;
        Ok(Response::new(v1::OrderProductResponse { order: self.answer(&order) }))
    }

    async fn prefill_order(
        &self,
        request: Request<v1::PrefillOrderRequest>,
    ) -> Result<Response<v1::PrefillOrderResponse>, Status> {
        let caller = *Caller::of(&request)?;
        let prefill = convert::prefill(request.into_inner()).map_err(refusal::fields)?;
        let order = app_orders::prefill_order(&self.app, &caller, prefill).await?;
        Ok(Response::new(v1::PrefillOrderResponse { order: self.answer(&order) }))
    }

    async fn view_order(
        &self,
        request: Request<v1::ViewOrderRequest>,
    ) -> Result<Response<v1::ViewOrderResponse>, Status> {
        let caller = *Caller::of(&request)?;
        let id = convert::order_id(&request.get_ref().order_id).map_err(refusal::fields)?;
        let order = app_orders::view_order(&self.app, &caller, id).await?;
        Ok(Response::new(v1::ViewOrderResponse { order: self.answer(&order) }))
    }

    async fn submit_order(
        &self,
        request: Request<v1::SubmitOrderRequest>,
    ) -> Result<Response<v1::SubmitOrderResponse>, Status> {
        let caller = *Caller::of(&request)?;
        let submission = convert::submission(request.into_inner()).map_err(refusal::fields)?;
        let order = app_orders::submit_order(&self.app, &caller, submission).await?;
        Ok(Response::new(v1::SubmitOrderResponse { order: self.answer(&order) }))
    }

    async fn delete_order(
        &self,
        request: Request<v1::DeleteOrderRequest>,
    ) -> Result<Response<v1::DeleteOrderResponse>, Status> {
        let caller = *Caller::of(&request)?;
        let id = convert::order_id(&request.get_ref().order_id).map_err(refusal::fields)?;
        app_orders::delete_order(&self.app, &caller, id).await?;
        Ok(Response::new(v1::DeleteOrderResponse {}))
    }

    async fn request_feature(
        &self,
        request: Request<v1::RequestFeatureRequest>,
    ) -> Result<Response<v1::RequestFeatureResponse>, Status> {
        let caller = *Caller::of(&request)?;
        let (id, feature) = convert::feature_request(request.into_inner()).map_err(refusal::fields)?;
        let order = app_orders::request_feature(&self.app, &caller, id, feature).await?;
        Ok(Response::new(v1::RequestFeatureResponse { order: self.answer(&order) }))
    }

    async fn get_order(
        &self,
        request: Request<v1::GetOrderRequest>,
    ) -> Result<Response<v1::GetOrderResponse>, Status> {
        let caller = *Caller::of(&request)?;
        let id = convert::order_id(&request.get_ref().order_id).map_err(refusal::fields)?;
        let order = app_orders::get_order(&self.app, &caller, id).await?;
        Ok(Response::new(v1::GetOrderResponse { order: self.answer(&order) }))
    }

    async fn list_orders(
        &self,
        request: Request<v1::ListOrdersRequest>,
    ) -> Result<Response<v1::ListOrdersResponse>, Status> {
        let caller = *Caller::of(&request)?;
        let list = convert::list(request.get_ref()).map_err(refusal::fields)?;
        let (orders, more) = app_orders::list_orders(&self.app, &caller, list).await?;
        let last = orders.last().filter(|_| more);
        let next_page_token = last.map(convert::page_token).unwrap_or_default();
        let orders = orders.iter().filter_map(|order| self.answer(order)).collect();
        Ok(Response::new(v1::ListOrdersResponse { orders, next_page_token }))
    }

    async fn decide_order(
        &self,
        request: Request<v1::DecideOrderRequest>,
    ) -> Result<Response<v1::DecideOrderResponse>, Status> {
        let caller = *Caller::of(&request)?;
        let (id, decision) = convert::decision(request.into_inner()).map_err(refusal::fields)?;
        let order = app_orders::decide_order(&self.app, &caller, id, decision).await?;
        Ok(Response::new(v1::DecideOrderResponse { order: self.answer(&order) }))
    }

    async fn set_automatic_decision(
        &self,
        request: Request<v1::SetAutomaticDecisionRequest>,
    ) -> Result<Response<v1::SetAutomaticDecisionResponse>, Status> {
        let caller = *Caller::of(&request)?;
        let delay_seconds = request.get_ref().delay_seconds;
        app_orders::set_automatic_decision(&self.app, &caller, delay_seconds).await?;
        Ok(Response::new(v1::SetAutomaticDecisionResponse {}))
    }
}

impl Grpc {
    fn answer(&self, order: &Order) -> Option<v1::Order> {
        Some(convert::order_to_proto(order, self.app.clock.now()))
    }
}

/// What an error means to the caller.
impl From<app_orders::Error> for Status {
    fn from(error: app_orders::Error) -> Self {
        use app_orders::Error;
        let text = error.to_string();
        match error {
            Error::Refused(status) => status,
            Error::Other(error) => error.into(),
            Error::Database(error) => app::Error::Database(error).into(),
            Error::OrderNotFound => refusal::status(Reason::NotFound, text),
            Error::OrderExists | Error::CompanyIsMerchant => refusal::status(Reason::AlreadyExists, text),
            Error::MerchantNotActive => not_permitted(),
            Error::KeyConflict => refusal::status(Reason::IdempotencyConflict, text),
            Error::NotOpen => refusal::status(Reason::OrderNotOpen, text),
            Error::FeaturePresent => refusal::status(Reason::FeaturePresent, text),
            Error::TestUnit => refusal::status(Reason::TestUnitImmutable, text),
            Error::Fields(broken) => {
                let violations = broken.into_iter();
                let violations = violations.map(|(field, invalid)| FieldViolation::new(field, invalid.rule));
                refusal::fields(violations.collect())
            }
        }
    }
}

#[cfg(test)]
mod tests;
