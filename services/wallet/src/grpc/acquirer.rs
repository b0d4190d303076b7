//! `kvitt.acquirer.v1.AcquirerService`.

use kvitt_proto::acquirer::v1::{
    ExecuteOperationsRequest, ExecuteOperationsResponse, GetOperationsRequest, GetOperationsResponse,
    acquirer_service_server::AcquirerService,
};
use sqlx::PgPool;
use tonic::{Request, Response, Status};

use super::{decode, encode};
#[cfg(feature = "sandbox")]
use crate::app::disturb_operations::Disturbed as Executing;
#[cfg(not(feature = "sandbox"))]
use crate::app::execute_operations::Acquirer as Executing;
use crate::{
    app::{
        execute_operations::{MAX_OPERATIONS, Order},
        get_operations::get_operations,
    },
    error::{Error, field},
};

/// The acquirer as peers see it.
pub(crate) struct AcquirerGrpc {
    pub(crate) acquirer: Executing,
    pub(crate) pool: PgPool,
}

#[tonic::async_trait]
impl AcquirerService for AcquirerGrpc {
    async fn execute_operations(
        &self,
        request: Request<ExecuteOperationsRequest>,
    ) -> Result<Response<ExecuteOperationsResponse>, Status> {
        let messages = request.into_inner().operations;
        check_count("operations", messages.len())?;
        let operations = decode::operations(&messages)?;
        let keys: Vec<_> = operations.iter().map(|operation| operation.key.clone()).collect();
        let orders = operations.into_iter().map(Order::from).collect();
        let outcomes = self.acquirer.execute(orders).await?.into_iter();
        let outcomes = keys.iter().zip(outcomes).map(|(key, outcome)| encode::outcome(key, Some(outcome)));
        Ok(Response::new(ExecuteOperationsResponse { outcomes: outcomes.collect() }))
    }

    async fn get_operations(
        &self,
        request: Request<GetOperationsRequest>,
    ) -> Result<Response<GetOperationsResponse>, Status> {
        let messages = request.into_inner().keys;
        check_count("keys", messages.len())?;
        let keys = decode::keys(&messages)?;
        let outcomes = get_operations(&self.pool, &keys).await?.into_iter();
        let outcomes = keys.iter().zip(outcomes).map(|(key, outcome)| encode::outcome(key, outcome));
        Ok(Response::new(GetOperationsResponse { outcomes: outcomes.collect() }))
    }
}

fn check_count(name: &str, count: usize) -> Result<(), Error> {
    if (1..=MAX_OPERATIONS).contains(&count) { Ok(()) } else { Err(field(name, "must be 1 to 512")) }
}
