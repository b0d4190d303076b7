//! How calls to the APIs go.

use kvitt_proto::{
    error::v1::Reason,
    refusal,
    webhook::v1::{
        GetDashboardRequest, GetDashboardResponse, RecordCallsRequest, RecordCallsResponse,
        dashboard_service_server::DashboardService,
    },
};
use kvitt_runtime::{Caller, Principal, ServiceName};
use tonic::{Request, Response, Status};

use super::{Answer, Grpc};
use crate::app::{get_dashboard::get_dashboard, record_calls::record_calls};

mod decode;
mod encode;

#[tonic::async_trait]
impl DashboardService for Grpc {
    async fn record_calls(&self, request: Request<RecordCallsRequest>) -> Answer<RecordCallsResponse> {
        is_edge(Caller::of(&request)?)?;
        let report = decode::report(request.into_inner()).map_err(refusal::fields)?;
        record_calls(&self.app, report).await?;
        Ok(Response::new(RecordCallsResponse {}))
    }

    async fn get_dashboard(&self, request: Request<GetDashboardRequest>) -> Answer<GetDashboardResponse> {
        let caller = *Caller::of(&request)?;
        let (msn, days) = decode::days(request.get_ref()).map_err(refusal::fields)?;
        let dashboard = get_dashboard(&self.app, &caller, &msn, days).await?;
        Ok(Response::new(encode::dashboard(dashboard)))
    }
}

/// Passes only for the edge itself, and not for a client behind it.
fn is_edge(caller: &Caller) -> Result<(), Status> {
    match caller.principal {
        Principal::Service(ServiceName::Gateway) => Ok(()),
        Principal::Client(_) | Principal::User(_) | Principal::Service(_) => {
            Err(refusal::status(Reason::PermissionDenied, "only the edge may report calls"))
        }
    }
}

#[cfg(test)]
mod tests;
