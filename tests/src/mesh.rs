use std::net::SocketAddr;

use kvitt_proto::access::v1::IssueServiceTokenRequest;
use kvitt_proto::access::v1::credential_service_client::CredentialServiceClient;
use kvitt_proto::access::v1::key_service_client::KeyServiceClient;
use kvitt_proto::access::v1::session_service_client::SessionServiceClient;
use kvitt_proto::access::v1::token_service_client::TokenServiceClient;
use kvitt_proto::access::v1::user_service_client::UserServiceClient;
use kvitt_proto::acquirer::v1::acquirer_service_client::AcquirerServiceClient;
use kvitt_proto::checkout::v1::checkout_service_client::CheckoutServiceClient;
use kvitt_proto::merchant::v1::merchant_service_client::MerchantServiceClient;
use kvitt_proto::merchant::v1::order_service_client::OrderServiceClient;
use kvitt_proto::merchant::v1::partner_service_client::PartnerServiceClient;
use kvitt_proto::payment::v1::feed_service_client::FeedServiceClient;
use kvitt_proto::payment::v1::payment_service_client::PaymentServiceClient;
use kvitt_proto::payment::v1::transaction_service_client::TransactionServiceClient;
use kvitt_proto::qr::v1::payment_link_service_client::PaymentLinkServiceClient;
use kvitt_proto::qr::v1::payment_request_service_client::PaymentRequestServiceClient;
use kvitt_proto::qr::v1::qr_service_client::QrServiceClient;
use kvitt_proto::qr::v1::scan_service_client::ScanServiceClient;
use kvitt_proto::sandbox::v1::clock_service_client::ClockServiceClient;
use kvitt_proto::sandbox::v1::fault_service_client::FaultServiceClient;
use kvitt_proto::settlement::v1::agreement_service_client::AgreementServiceClient;
use kvitt_proto::settlement::v1::ledger_service_client::LedgerServiceClient;
use kvitt_proto::settlement::v1::report_service_client::ReportServiceClient;
use kvitt_proto::wallet::v1::payer_service_client::PayerServiceClient;
use kvitt_proto::wallet::v1::userinfo_service_client::UserinfoServiceClient;
use kvitt_proto::wallet::v1::wallet_service_client::WalletServiceClient;
use kvitt_proto::webhook::v1::callback_service_client::CallbackServiceClient;
use kvitt_proto::webhook::v1::dashboard_service_client::DashboardServiceClient;
use kvitt_proto::webhook::v1::delivery_service_client::DeliveryServiceClient;
use kvitt_proto::webhook::v1::webhook_service_client::WebhookServiceClient;
use kvitt_runtime::ServiceName;
use tonic::metadata::{Ascii, MetadataValue};
use tonic::service::Interceptor;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::{Channel, Endpoint};
use tonic::{Request, Status};

use crate::Stack;

/// A channel whose every call carries a token, or none.
pub type Secured = InterceptedService<Channel, Bearer>;

/// Puts `authorization: Bearer <token>` on a call.
#[derive(Clone, Debug)]
pub struct Bearer(Option<MetadataValue<Ascii>>);

impl Bearer {
    fn of(token: &str) -> Self {
        Self(Some(format!("Bearer {token}").parse().expect("a token is ASCII")))
    }
}

impl Interceptor for Bearer {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        if let Some(value) = &self.0 {
            request.metadata_mut().insert("authorization", value.clone());
        }
        Ok(request)
    }
}

/// A caller that speaks gRPC to the services, past the gateway.
#[derive(Clone, Debug)]
pub struct Mesh {
    bearer: Bearer,
    access: SocketAddr,
    merchant: SocketAddr,
    payment: SocketAddr,
    wallet: SocketAddr,
    order_management: SocketAddr,
    checkout: SocketAddr,
    webhook: SocketAddr,
    qr: SocketAddr,
    settlement: SocketAddr,
}

