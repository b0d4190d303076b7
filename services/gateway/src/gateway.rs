//! What the operations share: the way to the services behind, and who may use it.

use std::sync::Arc;

#[cfg(feature = "sandbox")]
use kvitt_proto::sandbox::v1::{
    clock_service_client::ClockServiceClient, fault_service_client::FaultServiceClient,
};
#[cfg(feature = "sandbox")]
use kvitt_proto::settlement::v1::agreement_service_client::AgreementServiceClient;
#[cfg(feature = "sandbox")]
use kvitt_proto::wallet::v1::{
    payer_service_client::PayerServiceClient, wallet_service_client::WalletServiceClient,
};
use kvitt_proto::{
    access::v1::token_service_client::TokenServiceClient,
    checkout::v1::checkout_service_client::CheckoutServiceClient,
    merchant::v1::{
        merchant_service_client::MerchantServiceClient, order_service_client::OrderServiceClient,
        partner_service_client::PartnerServiceClient,
    },
    ordermanagement::v1::order_management_service_client::OrderManagementServiceClient,
    payment::v1::payment_service_client::PaymentServiceClient,
    qr::v1::{
        payment_link_service_client::PaymentLinkServiceClient, qr_service_client::QrServiceClient,
        scan_service_client::ScanServiceClient,
    },
    settlement::v1::{
        ledger_service_client::LedgerServiceClient, report_service_client::ReportServiceClient,
    },
    wallet::v1::userinfo_service_client::UserinfoServiceClient,
    webhook::v1::{
        dashboard_service_client::DashboardServiceClient, delivery_service_client::DeliveryServiceClient,
        webhook_service_client::WebhookServiceClient,
    },
};
use kvitt_runtime::{
    Authority, Clock, Mesh, MeshConfig, PeerChannel, RunError, ServiceName, Verifier, authority::Units,
};

use crate::{
    Config,
    health::Probe,
    layers::{count::Counts, rate_limit::RateLimits},
    qr_images::{Codes, Drawn},
};

/// The gateway's state; clones share it.
#[derive(Clone)]
pub(crate) struct Gateway {
    verifier: Verifier,
    authority: Authority,
    access: PeerChannel,
    merchant: PeerChannel,
    payment: PeerChannel,
    wallet: PeerChannel,
    order_management: PeerChannel,
    checkout: PeerChannel,
    webhook: PeerChannel,
    qr: PeerChannel,
    settlement: PeerChannel,
    probe: Probe,
    rate_limits: RateLimits,
    counts: Counts,
    codes_of_the_moment: Codes,
    drawn: Drawn,
    prefill_url: Arc<str>,
    deeplink_url: Arc<str>,
}

impl Gateway {
    /// Prepares the channels; none connects before it is used.
    pub(crate) fn try_new(config: &Config) -> Result<Self, RunError> {
        let identity = MeshConfig {
            access_url: config.access_url.clone(),
            service_secret: config.service_secret.clone(),
            process: config.process.clone(),
        };
        let mesh = Mesh::new(ServiceName::Gateway, &identity)?;
        let merchant = mesh.peer(&config.merchant_url)?;
        Ok(Self {
            verifier: mesh.verifier(),
            authority: Authority::new(&mesh, Units::of_merchant(merchant.clone())),
            merchant,
            access: mesh.peer(&config.access_url)?,
            payment: mesh.peer(&config.payment_url)?,
            wallet: mesh.peer(&config.wallet_url)?,
            order_management: mesh.peer(&config.order_management_url)?,
            checkout: mesh.peer(&config.checkout_url)?,
            webhook: mesh.peer(&config.webhook_url)?,
            qr: mesh.peer(&config.qr_url)?,
            settlement: mesh.peer(&config.settlement_url)?,
            probe: Probe::try_new(config, &mesh)?,
            rate_limits: RateLimits::new(config),
            counts: Counts::new(Clock::system()),
            codes_of_the_moment: Codes::new(),
            drawn: Drawn::new(),
            prefill_url: format!("{}/", config.prefill_url.trim_end_matches('/')).into(),
            deeplink_url: config.deeplink_url.as_str().into(),
        })
    }

    /// The same, which counts calls by the days of this clock.
    pub(crate) fn by_clock(self, clock: Clock) -> Self {
        Self { counts: Counts::new(clock), ..self }
    }

    pub(crate) fn verifier(&self) -> &Verifier {
        &self.verifier
    }

    pub(crate) fn authority(&self) -> &Authority {
        &self.authority
    }

    pub(crate) fn probe(&self) -> &Probe {
        &self.probe
    }

    pub(crate) fn rate_limits(&self) -> &RateLimits {
        &self.rate_limits
    }

    /// How calls went.
    pub(crate) fn counts(&self) -> &Counts {
        &self.counts
    }

