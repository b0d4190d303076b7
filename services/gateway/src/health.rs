//! `GET /health`: 200 when every service that the gateway needs is serving.

use std::time::Duration;

use axum::{Json, extract::State};
use http::StatusCode;
use kvitt_runtime::{Channel, Mesh, RunError};
use serde::Serialize;
use tokio::time::timeout;
use tonic_health::pb::{
    HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient,
};
use utoipa::ToSchema;

use crate::{Config, gateway::Gateway};

/// How long one service may take to say that it serves.
const CHECK_LIMIT: Duration = Duration::from_secs(2);

/// Asks the services by gRPC health. The channels are bare: health needs no token.
#[derive(Clone)]
pub(crate) struct Probe {
    access: Channel,
    merchant: Channel,
    payment: Channel,
    wallet: Channel,
    order_management: Channel,
    checkout: Channel,
    webhook: Channel,
    qr: Channel,
    settlement: Channel,
}

/// The whole, and each service.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = platform::Report)]
pub(crate) struct Report {
    #[schema(value_type = crate::openapi::platform::Serving)]
    status: &'static str,
    services: Services,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = platform::Services)]
struct Services {
    #[schema(value_type = crate::openapi::platform::Serving)]
    access: &'static str,
    merchant: &'static str,
    payment: &'static str,
    wallet: &'static str,
    #[serde(rename = "ordermanagement")]
    order_management: &'static str,
    checkout: &'static str,
    webhook: &'static str,
    qr: &'static str,
    settlement: &'static str,
}

impl Probe {
    pub(crate) fn try_new(config: &Config, mesh: &Mesh) -> Result<Self, RunError> {
        Ok(Self {
            access: mesh.channel(&config.access_url)?,
            merchant: mesh.channel(&config.merchant_url)?,
            payment: mesh.channel(&config.payment_url)?,
            wallet: mesh.channel(&config.wallet_url)?,
            order_management: mesh.channel(&config.order_management_url)?,
            checkout: mesh.channel(&config.checkout_url)?,
            webhook: mesh.channel(&config.webhook_url)?,
            qr: mesh.channel(&config.qr_url)?,
            settlement: mesh.channel(&config.settlement_url)?,
        })
    }

    async fn services(&self) -> Services {
        let (access, merchant, payment, wallet, order_management, checkout, webhook, qr, settlement) = tokio::join!(
            ask(&self.access),
            ask(&self.merchant),
            ask(&self.payment),
            ask(&self.wallet),
            ask(&self.order_management),
            ask(&self.checkout),
            ask(&self.webhook),
            ask(&self.qr),
            ask(&self.settlement)
        );
        Services { access, merchant, payment, wallet, order_management, checkout, webhook, qr, settlement }
    }
}

/// The operation.
pub(crate) async fn health(State(gateway): State<Gateway>) -> (StatusCode, Json<Report>) {
    let services = gateway.probe().services().await;
    let all = [
        services.access,
        services.merchant,
        services.payment,
        services.wallet,
        services.order_management,
        services.checkout,
        services.webhook,
        services.qr,
        services.settlement,
    ];
    let (code, status) = if all.iter().all(|status| *status == ServingStatus::Serving.as_str_name()) {
        (StatusCode::OK, ServingStatus::Serving)
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, ServingStatus::NotServing)
    };
    (code, Json(Report { status: status.as_str_name(), services }))
}

async fn ask(channel: &Channel) -> &'static str {
    let mut client = HealthClient::new(channel.clone());
    let answer = timeout(CHECK_LIMIT, client.check(HealthCheckRequest::default())).await;
    let status = match answer {
        Ok(Ok(response)) => response.into_inner().status(),
        Ok(Err(_)) | Err(_) => ServingStatus::NotServing,
    };
    status.as_str_name()
}
