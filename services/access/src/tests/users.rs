//! People over the wire: from the register to a token, and what they make.

use std::{
    collections::HashMap,
    pin::Pin,
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use kvitt_proto::{
    access::v1::{
        person_identification::By, session_service_client::SessionServiceClient,
        user_service_client::UserServiceClient,
    },
    wallet::v1 as wallet,
};
use tonic::{Request, Response, Status};

use super::*;

/// A wallet that remembers payers, or is away.
#[derive(Clone, Default)]
struct FakeWallet {
    payers: Arc<Mutex<HashMap<String, wallet::CreatePayerRequest>>>,
    /// Who asked, by what their tokens were.
    callers: Arc<Mutex<Vec<[bool; 2]>>>,
    away: Arc<AtomicBool>,
    full: Arc<AtomicBool>,
}

/// Rpcs that nobody asks for here, as `async_trait` would write them: it does not see into macros.
macro_rules! not_here {
    ($($name:ident($request:ident) -> $response:ident;)*) => {$(
        fn $name<'life, 'async_trait>(
            &'life self,
            _: Request<wallet::$request>,
        ) -> Pin<Box<dyn Future<Output = Result<Response<wallet::$response>, Status>> + Send + 'async_trait>>
        where
            'life: 'async_trait,
            Self: 'async_trait,
        {
            Box::pin(std::future::ready(Err(Status::unimplemented("not asked for"))))
        }
    )*};
}

#[tonic::async_trait]
impl wallet::wallet_service_server::WalletService for FakeWallet {
    async fn create_payer(
        &self,
        request: Request<wallet::CreatePayerRequest>,
    ) -> Result<Response<wallet::CreatePayerResponse>, Status> {
        if self.away.load(Ordering::Relaxed) {
            return Err(refusal::status(Reason::Unavailable, "away"));
        }
        if self.full.load(Ordering::Relaxed) {
            return Err(refusal::status(Reason::AlreadyExists, "another payer"));
        }
        let named = ["authorization", "x-kvitt-service"].map(|name| request.metadata().contains_key(name));
        self.callers.lock().unwrap().push(named);
        let request = request.into_inner();
        let payer = request.payer.clone();
        let id = payer.as_ref().unwrap().payer_id.clone();
        let mut payers = self.payers.lock().unwrap();
        match payers.get(&id) {
            Some(there) if *there != request => Err(refusal::status(Reason::AlreadyExists, "another")),
            Some(_) | None => {
                payers.insert(id, request);
                Ok(Response::new(wallet::CreatePayerResponse { payer }))
            }
        }
    }

    not_here! {
        find_payer(FindPayerRequest) -> FindPayerResponse;
        list_cards(ListCardsRequest) -> ListCardsResponse;
        list_payment_requests(ListPaymentRequestsRequest) -> ListPaymentRequestsResponse;
        approve_payment_request(ApprovePaymentRequestRequest) -> ApprovePaymentRequestResponse;
        reject_payment_request(RejectPaymentRequestRequest) -> RejectPaymentRequestResponse;
        force_approve(ForceApproveRequest) -> ForceApproveResponse;
    }
}

impl FakeWallet {
    async fn start(&self) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let service = wallet::wallet_service_server::WalletServiceServer::new(self.clone());
        let incoming = tokio_stream::wrappers::TcpListenerStream::new(listener);
        tokio::spawn(tonic::transport::Server::builder().add_service(service).serve_with_incoming(incoming));
        url
    }
}

/// The service with a wallet, and an Administrator who has signed in.
struct Platform {
    running: Running,
    wallet: FakeWallet,
    merchant_id: String,
    token: String,
}

impl Platform {
    async fn start() -> Self {
        let wallet = FakeWallet::default();
        let database = TestDatabase::create("access", &MIGRATIONS).await;
        let with = Config { wallet_url: Some(wallet.start().await), ..config(database.url().clone()) };
        let (url, shutdown, ended) = start(with).await;
        let running = Running { url, shutdown, ended, database };
        eventually!(running.keys().await.is_some());
        let merchant_id = Uuid::new_v4().to_string();
        let token = administrator(&running, &merchant_id, KARI).await;
        Self { running, wallet, merchant_id, token }
    }

    fn users(&self) -> UserServiceClient<Channel> {
        UserServiceClient::new(kvitt_runtime::channel(&self.running.url).unwrap())
    }

