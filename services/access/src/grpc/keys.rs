//! `KeyService`: keys, as people handle them.

use kvitt_proto::{
    access::v1::{self, key_service_server::KeyService},
    refusal,
};
use kvitt_runtime::{Caller, Clock};
use secrecy::{ExposeSecret as _, SecretString};
use tonic::{Request, Response, Status};

use super::{convert, owner};
use crate::{
    app::{self, App},
    domain::credentials::Secrets,
};

/// The rpcs of `KeyService`.
#[derive(Clone)]
pub(crate) struct KeysGrpc {
    pub(crate) app: App,
    pub(crate) clock: Clock,
}

#[tonic::async_trait]
impl KeyService for KeysGrpc {
    async fn issue_keys(
        &self,
        request: Request<v1::IssueKeysRequest>,
    ) -> Result<Response<v1::IssueKeysResponse>, Status> {
        let caller = *Caller::of(&request)?;
        let (client_id, owner) = convert::issue_keys(request.into_inner()).map_err(refusal::fields)?;
        let issued = app::issue_keys(&self.app, &caller, client_id, owner, self.clock.now()).await?;
        let keys = Some(owner::key_set_to_proto(&issued.keys));
        let secrets = issued.secrets.as_ref().map(secrets_to_proto);
        Ok(Response::new(v1::IssueKeysResponse { keys, secrets }))
    }

    async fn list_keys(
        &self,
        request: Request<v1::ListKeysRequest>,
    ) -> Result<Response<v1::ListKeysResponse>, Status> {
        let caller = person(&request)?;
        let of = convert::list_keys(request.get_ref()).map_err(refusal::fields)?;
        let sets = app::list_keys(&self.app, caller, &of, self.clock.now()).await?;
        let keys = sets.iter().map(owner::key_set_to_proto).collect();
        Ok(Response::new(v1::ListKeysResponse { keys }))
    }

    async fn show_keys(
        &self,
        request: Request<v1::ShowKeysRequest>,
    ) -> Result<Response<v1::ShowKeysResponse>, Status> {
        let caller = person(&request)?;
        let msn = convert::one("msn", &request.get_ref().msn).map_err(refusal::fields)?;
        let shown = app::show_keys(&self.app, caller, &msn, self.clock.now()).await?;
        let text = |secret: Option<SecretString>| {
            secret.map(|secret| secret.expose_secret().to_owned()).unwrap_or_default()
        };
        let secrets = v1::KeySecrets {
            client_secret: text(shown.client_secret),
            primary_subscription_key: text(shown.primary),
            secondary_subscription_key: text(shown.secondary),
        };
        let keys = Some(owner::key_set_to_proto(&shown.keys));
        Ok(Response::new(v1::ShowKeysResponse { keys, secrets: Some(secrets) }))
    }

    async fn regenerate_key(
        &self,
        request: Request<v1::RegenerateKeyRequest>,
    ) -> Result<Response<v1::RegenerateKeyResponse>, Status> {
        let caller = person(&request)?;
        let which = convert::regenerate_key(request.get_ref()).map_err(refusal::fields)?;
        let secret = app::regenerate_key(&self.app, caller, which, self.clock.now()).await?;
        let secret = secret.expose_secret().to_owned();
        Ok(Response::new(v1::RegenerateKeyResponse { secret }))
    }

    async fn revoke_keys(
        &self,
        request: Request<v1::RevokeKeysRequest>,
    ) -> Result<Response<v1::RevokeKeysResponse>, Status> {
        let caller = Caller::of(&request)?;
        let client_id = convert::one("clientId", &request.get_ref().client_id).map_err(refusal::fields)?;
        app::revoke_keys(&self.app, caller, client_id, self.clock.now()).await?;
        Ok(Response::new(v1::RevokeKeysResponse {}))
    }

    async fn set_accounting_grant(
        &self,
        request: Request<v1::SetAccountingGrantRequest>,
    ) -> Result<Response<v1::SetAccountingGrantResponse>, Status> {
        let caller = person(&request)?;
        let grant = convert::accounting_grant(request.get_ref()).map_err(refusal::fields)?;
        app::set_accounting_grant(&self.app, caller, &grant, self.clock.now()).await?;
        Ok(Response::new(v1::SetAccountingGrantResponse {}))
    }

    async fn list_accounting_grants(
        &self,
        request: Request<v1::ListAccountingGrantsRequest>,
    ) -> Result<Response<v1::ListAccountingGrantsResponse>, Status> {
        let caller = person(&request)?;
        let msn = convert::one("msn", &request.get_ref().msn).map_err(refusal::fields)?;
        let sets = app::list_accounting_grants(&self.app, caller, &msn).await?;
        let clients = sets.iter().map(owner::key_set_to_proto).collect();
        Ok(Response::new(v1::ListAccountingGrantsResponse { clients }))
    }

    async fn sign_callback(
        &self,
        request: Request<v1::SignCallbackRequest>,
    ) -> Result<Response<v1::SignCallbackResponse>, Status> {
        let (client_id, message) = convert::sign_callback(request.get_ref()).map_err(refusal::fields)?;
        let authorization = app::sign_callback(&self.app, client_id, message).await?;
        Ok(Response::new(v1::SignCallbackResponse { authorization }))
    }
}

/// The caller, if it could handle keys at all. That comes before what is asked for is read.
fn person<T>(request: &Request<T>) -> Result<&Caller, Status> {
    let caller = Caller::of(request)?;
    app::only_people(caller)?;
    Ok(caller)
}

fn secrets_to_proto(secrets: &Secrets) -> v1::KeySecrets {
    let keys = secrets.subscription_keys.as_ref();
    v1::KeySecrets {
        client_secret: secrets.client_secret.expose().to_owned(),
        primary_subscription_key: keys.map(|keys| keys.primary().expose().to_owned()).unwrap_or_default(),
        secondary_subscription_key: keys.map(|keys| keys.secondary().expose().to_owned()).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests;
