//! An `access` in memory.

use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use ed25519_dalek::SigningKey;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use kvitt_primitives::ClientId;
use kvitt_proto::access::v1::credential_service_server::{CredentialService, CredentialServiceServer};
use kvitt_proto::access::v1::token_service_server::{TokenService, TokenServiceServer};
use kvitt_proto::access::v1::{
    GetCoverageRequest, GetCoverageResponse, GetMembershipsRequest, GetMembershipsResponse,
    IssueServiceTokenRequest, IssueServiceTokenResponse, KeyKind, ListCredentialChangesRequest,
    ListCredentialChangesResponse, ListVerificationKeysRequest, ListVerificationKeysResponse, Membership,
    ResolveSubscriptionKeyRequest, ResolveSubscriptionKeyResponse,
};
use kvitt_proto::error::v1::Reason;
use kvitt_proto::refusal;
use kvitt_runtime::{
    Claims, Mesh, MeshConfig, Process, Service, ServiceName, VerificationKey, Verifier, wall_now,
};
use secrecy::SecretString;
use tokio::sync::watch;
use tonic::service::Routes;
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::Running;

/// Rpcs that need no token.
const OPEN: &[&str] = &["/kvitt.access.v1.TokenService/"];

/// The secret of every service.
pub(crate) const SECRET: &str = "a secret of the mesh";

/// What stands before the 32 bytes of an Ed25519 private key in PKCS #8 (RFC 8410, section 7).
const PKCS8_HEAD: [u8; 16] = [48, 46, 2, 1, 0, 48, 5, 6, 3, 43, 101, 112, 4, 34, 4, 32];

/// Signs tokens as `access` does.
#[derive(Clone)]
pub(crate) struct Signer {
    pub(crate) kid: String,
    pub(crate) key: SigningKey,
}

impl Signer {
    pub(crate) fn new(kid: &str, seed: u8) -> Self {
        Self { kid: kid.to_owned(), key: SigningKey::from_bytes(&[seed; 32]) }
    }

    pub(crate) fn verification_key(&self) -> VerificationKey {
        VerificationKey {
            kid: self.kid.clone(),
            public_key: self.key.verifying_key().to_bytes(),
            retires_at: wall_now() + Duration::from_secs(3600),
        }
    }

    pub(crate) fn sign(&self, claims: &Claims) -> String {
        let mut header = Header::new(Algorithm::EdDSA);
        header.kid = Some(self.kid.clone());
        let key = EncodingKey::from_ed_der(&[&PKCS8_HEAD[..], self.key.as_bytes()].concat());
        jsonwebtoken::encode(&header, claims, &key).unwrap()
    }

    pub(crate) fn client_token(&self, client: ClientId) -> String {
        self.sign(&claims("client", &client.to_string()))
    }

    pub(crate) fn service_token(&self, name: ServiceName) -> String {
        self.sign(&claims("service", name.as_str()))
    }
}

/// The claims of a token that lives now, for ten minutes.
pub(crate) fn claims(kind: &str, sub: &str) -> Claims {
    let now = wall_now().timestamp();
    Claims {
        iss: "kvitt".to_owned(),
        sub: sub.to_owned(),
        kind: kind.to_owned(),
        iat: now,
        nbf: now,
        exp: now + 600,
        jti: Uuid::new_v4(),
    }
}

/// What a test may look at and change while `access` runs.
#[derive(Clone)]
pub(crate) struct State {
    pub(crate) signer: Signer,
    pub(crate) keys: watch::Sender<Arc<[VerificationKey]>>,
    /// What every client's keys are for; its revision is not looked at.
    pub(crate) coverage: Arc<Mutex<GetCoverageResponse>>,
    /// The parts of every user.
    pub(crate) memberships: Arc<Mutex<Vec<Membership>>>,
    /// Counts the changes of what clients cover.
    pub(crate) revision: Arc<AtomicI64>,
    pub(crate) changes_asked: Arc<AtomicUsize>,
    pub(crate) coverage_asked: Arc<AtomicUsize>,
    pub(crate) keys_asked: Arc<AtomicUsize>,
    pub(crate) service_tokens_issued: Arc<AtomicUsize>,
    pub(crate) service_token_life: Duration,
}

impl State {
    pub(crate) fn new() -> Self {
        let signer = Signer::new("first", 1);
        Self {
            keys: watch::Sender::new(Arc::new([signer.verification_key()])),
            signer,
            coverage: Arc::new(Mutex::new(GetCoverageResponse {
                msns: vec!["123456".to_owned()],
                kind: KeyKind::SalesUnit.into(),
                ..Default::default()
            })),
            memberships: Arc::default(),
            revision: Arc::default(),
            changes_asked: Arc::default(),
            coverage_asked: Arc::default(),
            keys_asked: Arc::default(),
            service_tokens_issued: Arc::default(),
            service_token_life: Duration::from_secs(600),
        }
    }

