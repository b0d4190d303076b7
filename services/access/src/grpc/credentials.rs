//! `CredentialService`: only for services of the mesh.

use kvitt_proto::{
    access::v1::{self, credential_service_server::CredentialService},
    refusal,
};
use kvitt_runtime::{Caller, Clock, ServiceName};
use tonic::{Request, Response, Status};

use super::convert;
use crate::app::{self, App};

/// The rpcs of `CredentialService`.
#[derive(Clone)]
pub(crate) struct Credentials {
    pub(crate) app: App,
    pub(crate) clock: Clock,
}

#[tonic::async_trait]
impl CredentialService for Credentials {
    async fn create_credentials(
        &self,
        request: Request<v1::CreateCredentialsRequest>,
    ) -> Result<Response<v1::CreateCredentialsResponse>, Status> {
        Caller::of(&request)?.is_service(&[ServiceName::Launcher])?;
        let credentials = convert::credentials(request.into_inner()).map_err(refusal::fields)?;
        app::create_credentials(&self.app, &credentials, self.clock.now()).await?;
        Ok(Response::new(v1::CreateCredentialsResponse {}))
    }

    async fn get_coverage(
        &self,
        request: Request<v1::GetCoverageRequest>,
    ) -> Result<Response<v1::GetCoverageResponse>, Status> {
        only_mesh(&request)?;
        let client_id = convert::client_id(&request.get_ref().client_id).map_err(refusal::fields)?;
        let covered = app::get_coverage(&self.app, client_id).await?;
        let msns = covered.value.iter().map(ToString::to_string).collect();
        Ok(Response::new(v1::GetCoverageResponse { msns, revision: covered.revision }))
    }

    async fn resolve_subscription_key(
        &self,
        request: Request<v1::ResolveSubscriptionKeyRequest>,
    ) -> Result<Response<v1::ResolveSubscriptionKeyResponse>, Status> {
        only_mesh(&request)?;
        let key = request.into_inner().subscription_key.into();
        let owner = app::resolve_subscription_key(&self.app, &key).await?;
        let client_id = owner.value.to_string();
        Ok(Response::new(v1::ResolveSubscriptionKeyResponse { client_id, revision: owner.revision }))
    }

    async fn list_credential_changes(
        &self,
        request: Request<v1::ListCredentialChangesRequest>,
    ) -> Result<Response<v1::ListCredentialChangesResponse>, Status> {
        only_mesh(&request)?;
        let after = convert::after_revision(request.get_ref().after_revision).map_err(refusal::fields)?;
        let changes = app::list_credential_changes(&self.app, after).await?;
        Ok(Response::new(convert::changes_to_proto(changes)))
    }
}

fn only_mesh<T>(request: &Request<T>) -> Result<(), Status> {
    Caller::of(request)?.is_service(&ServiceName::ALL)
}