    async fn create(&self, test_user_id: Uuid) -> Result<v1::TestUser, Status> {
        let request = v1::CreateTestUserRequest {
            merchant_id: self.merchant_id.clone(),
            test_user_id: test_user_id.to_string(),
            country: "NO".to_owned(),
        };
        let created = self.users().create_test_user(by(&self.token, request)).await?;
        Ok(created.into_inner().test_user.unwrap())
    }

    async fn ready(&self) -> Vec<v1::TestUser> {
        let request = v1::ListTestUsersRequest { merchant_id: self.merchant_id.clone() };
        let listed = self.users().list_test_users(by(&self.token, request)).await.unwrap();
        listed.into_inner().test_users
    }
}

/// Norwegians of the series for tests.
const KARI: u32 = 1;
const OLA: u32 = 2;

fn national_id(serial: u32) -> String {
    let id = kvitt_primitives::NationalId::synthetic(kvitt_primitives::Country::No, 1980, 1, 1, serial);
    id.unwrap().as_str().to_owned()
}

fn by<T>(token: &str, message: T) -> Request<T> {
    let mut request = Request::new(message);
    request.metadata_mut().insert("authorization", format!("Bearer {token}").parse().unwrap());
    request
}

/// The token of somebody whom the operator made an Administrator, and who then signed in.
async fn administrator(running: &Running, merchant_id: &str, serial: u32) -> String {
    let mesh = running.mesh(SECRET);
    let mut operator = UserServiceClient::new(mesh.peer(&running.url).unwrap());
    let person = v1::RegisterPersonRequest {
        country: "NO".to_owned(),
        national_id: national_id(serial),
        phone_number: format!("4790000{serial:03}"),
        name: format!("Kari {serial}"),
    };
    operator.register_person(person).await.unwrap();
    let by_national_id =
        v1::PersonIdentification { country: "NO".to_owned(), by: Some(By::NationalId(national_id(serial))) };
    let membership = v1::Membership {
        merchant_id: merchant_id.to_owned(),
        role: v1::Role::Administrator.into(),
        units: Vec::new(),
    };
    let add = v1::AddUserRequest {
        merchant_id: merchant_id.to_owned(),
        person: Some(by_national_id),
        membership: Some(membership),
    };
    operator.add_user(add).await.unwrap();
    sign_in(running, serial).await
}

async fn sign_in(running: &Running, serial: u32) -> String {
    let mut sessions = SessionServiceClient::new(kvitt_runtime::channel(&running.url).unwrap());
    let begin = v1::BeginLoginRequest { country: "NO".to_owned(), method: v1::LoginMethod::Bankid.into() };
    let login_id = sessions.begin_login(begin).await.unwrap().into_inner().login_id;
    let complete = v1::CompleteSimulatedLoginRequest { login_id, national_id: national_id(serial) };
    let session = sessions.complete_simulated_login(complete).await.unwrap().into_inner().session.unwrap();
    let issue = v1::IssueUserTokenRequest { session_secret: session.secret };
    sessions.issue_user_token(issue).await.unwrap().into_inner().access_token
}

#[tokio::test]
async fn whoever_was_added_signs_in_and_is_believed_by_every_service() {
    let platform = Platform::start().await;
    let me = platform.users().get_me(by(&platform.token, v1::GetMeRequest {})).await.unwrap().into_inner();
    assert_eq!((me.name.as_str(), me.country.as_str()), ("Kari 1", "NO"));
    assert_eq!(me.memberships[0].merchant_id, platform.merchant_id);
    let mesh = platform.running.mesh(SECRET);
    let principal = mesh.verifier().verify_principal(&platform.token).await.unwrap();
    assert_eq!(principal, Principal::User(me.user_id.parse().unwrap()));
    let without = platform.users().get_me(v1::GetMeRequest {}).await.unwrap_err();
    assert_eq!(refusal::reason_of(&without), Some(Reason::TokenMissing));
    platform.running.stop().await;
}