impl Mesh {
    /// A caller with this access token.
    pub fn with_token(stack: &Stack, token: &str) -> Self {
        Self::at(stack.services(), Bearer::of(token))
    }

    /// A caller that shows no token.
    pub fn nobody(stack: &Stack) -> Self {
        Self::at(stack.services(), Bearer(None))
    }

    /// The operator: the launcher's own identity in the mesh.
    pub async fn operator(stack: &Stack) -> Self {
        Self::service(stack, ServiceName::Launcher).await
    }

    /// A service, with a token of its own.
    pub async fn service(stack: &Stack, name: ServiceName) -> Self {
        Self::with_token(stack, &Self::service_token(stack, name).await)
    }

    /// What a service shows when it calls.
    pub async fn service_token(stack: &Stack, name: ServiceName) -> String {
        Self::nobody(stack).issue_service_token(name, stack.service_secret(name)).await
    }

    /// The operator of services that listen here: access, merchant, payment, wallet, order management, checkout,
    /// webhook, qr and settlement.
    pub async fn operator_at(services: [SocketAddr; 9], secret: String) -> Self {
        let nobody = Self::at(services, Bearer(None));
        let token = nobody.issue_service_token(ServiceName::Launcher, secret).await;
        Self::at(services, Bearer::of(&token))
    }

    async fn issue_service_token(&self, name: ServiceName, secret: String) -> String {
        let request = IssueServiceTokenRequest { service: name.to_string(), secret };
        let issued = self.tokens().issue_service_token(request).await;
        issued.expect("the service's secret is good").into_inner().access_token
    }

    fn at(services: [SocketAddr; 9], bearer: Bearer) -> Self {
        let [access, merchant, payment, wallet, order_management, checkout, webhook, qr, settlement] =
            services;
        Self {
            bearer,
            access,
            merchant,
            payment,
            wallet,
            order_management,
            checkout,
            webhook,
            qr,
            settlement,
        }
    }

    fn secured(&self, address: SocketAddr) -> Secured {
        InterceptedService::new(channel(address), self.bearer.clone())
    }

    /// Tokens, at `access`.
    pub fn tokens(&self) -> TokenServiceClient<Secured> {
        TokenServiceClient::new(self.secured(self.access))
    }

    /// Credentials, at `access`.
    pub fn credentials(&self) -> CredentialServiceClient<Secured> {
        CredentialServiceClient::new(self.secured(self.access))
    }

    /// API keys, at `access`.
    pub fn keys(&self) -> KeyServiceClient<Secured> {
        KeyServiceClient::new(self.secured(self.access))
    }

    /// Portal users, at `access`.
    pub fn users(&self) -> UserServiceClient<Secured> {
        UserServiceClient::new(self.secured(self.access))
    }

    /// Logins and sessions, at `access`.
    pub fn sessions(&self) -> SessionServiceClient<Secured> {
        SessionServiceClient::new(self.secured(self.access))
    }

    /// Orders, at `merchant`.
    pub fn orders(&self) -> OrderServiceClient<Secured> {
        OrderServiceClient::new(self.secured(self.merchant))
    }

    /// Partners, at `merchant`.
    pub fn partners(&self) -> PartnerServiceClient<Secured> {
        PartnerServiceClient::new(self.secured(self.merchant))
    }

    /// Merchants and sales units.
    pub fn merchants(&self) -> MerchantServiceClient<Secured> {
        MerchantServiceClient::new(self.secured(self.merchant))
    }

    /// Payments.
    pub fn payments(&self) -> PaymentServiceClient<Secured> {
        PaymentServiceClient::new(self.secured(self.payment))
    }

    /// The search for payments.
    pub fn transactions(&self) -> TransactionServiceClient<Secured> {
        TransactionServiceClient::new(self.secured(self.payment))
    }

    /// The feed of payments.
    pub fn feed(&self) -> FeedServiceClient<Secured> {
        FeedServiceClient::new(self.secured(self.payment))
    }