    pub(crate) async fn serve(&self) -> Running {
        self.serve_as(Process::default()).await
    }

    pub(crate) async fn serve_as(&self, process: Process) -> Running {
        let routes = Routes::new(TokenServiceServer::new(self.clone()))
            .add_service(CredentialServiceServer::new(self.clone()));
        let verifier = Verifier::local(self.keys.subscribe());
        let (name, open_prefixes) = (ServiceName::Access, OPEN);
        Running::of(Service { name, verifier, open_prefixes, process }, routes).await
    }
}

/// The identity of `name` in the mesh of `access`.
pub(crate) fn mesh(access: &Running, name: ServiceName) -> Mesh {
    let config = MeshConfig {
        access_url: access.url(),
        service_secret: SecretString::from(SECRET),
        process: Process::default(),
    };
    Mesh::new(name, &config).unwrap()
}

#[tonic::async_trait]
impl TokenService for State {
    async fn issue_service_token(
        &self,
        request: Request<IssueServiceTokenRequest>,
    ) -> Result<Response<IssueServiceTokenResponse>, Status> {
        let IssueServiceTokenRequest { service, secret } = request.into_inner();
        if secret != SECRET {
            return Err(refusal::status(Reason::ClientInvalid, "not the secret"));
        }
        self.service_tokens_issued.fetch_add(1, Ordering::SeqCst);
        let access_token = self.signer.service_token(service.parse().unwrap());
        let expires_at = Some(kvitt_proto::time::to_proto(wall_now() + self.service_token_life));
        Ok(Response::new(IssueServiceTokenResponse { access_token, expires_at }))
    }

    async fn list_verification_keys(
        &self,
        _: Request<ListVerificationKeysRequest>,
    ) -> Result<Response<ListVerificationKeysResponse>, Status> {
        self.keys_asked.fetch_add(1, Ordering::SeqCst);
        let living = self.keys.borrow().clone();
        let keys = living.iter().map(|key| kvitt_proto::access::v1::VerificationKey {
            kid: key.kid.clone(),
            public_key: key.public_key.to_vec(),
            retires_at: Some(kvitt_proto::time::to_proto(key.retires_at)),
        });
        Ok(Response::new(ListVerificationKeysResponse { keys: keys.collect() }))
    }
}

#[tonic::async_trait]
impl CredentialService for State {
    async fn get_coverage(
        &self,
        _: Request<GetCoverageRequest>,
    ) -> Result<Response<GetCoverageResponse>, Status> {
        self.coverage_asked.fetch_add(1, Ordering::SeqCst);
        let coverage = self.coverage.lock().unwrap().clone();
        let revision = self.revision.load(Ordering::SeqCst);
        Ok(Response::new(GetCoverageResponse { revision, ..coverage }))
    }

    async fn get_memberships(
        &self,
        _: Request<GetMembershipsRequest>,
    ) -> Result<Response<GetMembershipsResponse>, Status> {
        let memberships = self.memberships.lock().unwrap().clone();
        let revision = self.revision.load(Ordering::SeqCst);
        Ok(Response::new(GetMembershipsResponse { memberships, revision }))
    }

    async fn list_credential_changes(
        &self,
        request: Request<ListCredentialChangesRequest>,
    ) -> Result<Response<ListCredentialChangesResponse>, Status> {
        self.changes_asked.fetch_add(1, Ordering::SeqCst);
        let revision = self.revision.load(Ordering::SeqCst);
        // The tests' client and user are those without a number.
        let changed = request.get_ref().after_revision < revision;
        let ids: Vec<_> = changed.then(|| Uuid::nil().to_string()).into_iter().collect();
        let (client_ids, user_ids) = (ids.clone(), ids);
        Ok(Response::new(ListCredentialChangesResponse { revision, client_ids, user_ids, all: false }))
    }

    async fn resolve_subscription_key(
        &self,
        request: Request<ResolveSubscriptionKeyRequest>,
    ) -> Result<Response<ResolveSubscriptionKeyResponse>, Status> {
        match request.into_inner().subscription_key.as_str() {
            "known" => {
                let (client_id, revision) = (Uuid::nil().to_string(), self.revision.load(Ordering::SeqCst));
                Ok(Response::new(ResolveSubscriptionKeyResponse { client_id, revision }))
            }
            _ => Err(refusal::status(Reason::SubscriptionKeyInvalid, "unknown")),
        }
    }
}
