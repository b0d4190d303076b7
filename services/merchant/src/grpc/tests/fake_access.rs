//! Stands in for `access`: knows one client and what it covers, and believes every service.

use kvitt_primitives::ClientId;
use kvitt_proto::{
    access::v1::{
        self,
        credential_service_server::{CredentialService, CredentialServiceServer},
        token_service_server::{TokenService, TokenServiceServer},
    },
    time,
};
use kvitt_runtime::wall_now;
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Request, Response, Status, transport::Server};

#[derive(Clone)]
struct FakeAccess {
    client_id: String,
    msn: &'static str,
}

/// Listens until the test ends; answers its URL.
pub(super) async fn start(client_id: ClientId, msn: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let fake = FakeAccess { client_id: client_id.to_string(), msn };
    let server = Server::builder()
        .add_service(TokenServiceServer::new(fake.clone()))
        .add_service(CredentialServiceServer::new(fake));
    tokio::spawn(server.serve_with_incoming(TcpListenerStream::new(listener)));
    url
}

#[tonic::async_trait]
impl TokenService for FakeAccess {
    async fn issue_token(
        &self,
        _request: Request<v1::IssueTokenRequest>,
    ) -> Result<Response<v1::IssueTokenResponse>, Status> {
        Err(Status::unimplemented("not needed"))
    }

    async fn issue_service_token(
        &self,
        _request: Request<v1::IssueServiceTokenRequest>,
    ) -> Result<Response<v1::IssueServiceTokenResponse>, Status> {
        let expires_at = wall_now() + chrono::TimeDelta::minutes(10);
        Ok(Response::new(v1::IssueServiceTokenResponse {
            access_token: "a.service.token".to_owned(),
            expires_at: Some(time::to_proto(expires_at)),
        }))
    }

    async fn list_verification_keys(
        &self,
        _request: Request<v1::ListVerificationKeysRequest>,
    ) -> Result<Response<v1::ListVerificationKeysResponse>, Status> {
        Err(Status::unimplemented("not needed"))
    }
}

#[tonic::async_trait]
impl CredentialService for FakeAccess {
    async fn create_credentials(
        &self,
        _request: Request<v1::CreateCredentialsRequest>,
    ) -> Result<Response<v1::CreateCredentialsResponse>, Status> {
        Err(Status::unimplemented("not needed"))
    }

    async fn get_coverage(
        &self,
        request: Request<v1::GetCoverageRequest>,
    ) -> Result<Response<v1::GetCoverageResponse>, Status> {
        let known = request.get_ref().client_id == self.client_id;
        let msns = if known { vec![self.msn.to_owned()] } else { Vec::new() };
        Ok(Response::new(v1::GetCoverageResponse { msns, revision: 0 }))
    }

    async fn list_credential_changes(
        &self,
        _request: Request<v1::ListCredentialChangesRequest>,
    ) -> Result<Response<v1::ListCredentialChangesResponse>, Status> {
        Ok(Response::new(v1::ListCredentialChangesResponse::default()))
    }

    async fn resolve_subscription_key(
        &self,
        _request: Request<v1::ResolveSubscriptionKeyRequest>,
    ) -> Result<Response<v1::ResolveSubscriptionKeyResponse>, Status> {
        Err(Status::unimplemented("not needed"))
    }
}