    /// Payers, cards and inboxes.
    pub fn wallet(&self) -> WalletServiceClient<Secured> {
        WalletServiceClient::new(self.secured(self.wallet))
    }

    /// Payers' own affairs.
    pub fn payers(&self) -> PayerServiceClient<Secured> {
        PayerServiceClient::new(self.secured(self.wallet))
    }

    /// What payers share.
    pub fn userinfo(&self) -> UserinfoServiceClient<Secured> {
        UserinfoServiceClient::new(self.secured(self.wallet))
    }

    /// A channel to order management.
    pub fn order_management(&self) -> Secured {
        self.secured(self.order_management)
    }

    /// Sessions of Checkout.
    pub fn checkout(&self) -> CheckoutServiceClient<Secured> {
        CheckoutServiceClient::new(self.secured(self.checkout))
    }

    /// Ledgers, at `settlement`.
    pub fn ledgers(&self) -> LedgerServiceClient<Secured> {
        LedgerServiceClient::new(self.secured(self.settlement))
    }

    /// Agreements and entries by hand, at `settlement`.
    pub fn agreements(&self) -> AgreementServiceClient<Secured> {
        AgreementServiceClient::new(self.secured(self.settlement))
    }

    /// Report files, at `settlement`.
    pub fn reports(&self) -> ReportServiceClient<Secured> {
        ReportServiceClient::new(self.secured(self.settlement))
    }

    /// What goes wrong with payouts, at `settlement`.
    pub fn payout_faults(&self) -> FaultServiceClient<Secured> {
        FaultServiceClient::new(self.secured(self.settlement))
    }

    /// Codes, at `qr`.
    pub fn codes(&self) -> QrServiceClient<Secured> {
        QrServiceClient::new(self.secured(self.qr))
    }

    /// What is scanned, at `qr`.
    pub fn scans(&self) -> ScanServiceClient<Secured> {
        ScanServiceClient::new(self.secured(self.qr))
    }

    /// Payment links, at `qr`.
    pub fn payment_links(&self) -> PaymentLinkServiceClient<Secured> {
        PaymentLinkServiceClient::new(self.secured(self.qr))
    }

    /// Payment requests and VM numbers, at `qr`.
    pub fn payment_requests(&self) -> PaymentRequestServiceClient<Secured> {
        PaymentRequestServiceClient::new(self.secured(self.qr))
    }

    /// Registrations.
    pub fn webhooks(&self) -> WebhookServiceClient<Secured> {
        WebhookServiceClient::new(self.secured(self.webhook))
    }

    /// What became of deliveries.
    pub fn deliveries(&self) -> DeliveryServiceClient<Secured> {
        DeliveryServiceClient::new(self.secured(self.webhook))
    }

    /// What services want merchants to be told.
    pub fn callbacks(&self) -> CallbackServiceClient<Secured> {
        CallbackServiceClient::new(self.secured(self.webhook))
    }

    /// How calls to the APIs go.
    pub fn dashboard(&self) -> DashboardServiceClient<Secured> {
        DashboardServiceClient::new(self.secured(self.webhook))
    }

    /// The faults of deliveries.
    pub fn delivery_faults(&self) -> FaultServiceClient<Secured> {
        FaultServiceClient::new(self.secured(self.webhook))
    }

    /// The clock, which `access` keeps.
    pub fn clock(&self) -> ClockServiceClient<Secured> {
        ClockServiceClient::new(self.secured(self.access))
    }

    /// The acquirer's faults.
    pub fn faults(&self) -> FaultServiceClient<Secured> {
        FaultServiceClient::new(self.secured(self.wallet))
    }

    /// The acquirer.
    pub fn acquirer(&self) -> AcquirerServiceClient<Secured> {
        AcquirerServiceClient::new(self.secured(self.wallet))
    }
}

/// A lazily connected channel.
fn channel(address: SocketAddr) -> Channel {
    Endpoint::from_shared(format!("http://{address}")).expect("an address makes a URL").connect_lazy()
}
