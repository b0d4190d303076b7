use std::sync::Arc;

use kvitt_proto::{
    access::v1::{
        self, credential_service_client::CredentialServiceClient, key_service_client::KeyServiceClient,
        token_service_client::TokenServiceClient,
    },
    error::v1::Reason,
    refusal,
};
use kvitt_runtime::{
    Authority, Channel, Mesh, MeshConfig, PeerChannel, Principal,
    authority::{MAX_AGE, Units},
};
use kvitt_testing::{TestDatabase, eventually};
use secrecy::SecretString;
use tokio::task::JoinHandle;
use uuid::Uuid;

use super::*;

#[cfg(feature = "sandbox")]
mod clock;
#[cfg(feature = "sandbox")]
mod users;

struct Running {
    url: String,
    shutdown: CancellationToken,
    ended: JoinHandle<Result<(), RunError>>,
    database: TestDatabase,
}

impl Running {
    async fn start() -> Self {
        let database = TestDatabase::create("access", &MIGRATIONS).await;
        let (url, shutdown, ended) = start(config(database.url().clone())).await;
        let running = Self { url, shutdown, ended, database };
        eventually!(running.keys().await.is_some());
        running
    }

    async fn keys(&self) -> Option<Vec<v1::VerificationKey>> {
        let request = v1::ListVerificationKeysRequest {};
        let response = self.tokens().list_verification_keys(request).await.ok()?;
        Some(response.into_inner().keys)
    }

    fn tokens(&self) -> TokenServiceClient<Channel> {
        TokenServiceClient::new(kvitt_runtime::channel(&self.url).unwrap())
    }

    fn mesh(&self, secret: &str) -> Mesh {
        self.mesh_of(ServiceName::Launcher, secret)
    }

    fn mesh_of(&self, name: ServiceName, secret: &str) -> Mesh {
        let config = MeshConfig {
            access_url: self.url.clone(),
            service_secret: secret.to_owned().into(),
            process: kvitt_runtime::Process::default(),
        };
        Mesh::new(name, &config).unwrap()
    }

    /// What the edge asks. Whose a unit is nobody asks here.
    fn authority(&self) -> Authority {
        let mesh = self.mesh_of(ServiceName::Gateway, SECRET);
        Authority::new(&mesh, Units::of_merchant(mesh.peer(&self.url).unwrap()))
    }

    fn credentials(&self, mesh: &Mesh) -> CredentialServiceClient<PeerChannel> {
        CredentialServiceClient::new(mesh.peer(&self.url).unwrap())
    }

    async fn stop(self) {
        self.shutdown.cancel();
        self.ended.await.unwrap().unwrap();
    }
}

async fn start(config: Config) -> (String, CancellationToken, JoinHandle<Result<(), RunError>>) {
    let listener = TcpListener::bind(config.listen).await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let shutdown = CancellationToken::new();
    let ended = tokio::spawn(run(config, listener, Clock::system(), shutdown.clone()));
    (url, shutdown, ended)
}

/// Of every service that calls here.
const SECRET: &str = "secret-of-the-services";

fn config(database_url: SecretString) -> Config {
    Config {
        listen: ([127, 0, 0, 1], 0).into(),
        database_url,
        service_secrets: ["launcher", "gateway"]
            .map(|name| format!("{name}={SECRET}").parse().unwrap())
            .into(),
        key_encryption_key: "5e".repeat(32).into(),
        pepper: "pepper-of-the-tests".to_owned().into(),
        token_life_seconds: 3600,
        wallet_url: None,
        sandbox: cfg!(feature = "sandbox"),
        process: kvitt_runtime::Process::default(),
    }
}

fn credentials() -> v1::CreateCredentialsRequest {
    v1::CreateCredentialsRequest {
        client_id: Uuid::new_v4().to_string(),
        client_secret: "0123456789abcdef".to_owned(),
        primary_subscription_key: "1".repeat(32),
        secondary_subscription_key: "2".repeat(32),
        msn: "123456".to_owned(),
        kind: v1::KeyKind::Unspecified.into(),
        owner: Some(v1::KeyOwner { merchant_id: Uuid::new_v4().to_string(), ..Default::default() }),
    }
}

#[tokio::test]
async fn a_client_that_was_created_over_the_mesh_gets_tokens_that_every_service_believes() {
    let running = Running::start().await;
    let mesh = running.mesh(SECRET);
    let client = credentials();
    running.credentials(&mesh).create_credentials(client.clone()).await.unwrap();
    let request = v1::IssueTokenRequest {
        client_id: client.client_id.clone(),
        client_secret: client.client_secret,
        subscription_key: client.secondary_subscription_key,
    };
    for _ in 0..2 {
        let token = running.tokens().issue_token(request.clone()).await.unwrap().into_inner();
        let principal = mesh.verifier().verify_principal(&token.access_token).await.unwrap();
        assert_eq!(principal, Principal::Client(client.client_id.parse().unwrap()));
    }
    running.stop().await;
}

