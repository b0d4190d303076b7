//! Submissions for tests, and the service on a database of its own, with an `access` in memory and no other peer.

use std::sync::{Arc, Mutex};

use kvitt_primitives::{CardId, Currency, EventId, Money, OperationId, PayerId, PaymentId};
use kvitt_proto::{
    access::v1::{
        GetCoverageRequest, GetCoverageResponse, IssueServiceTokenRequest, IssueServiceTokenResponse,
        KeyKind, ListCredentialChangesRequest, ListCredentialChangesResponse,
        credential_service_server::{CredentialService, CredentialServiceServer},
        token_service_server::{TokenService, TokenServiceServer},
    },
    time,
};
use kvitt_runtime::{Clock, wall_now};
use kvitt_testing::TestDatabase;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tonic::{Request as Rpc, Response, Status, async_trait, transport::server::TcpIncoming};
use uuid::Uuid;

use crate::{
    Config,
    app::App,
    domain::{
        Agreed, Approval, Callbacks, Command, Create, EcomTerms, Interaction, KnownPayer, Method, Request,
        Reserved, SalesUnit, Shipping, ShippingGroup, ShippingOption, ShippingOptions, Source, UserFlow,
    },
    engine::{Engine, Key, Submission},
};

/// The sales unit of every fixture.
pub(crate) const MSN: &str = "123456";

pub(crate) fn submission(reference: &str, command: Command, key: Option<&str>) -> Submission {
    let request = format!("{command:?}");
    let key = key.map(|key| Key::new("test", reference, &key.parse().unwrap(), request.as_bytes()));
    Submission {
        msn: MSN.parse().unwrap(),
        reference: reference.parse().unwrap(),
        command,
        event_id: EventId::from_uuid(Uuid::now_v7()),
        key,
        settles: None,
        text: None,
    }
}

/// The least that a payment can be asked for with.
pub(crate) fn request() -> Request {
    Request {
        msn: MSN.parse().unwrap(),
        reference: "reference-1".parse().unwrap(),
        amount: Money::new(Currency::Nok, 100),
        method: Method::Wallet,
        blocks_commercial_cards: false,
        user_flow: UserFlow::WebRedirect,
        customer: None,
        return_url: Some("https://shop.example/return".into()),
        description: None,
        metadata: Default::default(),
        expires_at: None,
        minimum_user_age: None,
        interaction: Interaction::NotPresent,
        scope: None,
        qr: None,
        receipt: None,
        receipt_url: None,
        airline: None,
        terms_of_sale_url: None,
        privacy_policy_url: None,
        shipping: None,
        card_passthrough: None,
        ecom: None,
        payment_link: None,
        capture_on_approval: false,
        vm_number: None,
        external_id: None,
    }
}

/// A Norwegian sales unit that may do what most may.
pub(crate) fn unit() -> SalesUnit {
    SalesUnit {
        currency: Currency::Nok,
        active: true,
        takes_payments: true,
        account_verified: true,
        partial_capture: true,
        push_message: false,
        long_living: false,
        nin_scope: false,
        late_capture: false,
        express: false,
        direct_capture: false,
        vm_number: false,
    }
}

/// Two fixed options, free and for 79, that make a payment an Express one.
pub(crate) fn shipping(currency: Currency) -> Shipping {
    let option = |id: &str, minor| ShippingOption {
        id: id.to_owned(),
        name: format!("The {id} way"),
        amount: Money::new(currency, minor),
        is_default: false,
        priority: None,
        meta: None,
        estimated_delivery: None,
    };
    let group = ShippingGroup {
        kind: "HOME_DELIVERY".to_owned(),
        brand: "POSTEN".to_owned(),
        options: vec![option("slow", 0), option("fast", 79)],
        is_default: false,
        priority: None,
    };
    Shipping { options: ShippingOptions::Fixed(vec![group]), allowed_countries: Vec::new() }
}

/// What only eCom has.
pub(crate) fn ecom() -> EcomTerms {
    let callback_prefix = "https://shop.example/vipps".to_owned();
    EcomTerms { callback_prefix, token: None, consent_removal_prefix: None }
}

pub(crate) fn create_of(request: Request, unit: SalesUnit) -> Create {
    Create {
        payment_id: PaymentId::from_uuid(Uuid::now_v7()),
        redirect_token: "token".into(),
        request,
        unit,
        payer: KnownPayer::NotAsked,
        callbacks: Callbacks::Https,
    }
}

