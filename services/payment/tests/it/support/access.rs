//! `access`: signs tokens and says what clients cover. A client covers the one sales unit whose number is its id.

use std::sync::Arc;

use ed25519_dalek::SigningKey;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use kvitt_primitives::ClientId;
use kvitt_proto::{
    access::v1::{
        GetCoverageRequest, GetCoverageResponse, IssueServiceTokenRequest, IssueServiceTokenResponse,
        KeyKind, ListCredentialChangesRequest, ListCredentialChangesResponse, ListVerificationKeysRequest,
        ListVerificationKeysResponse, VerificationKey, credential_service_server::CredentialService,
        token_service_server::TokenService,
    },
    time,
};
use kvitt_runtime::{Claims, ServiceName, wall_now};
use tonic::{Request, Response, Status};
use uuid::Uuid;

const KEY_ID: &str = "the only one";
const LIFE_SECONDS: i64 = 600;

/// What stands before the 32 bytes of an Ed25519 private key in PKCS #8 (RFC 8410, section 7).
const PKCS8_HEAD: [u8; 16] = [48, 46, 2, 1, 0, 48, 5, 6, 3, 43, 101, 112, 4, 34, 4, 32];

#[derive(Clone)]
pub(super) struct Access {
    key: Arc<SigningKey>,
}

impl Access {
    pub(super) fn new() -> Self {
        Self { key: Arc::new(SigningKey::from_bytes(&[1; 32])) }
    }

    pub(super) fn client_token(&self, msn: u32) -> String {
        self.sign("client", &ClientId::from_uuid(Uuid::from_u128(msn.into())).to_string())
    }

    pub(super) fn service_token(&self, name: ServiceName) -> String {
        self.sign("service", name.as_str())
    }

    fn sign(&self, kind: &str, sub: &str) -> String {
        let now = wall_now().timestamp();
        let claims = Claims {
            iss: "kvitt".to_owned(),
            sub: sub.to_owned(),
            kind: kind.to_owned(),
            iat: now,
            nbf: now,
            exp: now + LIFE_SECONDS,
            jti: Uuid::new_v4(),
        };
        let header = Header { kid: Some(KEY_ID.to_owned()), ..Header::new(Algorithm::EdDSA) };
        let key = EncodingKey::from_ed_der(&[&PKCS8_HEAD[..], self.key.as_bytes()].concat());
        jsonwebtoken::encode(&header, &claims, &key).unwrap()
    }
}

#[tonic::async_trait]
impl TokenService for Access {
    async fn issue_service_token(
        &self,
        request: Request<IssueServiceTokenRequest>,
    ) -> Result<Response<IssueServiceTokenResponse>, Status> {
        let name = request.into_inner().service.parse().unwrap();
        let expires_at = Some(time::to_proto(wall_now() + chrono::TimeDelta::seconds(LIFE_SECONDS)));
        Ok(Response::new(IssueServiceTokenResponse { access_token: self.service_token(name), expires_at }))
    }

    async fn list_verification_keys(
        &self,
        _: Request<ListVerificationKeysRequest>,
    ) -> Result<Response<ListVerificationKeysResponse>, Status> {
        let key = VerificationKey {
            kid: KEY_ID.to_owned(),
            public_key: self.key.verifying_key().to_bytes().to_vec(),
            retires_at: Some(time::to_proto(wall_now() + chrono::TimeDelta::seconds(2 * LIFE_SECONDS))),
        };
        Ok(Response::new(ListVerificationKeysResponse { keys: vec![key] }))
    }
}

#[tonic::async_trait]
impl CredentialService for Access {
    async fn get_coverage(
        &self,
        request: Request<GetCoverageRequest>,
    ) -> Result<Response<GetCoverageResponse>, Status> {
        let client: Uuid = request.into_inner().client_id.parse().unwrap();
        let msns = vec![client.as_u128().to_string()];
        Ok(Response::new(GetCoverageResponse { msns, kind: KeyKind::SalesUnit.into(), ..Default::default() }))
    }

    async fn list_credential_changes(
        &self,
        _: Request<ListCredentialChangesRequest>,
    ) -> Result<Response<ListCredentialChangesResponse>, Status> {
        Ok(Response::new(ListCredentialChangesResponse::default()))
    }
}
