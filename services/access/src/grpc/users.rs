//! `UserService`: the users of merchants.

use kvitt_proto::{
    access::v1::{self, user_service_server::UserService},
    refusal,
};
use kvitt_runtime::{Caller, Clock};
use tonic::{Request, Response, Status};

use super::{convert, people};
use crate::app::{App, test_users, users};

/// The rpcs of `UserService`.
#[derive(Clone)]
pub(crate) struct Users {
    pub(crate) app: App,
    pub(crate) clock: Clock,
}

#[tonic::async_trait]
impl UserService for Users {
    async fn look_up_person(
        &self,
        request: Request<v1::LookUpPersonRequest>,
    ) -> Result<Response<v1::LookUpPersonResponse>, Status> {
        let caller = *Caller::of(&request)?;
        let message = request.into_inner();
        let asked = people::merchant_and_person(&message.merchant_id, message.person);
        let (merchant_id, by) = asked.map_err(refusal::fields)?;
        let name = users::look_up_person(&self.app, &caller, merchant_id, &by).await?;
        Ok(Response::new(v1::LookUpPersonResponse { name: name.to_string() }))
    }

    #[cfg(feature = "sandbox")]
    async fn register_person(
        &self,
        request: Request<v1::RegisterPersonRequest>,
    ) -> Result<Response<v1::RegisterPersonResponse>, Status> {
        let caller = *Caller::of(&request)?;
        let person = people::person(request.into_inner()).map_err(refusal::fields)?;
        users::register_person(&self.app, &caller, &person).await?;
        Ok(Response::new(v1::RegisterPersonResponse {}))
    }

    #[cfg(not(feature = "sandbox"))]
    async fn register_person(
        &self,
        request: Request<v1::RegisterPersonRequest>,
    ) -> Result<Response<v1::RegisterPersonResponse>, Status> {
        Caller::of(&request)?;
        Err(crate::error::Error::SandboxOff.into())
    }

    async fn add_user(
        &self,
        request: Request<v1::AddUserRequest>,
    ) -> Result<Response<v1::AddUserResponse>, Status> {
        let caller = *Caller::of(&request)?;
        let units = people::named_units(request.get_ref().membership.as_ref());
        let add = people::add_user(request.into_inner()).map_err(refusal::fields)?;
        let added = users::add_user(&self.app, &caller, &add, self.clock.now()).await;
        let member = added.map_err(|error| people::status(error, &units))?;
        Ok(Response::new(v1::AddUserResponse { user: Some(people::user_to_proto(&member)) }))
    }

    async fn list_users(
        &self,
        request: Request<v1::ListUsersRequest>,
    ) -> Result<Response<v1::ListUsersResponse>, Status> {
        let caller = *Caller::of(&request)?;
        let (merchant_id, page) = people::list_users(request.get_ref()).map_err(refusal::fields)?;
        let (members, end) = users::list_users(&self.app, &caller, merchant_id, &page).await?;
        Ok(Response::new(v1::ListUsersResponse {
            users: members.iter().map(people::user_to_proto).collect(),
            next_page_token: end.as_ref().map(people::page_token).unwrap_or_default(),
        }))
    }

    async fn get_user(
        &self,
        request: Request<v1::GetUserRequest>,
    ) -> Result<Response<v1::GetUserResponse>, Status> {
        let caller = *Caller::of(&request)?;
        let message = request.get_ref();
        let asked = people::merchant_and_user(&message.merchant_id, &message.user_id);
        let (merchant_id, user_id) = asked.map_err(refusal::fields)?;
        let member = users::get_user(&self.app, &caller, merchant_id, user_id).await?;
        Ok(Response::new(v1::GetUserResponse { user: Some(people::user_to_proto(&member)) }))
    }

    async fn set_membership(
        &self,
        request: Request<v1::SetMembershipRequest>,
    ) -> Result<Response<v1::SetMembershipResponse>, Status> {
        let caller = *Caller::of(&request)?;
        let units = people::named_units(request.get_ref().membership.as_ref());
        let (user_id, membership) = people::set_membership(request.into_inner()).map_err(refusal::fields)?;
        let set = users::set_membership(&self.app, &caller, (user_id, &membership), self.clock.now()).await;
        let member = set.map_err(|error| people::status(error, &units))?;
        Ok(Response::new(v1::SetMembershipResponse { user: Some(people::user_to_proto(&member)) }))
    }