pub(crate) fn create(reference: &str, key: &str) -> Submission {
    let amount = Money::new(Currency::Nok, 1000);
    let request = Request { reference: reference.parse().unwrap(), amount, ..request() };
    let create = create_of(request, unit());
    let hashed = format!("{:?}", create.request);
    let mut submission = submission(reference, Command::Create(Box::new(create)), None);
    submission.key = Some(Key::new("create", "", &key.parse().unwrap(), hashed.as_bytes()));
    submission
}

pub(crate) fn capture(reference: &str, minor: i64, key: &str) -> Submission {
    let amount = Money::new(Currency::Nok, minor);
    let operation = OperationId::from_uuid(Uuid::now_v7());
    let mut submission = submission(reference, Command::Capture { operation, amount: Some(amount) }, None);
    submission.key = Some(Key::new("capture", reference, &key.parse().unwrap(), &minor.to_be_bytes()));
    submission
}

/// A payer's yes, which waits for the acquirer from then on.
pub(crate) fn reserve(reference: &str, operation: OperationId) -> Submission {
    let approval = Approval {
        operation,
        payer: PayerId::from_uuid(Uuid::nil()),
        card: CardId::from_uuid(Uuid::nil()),
        card_currency: None,
        source: Source::WalletCard,
        commercial_card: false,
        phone: "4712345678".parse().unwrap(),
        born: chrono::NaiveDate::from_ymd_opt(1990, 1, 1).unwrap(),
        agreed: Agreed::default(),
    };
    submission(reference, Command::RequestReserve(approval), Some("approve"))
}

/// The acquirer's yes to it, guaranteed for a week.
pub(crate) fn reserved(reference: &str, operation: OperationId) -> Submission {
    let guaranteed_until = wall_now() + chrono::TimeDelta::days(7);
    let reserved = Reserved { card_bin: "492500".into(), guaranteed_until, agreed: Agreed::default() };
    submission(reference, Command::SettleReserve { operation, outcome: Ok(reserved) }, None)
}

/// The use cases on this database; merchant and wallet are away.
pub(crate) async fn app(database: &TestDatabase, access: &Access) -> App {
    let parts = crate::open(database.pool(), 2).await.unwrap();
    let clock = Clock::system();
    let drained = CancellationToken::new();
    let engine = Engine::start(database.pool(), parts, &clock, &drained);
    let nobody = "http://127.0.0.1:1".to_owned();
    let config = Config {
        listen: "127.0.0.1:0".parse().unwrap(),
        database_url: "unused".into(),
        access_url: access.start().await,
        merchant_url: nobody.clone(),
        wallet_url: nobody,
        service_secret: "secret".into(),
        landing_url: "https://landing.example/".into(),
        native_scheme: "vippsMT".into(),
        qr_image_url: "https://qr.example/qr-images/v1/".into(),
        cursor_key: "07".repeat(32).into(),
        parts: 2,
        sandbox: false,
        process: kvitt_runtime::Process::default(),
    };
    crate::assemble(&config, database.pool().clone(), engine, clock, &drained).unwrap().0
}

/// An `access` whose one client covers what a test says.
#[derive(Clone, Default)]
pub(crate) struct Access {
    pub(crate) covered: Arc<Mutex<Vec<String>>>,
}

impl Access {
    /// Starts it and answers its URL.
    async fn start(&self) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let server = tonic::transport::Server::builder()
            .add_service(TokenServiceServer::new(self.clone()))
            .add_service(CredentialServiceServer::new(self.clone()))
            .serve_with_incoming(TcpIncoming::from(listener));
        tokio::spawn(server);
        url
    }
}

#[async_trait]
impl TokenService for Access {
    async fn issue_service_token(
        &self,
        _: Rpc<IssueServiceTokenRequest>,
    ) -> Result<Response<IssueServiceTokenResponse>, Status> {
        let expires_at = Some(time::to_proto(wall_now() + chrono::TimeDelta::hours(1)));
        Ok(Response::new(IssueServiceTokenResponse { access_token: "payment-token".to_owned(), expires_at }))
    }
}

#[async_trait]
impl CredentialService for Access {
    async fn get_coverage(
        &self,
        _: Rpc<GetCoverageRequest>,
    ) -> Result<Response<GetCoverageResponse>, Status> {
        let msns = self.covered.lock().unwrap().clone();
        Ok(Response::new(GetCoverageResponse { msns, kind: KeyKind::SalesUnit.into(), ..Default::default() }))
    }

    /// A test changes what it likes and counts nothing.
    async fn list_credential_changes(
        &self,
        _: Rpc<ListCredentialChangesRequest>,
    ) -> Result<Response<ListCredentialChangesResponse>, Status> {
        Ok(Response::new(ListCredentialChangesResponse { all: true, ..Default::default() }))
    }
}
