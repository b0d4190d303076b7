//! `TokenService`: open to everyone, for whoever calls has no token yet.

use kvitt_proto::{
    access::v1::{self, token_service_server::TokenService},
    time,
};
use kvitt_runtime::wall_now;
use tonic::{Request, Response, Status};

use super::convert;
use crate::app::{self, App, GivenClient, GivenSecrets};

/// The rpcs of `TokenService`.
#[derive(Clone)]
pub(crate) struct Tokens {
    pub(crate) app: App,
}

#[tonic::async_trait]
impl TokenService for Tokens {
    async fn issue_token(
        &self,
        request: Request<v1::IssueTokenRequest>,
    ) -> Result<Response<v1::IssueTokenResponse>, Status> {
        let message = request.into_inner();
        let client =
            GivenClient { client_id: message.client_id, client_secret: message.client_secret.into() };
        let given = GivenSecrets { client, subscription_key: message.subscription_key.into() };
        let token = app::issue_token(&self.app, &given, wall_now()).await?;
        Ok(Response::new(v1::IssueTokenResponse {
            access_token: token.jwt,
            not_before_at: Some(time::to_proto(token.not_before_at)),
            expires_at: Some(time::to_proto(token.expires_at)),
        }))
    }

    async fn issue_specialised_token(
        &self,
        request: Request<v1::IssueSpecialisedTokenRequest>,
    ) -> Result<Response<v1::IssueSpecialisedTokenResponse>, Status> {
        let message = request.into_inner();
        let given = GivenClient { client_id: message.client_id, client_secret: message.client_secret.into() };
        let token = app::issue_specialised_token(&self.app, &given, wall_now()).await?;
        let expires_at = Some(time::to_proto(token.expires_at));
        Ok(Response::new(v1::IssueSpecialisedTokenResponse { access_token: token.jwt, expires_at }))
    }

    async fn issue_service_token(
        &self,
        request: Request<v1::IssueServiceTokenRequest>,
    ) -> Result<Response<v1::IssueServiceTokenResponse>, Status> {
        let message = request.into_inner();
        let secret = message.secret.into();
        let token = app::issue_service_token(&self.app, &message.service, &secret, wall_now()).await?;
        let expires_at = Some(time::to_proto(token.expires_at));
        Ok(Response::new(v1::IssueServiceTokenResponse { access_token: token.jwt, expires_at }))
    }

    async fn list_verification_keys(
        &self,
        _request: Request<v1::ListVerificationKeysRequest>,
    ) -> Result<Response<v1::ListVerificationKeysResponse>, Status> {
        let keys = app::list_verification_keys(&self.app, wall_now()).await?;
        let keys = keys.into_iter().map(convert::verification_key_to_proto).collect();
        Ok(Response::new(v1::ListVerificationKeysResponse { keys }))
    }
}