    async fn remove_user(
        &self,
        request: Request<v1::RemoveUserRequest>,
    ) -> Result<Response<v1::RemoveUserResponse>, Status> {
        let caller = *Caller::of(&request)?;
        let message = request.get_ref();
        let asked = people::merchant_and_user(&message.merchant_id, &message.user_id);
        let who = asked.map_err(refusal::fields)?;
        users::remove_user(&self.app, &caller, who, self.clock.now()).await?;
        Ok(Response::new(v1::RemoveUserResponse {}))
    }

    async fn forget_user(
        &self,
        request: Request<v1::ForgetUserRequest>,
    ) -> Result<Response<v1::ForgetUserResponse>, Status> {
        let caller = *Caller::of(&request)?;
        let user_id = convert::one("userId", &request.get_ref().user_id).map_err(refusal::fields)?;
        users::forget_user(&self.app, &caller, user_id, self.clock.now()).await?;
        Ok(Response::new(v1::ForgetUserResponse {}))
    }

    async fn get_me(
        &self,
        request: Request<v1::GetMeRequest>,
    ) -> Result<Response<v1::GetMeResponse>, Status> {
        let me = users::get_me(&self.app, Caller::of(&request)?).await?;
        Ok(Response::new(v1::GetMeResponse {
            user_id: me.user.user_id.to_string(),
            name: me.user.name,
            country: me.user.country.code().to_owned(),
            memberships: me.memberships.iter().map(people::membership_to_proto).collect(),
        }))
    }

    async fn check_permission(
        &self,
        request: Request<v1::CheckPermissionRequest>,
    ) -> Result<Response<v1::CheckPermissionResponse>, Status> {
        let caller = *Caller::of(&request)?;
        let (action, target) = people::check_permission(request.get_ref()).map_err(refusal::fields)?;
        let allowed = users::check_permission(&self.app, &caller, action, &target).await?;
        Ok(Response::new(v1::CheckPermissionResponse { allowed }))
    }

    async fn create_test_user(
        &self,
        request: Request<v1::CreateTestUserRequest>,
    ) -> Result<Response<v1::CreateTestUserResponse>, Status> {
        let caller = *Caller::of(&request)?;
        let create = people::create_test_user(request.get_ref()).map_err(refusal::fields)?;
        let user = test_users::create_test_user(&self.app, &caller, create, self.clock.now()).await?;
        let test_user = Some(people::test_user_to_proto(&user));
        Ok(Response::new(v1::CreateTestUserResponse { test_user }))
    }

    async fn list_test_users(
        &self,
        request: Request<v1::ListTestUsersRequest>,
    ) -> Result<Response<v1::ListTestUsersResponse>, Status> {
        let caller = *Caller::of(&request)?;
        let merchant_id =
            convert::one("merchantId", &request.get_ref().merchant_id).map_err(refusal::fields)?;
        let users = test_users::list_test_users(&self.app, &caller, merchant_id).await?;
        let test_users = users.iter().map(people::test_user_to_proto).collect();
        Ok(Response::new(v1::ListTestUsersResponse { test_users }))
    }

    async fn list_audit_entries(
        &self,
        request: Request<v1::ListAuditEntriesRequest>,
    ) -> Result<Response<v1::ListAuditEntriesResponse>, Status> {
        let caller = *Caller::of(&request)?;
        let (merchant_id, page) = people::list_audit_entries(request.get_ref()).map_err(refusal::fields)?;
        let (entries, more) = users::list_audit_entries(&self.app, &caller, merchant_id, page).await?;
        let last = entries.last().filter(|_| more).map(|entry| entry.sequence.to_string());
        Ok(Response::new(v1::ListAuditEntriesResponse {
            entries: entries.into_iter().map(people::audit_entry_to_proto).collect(),
            next_page_token: last.unwrap_or_default(),
        }))
    }
}

#[cfg(test)]
#[cfg(feature = "sandbox")]
mod tests;