#[tokio::test]
async fn a_test_user_is_a_payer_with_cards_and_can_be_looked_up_and_asked_for_again() {
    let platform = Platform::start().await;
    let id = Uuid::new_v4();
    let made = platform.create(id).await.unwrap();
    assert_eq!(platform.create(id).await.unwrap(), made);
    assert_eq!(platform.ready().await, std::slice::from_ref(&made));
    {
        let payers = platform.wallet.payers.lock().unwrap();
        let request = &payers[&id.to_string()];
        let payer = request.payer.as_ref().unwrap();
        assert_eq!((&payer.phone_number, &payer.national_id), (&made.phone_number, &made.national_id));
        assert_eq!(request.cards.len(), 2);
        // The user's token is handed on, and the service proves itself beside it.
        assert_eq!(*platform.wallet.callers.lock().unwrap(), [[true, true]]);
    }
    let look_up = v1::LookUpPersonRequest {
        merchant_id: platform.merchant_id.clone(),
        person: Some(v1::PersonIdentification {
            country: "NO".to_owned(),
            by: Some(By::PhoneNumber(made.phone_number.clone())),
        }),
    };
    let found = platform.users().look_up_person(by(&platform.token, look_up)).await.unwrap();
    assert_eq!(found.into_inner().name, made.name);
    let stranger = administrator(&platform.running, &Uuid::new_v4().to_string(), OLA).await;
    let foreign = Platform { token: stranger, ..platform };
    let refused = foreign.create(Uuid::new_v4()).await.unwrap_err();
    assert_eq!(refusal::reason_of(&refused), Some(Reason::NotFound));
    foreign.running.stop().await;
}

#[tokio::test]
async fn m49_the_sixth_test_user_is_refused_with_a_contact_hint_however_many_ask_at_once() {
    let platform = Arc::new(Platform::start().await);
    let mut asking = tokio::task::JoinSet::new();
    for _ in 0..12 {
        let platform = Arc::clone(&platform);
        asking.spawn(async move { platform.create(Uuid::new_v4()).await });
    }
    let (made, refused): (Vec<_>, Vec<_>) = asking.join_all().await.into_iter().partition(Result::is_ok);
    assert_eq!((made.len(), refused.len()), (5, 7));
    for refused in refused {
        let refused = refused.unwrap_err();
        assert_eq!(refusal::reason_of(&refused), Some(Reason::TooManyTestUsers), "{refused}");
        assert!(refused.message().contains("contact the support"), "{refused}");
    }
    assert_eq!(platform.ready().await.len(), 5);
    assert_eq!(platform.wallet.payers.lock().unwrap().len(), 5);
    let mesh = platform.running.mesh(SECRET);
    let mut operator = UserServiceClient::new(mesh.peer(&platform.running.url).unwrap());
    let more = v1::CreateTestUserRequest {
        merchant_id: platform.merchant_id.clone(),
        test_user_id: Uuid::new_v4().to_string(),
        country: "NO".to_owned(),
    };
    operator.create_test_user(more).await.unwrap();
    Arc::into_inner(platform).unwrap().running.stop().await;
}

#[tokio::test]
async fn a_test_user_whom_the_wallet_has_not_heard_of_is_made_when_it_is_back() {
    let platform = Platform::start().await;
    platform.wallet.away.store(true, Ordering::Relaxed);
    let id = Uuid::new_v4();
    let refused = platform.create(id).await.unwrap_err();
    assert_eq!(refusal::reason_of(&refused), Some(Reason::Unavailable));
    assert!(platform.ready().await.is_empty());
    platform.wallet.away.store(false, Ordering::Relaxed);
    // Nobody asks again: the worker does.
    eventually!(!platform.ready().await.is_empty());
    let made = platform.create(id).await.unwrap();
    assert_eq!(platform.ready().await, [made]);
    platform.running.stop().await;
}

#[tokio::test]
async fn a_test_user_whom_the_wallet_can_never_have_is_taken_back() {
    let platform = Platform::start().await;
    platform.wallet.full.store(true, Ordering::Relaxed);
    let id = Uuid::new_v4();
    let refused = platform.create(id).await.unwrap_err();
    assert_eq!(refusal::reason_of(&refused), Some(Reason::AlreadyExists));
    let select = "SELECT (SELECT count(*) FROM test_users) + (SELECT count(*) FROM persons)";
    let left: i64 = sqlx::query_scalar(select).fetch_one(platform.running.database.pool()).await.unwrap();
    assert_eq!(left, 1, "only the Administrator is in the register");
    platform.wallet.full.store(false, Ordering::Relaxed);
    platform.create(id).await.unwrap();
    platform.running.stop().await;
}

#[tokio::test]
async fn without_a_wallet_there_are_no_test_users() {
    let running = Running::start().await;
    let merchant_id = Uuid::new_v4().to_string();
    let token = administrator(&running, &merchant_id, KARI).await;
    let platform = Platform { running, wallet: FakeWallet::default(), merchant_id, token };
    let refused = platform.create(Uuid::new_v4()).await.unwrap_err();
    assert_eq!(refusal::reason_of(&refused), Some(Reason::Unavailable));
    platform.running.stop().await;
}