    /// What is known of codes that were asked for just now.
    pub(crate) fn codes_of_the_moment(&self) -> &Codes {
        &self.codes_of_the_moment
    }

    /// Pictures of codes that were drawn.
    pub(crate) fn drawn(&self) -> &Drawn {
        &self.drawn
    }

    /// Where merchants complete prefilled orders, up to the order's id.
    pub(crate) fn prefill_url(&self) -> &str {
        &self.prefill_url
    }

    /// Where payers of eCom are sent, without a query.
    pub(crate) fn deeplink_url(&self) -> &str {
        &self.deeplink_url
    }

    pub(crate) fn tokens(&self) -> TokenServiceClient<PeerChannel> {
        TokenServiceClient::new(self.access.clone())
    }

    pub(crate) fn merchants(&self) -> MerchantServiceClient<PeerChannel> {
        MerchantServiceClient::new(self.merchant.clone())
    }

    pub(crate) fn orders(&self) -> OrderServiceClient<PeerChannel> {
        OrderServiceClient::new(self.merchant.clone())
    }

    pub(crate) fn partners(&self) -> PartnerServiceClient<PeerChannel> {
        PartnerServiceClient::new(self.merchant.clone())
    }

    pub(crate) fn payments(&self) -> PaymentServiceClient<PeerChannel> {
        PaymentServiceClient::new(self.payment.clone())
    }

    pub(crate) fn order_management(&self) -> OrderManagementServiceClient<PeerChannel> {
        OrderManagementServiceClient::new(self.order_management.clone())
    }

    pub(crate) fn checkout(&self) -> CheckoutServiceClient<PeerChannel> {
        CheckoutServiceClient::new(self.checkout.clone())
    }

    pub(crate) fn webhooks(&self) -> WebhookServiceClient<PeerChannel> {
        WebhookServiceClient::new(self.webhook.clone())
    }

    pub(crate) fn deliveries(&self) -> DeliveryServiceClient<PeerChannel> {
        DeliveryServiceClient::new(self.webhook.clone())
    }

    pub(crate) fn dashboard(&self) -> DashboardServiceClient<PeerChannel> {
        DashboardServiceClient::new(self.webhook.clone())
    }

    pub(crate) fn ledgers(&self) -> LedgerServiceClient<PeerChannel> {
        LedgerServiceClient::new(self.settlement.clone())
    }

    #[cfg(feature = "sandbox")]
    pub(crate) fn agreements(&self) -> AgreementServiceClient<PeerChannel> {
        AgreementServiceClient::new(self.settlement.clone())
    }

    pub(crate) fn reports(&self) -> ReportServiceClient<PeerChannel> {
        ReportServiceClient::new(self.settlement.clone())
    }

    pub(crate) fn codes(&self) -> QrServiceClient<PeerChannel> {
        QrServiceClient::new(self.qr.clone())
    }

    pub(crate) fn scans(&self) -> ScanServiceClient<PeerChannel> {
        ScanServiceClient::new(self.qr.clone())
    }

    pub(crate) fn payment_links(&self) -> PaymentLinkServiceClient<PeerChannel> {
        PaymentLinkServiceClient::new(self.qr.clone())
    }

    /// The channel to `access`, which keeps the clock.
    #[cfg(feature = "sandbox")]
    pub(crate) fn access(&self) -> PeerChannel {
        self.access.clone()
    }

    #[cfg(feature = "sandbox")]
    pub(crate) fn clock(&self) -> ClockServiceClient<PeerChannel> {
        ClockServiceClient::new(self.access.clone())
    }

    #[cfg(feature = "sandbox")]
    pub(crate) fn acquirer_faults(&self) -> FaultServiceClient<PeerChannel> {
        FaultServiceClient::new(self.wallet.clone())
    }

    #[cfg(feature = "sandbox")]
    pub(crate) fn delivery_faults(&self) -> FaultServiceClient<PeerChannel> {
        FaultServiceClient::new(self.webhook.clone())
    }

    #[cfg(feature = "sandbox")]
    pub(crate) fn payout_faults(&self) -> FaultServiceClient<PeerChannel> {
        FaultServiceClient::new(self.settlement.clone())
    }

    #[cfg(feature = "sandbox")]
    pub(crate) fn wallet(&self) -> WalletServiceClient<PeerChannel> {
        WalletServiceClient::new(self.wallet.clone())
    }

    #[cfg(feature = "sandbox")]
    pub(crate) fn payers(&self) -> PayerServiceClient<PeerChannel> {
        PayerServiceClient::new(self.wallet.clone())
    }

    pub(crate) fn userinfo(&self) -> UserinfoServiceClient<PeerChannel> {
        UserinfoServiceClient::new(self.wallet.clone())
    }
}
