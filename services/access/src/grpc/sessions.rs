//! `SessionService`: open to everyone, for whoever calls has no token yet.

use kvitt_primitives::{Country, Invalid};
use kvitt_proto::{
    access::v1::{self, session_service_server::SessionService},
    refusal, time,
};
use kvitt_runtime::{Clock, wall_now};
use secrecy::ExposeSecret as _;
use tonic::{Request, Response, Status};

use super::{
    convert::{Violations, check},
    people,
};
use crate::{
    app::{
        App,
        sessions::{self, Moment, Session, SetPassword},
    },
    domain::{login::Method, password::Password, person::Email},
};

/// The rpcs of `SessionService`.
#[derive(Clone)]
pub(crate) struct Sessions {
    pub(crate) app: App,
    pub(crate) clock: Clock,
}

impl Sessions {
    fn moment(&self) -> Moment {
        Moment { now: self.clock.now(), wall: wall_now() }
    }
}

#[tonic::async_trait]
impl SessionService for Sessions {
    async fn list_login_methods(
        &self,
        request: Request<v1::ListLoginMethodsRequest>,
    ) -> Result<Response<v1::ListLoginMethodsResponse>, Status> {
        let mut broken = Vec::new();
        let country = check(&mut broken, "country", people::country(&request.get_ref().country));
        let country = country.ok_or_else(|| refusal::fields(broken))?;
        let methods = Method::of(country).iter().map(|method| method_to_proto(*method).into()).collect();
        Ok(Response::new(v1::ListLoginMethodsResponse { methods }))
    }

    async fn begin_login(
        &self,
        request: Request<v1::BeginLoginRequest>,
    ) -> Result<Response<v1::BeginLoginResponse>, Status> {
        let (country, method) = provider(request.get_ref()).map_err(refusal::fields)?;
        let begun = sessions::begin_login(&self.app, country, method, wall_now()).await?;
        Ok(Response::new(v1::BeginLoginResponse {
            login_id: begun.login_id.to_string(),
            expires_at: Some(time::to_proto(begun.expires_at)),
        }))
    }

    #[cfg(feature = "sandbox")]
    async fn complete_simulated_login(
        &self,
        request: Request<v1::CompleteSimulatedLoginRequest>,
    ) -> Result<Response<v1::CompleteSimulatedLoginResponse>, Status> {
        let message = request.into_inner();
        // An id that is none is refused like a login that is none.
        let (login_id, national_id) = (message.login_id.parse().ok(), message.national_id.into());
        let session =
            sessions::complete_simulated_login(&self.app, login_id, &national_id, self.moment()).await?;
        let session = Some(session_to_proto(&session));
        Ok(Response::new(v1::CompleteSimulatedLoginResponse { session }))
    }

    #[cfg(not(feature = "sandbox"))]
    async fn complete_simulated_login(
        &self,
        _request: Request<v1::CompleteSimulatedLoginRequest>,
    ) -> Result<Response<v1::CompleteSimulatedLoginResponse>, Status> {
        Err(crate::error::Error::SandboxOff.into())
    }

    async fn log_in_with_password(
        &self,
        request: Request<v1::LogInWithPasswordRequest>,
    ) -> Result<Response<v1::LogInWithPasswordResponse>, Status> {
        let message = request.into_inner();
        let email = email(&message).map_err(refusal::fields)?;
        let password = message.password.into();
        let session = sessions::log_in_with_password(&self.app, &email, password, self.moment()).await?;
        let session = Some(session_to_proto(&session));
        Ok(Response::new(v1::LogInWithPasswordResponse { session }))
    }

    async fn set_password(
        &self,
        request: Request<v1::SetPasswordRequest>,
    ) -> Result<Response<v1::SetPasswordResponse>, Status> {
        let set = set_password(request.into_inner()).map_err(refusal::fields)?;
        sessions::set_password(&self.app, &set, self.moment()).await?;
        Ok(Response::new(v1::SetPasswordResponse {}))
    }

    async fn issue_user_token(
        &self,
        request: Request<v1::IssueUserTokenRequest>,
    ) -> Result<Response<v1::IssueUserTokenResponse>, Status> {
        let secret = request.into_inner().session_secret.into();
        let token = sessions::issue_user_token(&self.app, &secret, wall_now()).await?;
        let expires_at = Some(time::to_proto(token.expires_at));
        Ok(Response::new(v1::IssueUserTokenResponse { access_token: token.jwt, expires_at }))
    }

    async fn end_session(
        &self,
        request: Request<v1::EndSessionRequest>,
    ) -> Result<Response<v1::EndSessionResponse>, Status> {
        let secret = request.into_inner().session_secret.into();
        sessions::end_session(&self.app, &secret, self.moment()).await?;
        Ok(Response::new(v1::EndSessionResponse {}))
    }
}

fn provider(message: &v1::BeginLoginRequest) -> Result<(Country, Method), Violations> {
    let mut broken = Vec::new();
    let country = check(&mut broken, "country", people::country(&message.country));
    let method = match message.method() {
        v1::LoginMethod::Bankid => Some(Method::BankId),
        v1::LoginMethod::Mitid => Some(Method::MitId),
        v1::LoginMethod::Ftn => Some(Method::Ftn),
        v1::LoginMethod::Password | v1::LoginMethod::Unspecified => None,
    };
    // Without a country it is enough that there is such a provider.
    let method = method.filter(|method| country.is_none_or(|country| method.is_of(country)));
    let rule = Invalid { rule: "must be an identity provider of the country" };
    let method = check(&mut broken, "method", method.ok_or(rule));
    country.zip(method).ok_or(broken)
}

fn email(message: &v1::LogInWithPasswordRequest) -> Result<Email, Violations> {
    let mut broken = Vec::new();
    let country = Country::from_code(&message.country).filter(|country| Method::Password.is_of(*country));
    let country = check(&mut broken, "country", country.ok_or(Invalid { rule: "must be one of DK, FI" }));
    let address = check(&mut broken, "email", message.email.parse());
    country.zip(address).map(|(country, address)| Email { country, address }).ok_or(broken)
}

fn set_password(message: v1::SetPasswordRequest) -> Result<SetPassword, Violations> {
    let mut broken = Vec::new();
    let address = check(&mut broken, "email", message.email.parse());
    let password = check(&mut broken, "password", Password::try_new(message.password.into()));
    let session_secret = message.session_secret.into();
    match (address, password) {
        (Some(address), Some(password)) => Ok(SetPassword { session_secret, address, password }),
        _ => Err(broken),
    }
}

fn method_to_proto(method: Method) -> v1::LoginMethod {
    match method {
        Method::BankId => v1::LoginMethod::Bankid,
        Method::MitId => v1::LoginMethod::Mitid,
        Method::Ftn => v1::LoginMethod::Ftn,
        Method::Password => v1::LoginMethod::Password,
    }
}

fn session_to_proto(session: &Session) -> v1::Session {
    v1::Session {
        secret: session.secret.expose_secret().to_owned(),
        user_id: session.user_id.to_string(),
        expires_at: Some(time::to_proto(session.expires_at)),
    }
}

#[cfg(test)]
#[cfg(feature = "sandbox")]
mod tests;
