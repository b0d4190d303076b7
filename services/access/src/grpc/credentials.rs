//! `CredentialService`: only for services of the mesh.

use kvitt_proto::{
    access::v1::{self, credential_service_server::CredentialService},
    refusal,
};
use kvitt_runtime::{Caller, Clock};
use tonic::{Request, Response, Status};

use super::{convert, people};
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
        let caller = *Caller::of(&request)?;
        let credentials = convert::credentials(request.into_inner()).map_err(refusal::fields)?;
        app::create_credentials(&self.app, &caller, &credentials, self.clock.now()).await?;
        Ok(Response::new(v1::CreateCredentialsResponse {}))
    }

    async fn register_sales_unit(
        &self,
        request: Request<v1::RegisterSalesUnitRequest>,
    ) -> Result<Response<v1::RegisterSalesUnitResponse>, Status> {
        let (msn, merchant_id) = convert::unit_of(request.get_ref()).map_err(refusal::fields)?;
        app::register_sales_unit(&self.app, &msn, merchant_id).await?;
        Ok(Response::new(v1::RegisterSalesUnitResponse {}))
    }

    async fn get_coverage(
        &self,
        request: Request<v1::GetCoverageRequest>,
    ) -> Result<Response<v1::GetCoverageResponse>, Status> {
        let client_id = convert::one("clientId", &request.get_ref().client_id).map_err(refusal::fields)?;
        let covered = app::get_coverage(&self.app, client_id).await?;
        Ok(Response::new(convert::coverage_to_proto(covered)))
    }

    async fn resolve_subscription_key(
        &self,
        request: Request<v1::ResolveSubscriptionKeyRequest>,
    ) -> Result<Response<v1::ResolveSubscriptionKeyResponse>, Status> {
        let key = request.into_inner().subscription_key.into();
        let owner = app::resolve_subscription_key(&self.app, &key).await?;
        let client_id = owner.value.to_string();
        Ok(Response::new(v1::ResolveSubscriptionKeyResponse { client_id, revision: owner.revision }))
    }

    async fn get_memberships(
        &self,
        request: Request<v1::GetMembershipsRequest>,
    ) -> Result<Response<v1::GetMembershipsResponse>, Status> {
        let user_id = convert::one("userId", &request.get_ref().user_id).map_err(refusal::fields)?;
        let known = app::get_memberships(&self.app, user_id).await?;
        let memberships = known.value.iter().map(people::membership_to_proto).collect();
        Ok(Response::new(v1::GetMembershipsResponse { memberships, revision: known.revision }))
    }

    async fn grant_administrator(
        &self,
        request: Request<v1::GrantAdministratorRequest>,
    ) -> Result<Response<v1::GrantAdministratorResponse>, Status> {
        let caller = Caller::of(&request)?;
        let message = request.get_ref();
        let (merchant_id, user_id) = convert::administrator(message).map_err(refusal::fields)?;
        app::grant_administrator(&self.app, caller, merchant_id, user_id, self.clock.now()).await?;
        Ok(Response::new(v1::GrantAdministratorResponse {}))
    }

    async fn list_credential_changes(
        &self,
        request: Request<v1::ListCredentialChangesRequest>,
    ) -> Result<Response<v1::ListCredentialChangesResponse>, Status> {
        let after = convert::after_revision(request.get_ref().after_revision).map_err(refusal::fields)?;
        let changes = app::list_credential_changes(&self.app, after).await?;
        Ok(Response::new(convert::changes_to_proto(changes)))
    }
}