#[tokio::test]
async fn a_client_that_is_deactivated_covers_nothing_at_once() {
    let running = Running::start().await;
    let mesh = running.mesh(SECRET);
    let client = credentials();
    running.credentials(&mesh).create_credentials(client.clone()).await.unwrap();
    let authority = running.authority();
    let covered = async || authority.client(client.client_id.parse().unwrap()).await.unwrap();
    assert_eq!(*covered().await.msns, [client.msn.parse().unwrap()]);
    let deactivate = "
        WITH counted AS (UPDATE revision SET value = value + 1 RETURNING value)
        UPDATE api_clients SET active = FALSE, changed_revision = counted.value FROM counted";
    sqlx::query(deactivate).execute(running.database.pool()).await.unwrap();
    let deactivated_at = std::time::Instant::now();
    while covered().await.kind.is_some() {
        assert!(deactivated_at.elapsed() < MAX_AGE);
        tokio::task::yield_now().await;
    }
    assert_eq!(
        authority.subscription_key_owner(&client.primary_subscription_key).await.unwrap_err().code(),
        tonic::Code::Unauthenticated
    );
    running.stop().await;
}

#[tokio::test]
async fn m34_a_regenerated_subscription_key_stops_at_once_and_the_other_stays_valid() {
    let running = Running::start().await;
    let mesh = running.mesh(SECRET);
    let client = credentials();
    running.credentials(&mesh).create_credentials(client.clone()).await.unwrap();
    let authority = running.authority();
    let (old, other) = (&client.primary_subscription_key, &client.secondary_subscription_key);
    for key in [old, other] {
        authority.subscription_key_owner(key).await.unwrap();
    }
    let mut keys = KeyServiceClient::new(mesh.peer(&running.url).unwrap());
    let request =
        v1::RegenerateKeyRequest { client_id: client.client_id.clone(), slot: v1::KeySlot::Primary.into() };
    let new = keys.regenerate_key(request).await.unwrap().into_inner().secret;
    let regenerated_at = std::time::Instant::now();
    while authority.subscription_key_owner(old).await.is_ok() {
        assert!(regenerated_at.elapsed() < MAX_AGE);
        tokio::task::yield_now().await;
    }
    for key in [&new, other] {
        let owner = authority.subscription_key_owner(key).await.unwrap();
        assert_eq!(owner.to_string(), client.client_id);
    }
    running.stop().await;
}

#[tokio::test]
async fn credentials_are_closed_to_strangers_and_to_services_with_a_wrong_secret() {
    let running = Running::start().await;
    let mut stranger = CredentialServiceClient::new(kvitt_runtime::channel(&running.url).unwrap());
    let refused = stranger.create_credentials(credentials()).await.unwrap_err();
    assert_eq!(refusal::reason_of(&refused), Some(Reason::TokenMissing));
    let impostor = running.mesh("another-secret-altogether");
    assert!(running.credentials(&impostor).create_credentials(credentials()).await.is_err());
    running.stop().await;
}

#[tokio::test]
async fn a_restarted_service_verifies_what_it_signed_before() {
    let before = Running::start().await;
    let keys = before.keys().await.unwrap();
    let url = before.database.url().clone();
    before.shutdown.cancel();
    before.ended.await.unwrap().unwrap();
    let (url, shutdown, ended) = start(config(url)).await;
    let after = Running { url, shutdown, ended, database: before.database };
    eventually!(after.keys().await.is_some());
    let kids = |keys: Vec<v1::VerificationKey>| keys.into_iter().map(|key| key.kid).collect::<Vec<_>>();
    assert_eq!(kids(after.keys().await.unwrap()), kids(keys));
    after.stop().await;
}

#[tokio::test]
async fn settings_that_cannot_work_end_the_service_at_once() {
    let valid = || config("postgres://127.0.0.1:1/none".to_owned().into());
    let broken = [
        Config { key_encryption_key: "short".to_owned().into(), ..valid() },
        Config { pepper: "short".to_owned().into(), ..valid() },
        Config { token_life_seconds: 0, ..valid() },
        Config { token_life_seconds: 86_401, ..valid() },
    ];
    for config in broken {
        let (_url, _shutdown, ended) = start(config).await;
        assert!(ended.await.unwrap().is_err());
    }
}

#[tokio::test]
async fn a_service_that_never_reached_its_database_stops_when_told() {
    let (_url, shutdown, ended) = start(config("postgres://127.0.0.1:1/none".to_owned().into())).await;
    shutdown.cancel();
    ended.await.unwrap().unwrap();
}
