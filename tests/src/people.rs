//! The users of the demo portal.

use kvitt_launcher::demo::{USERS, UserPlan};
use kvitt_proto::access::v1::{
    BeginLoginRequest, CompleteSimulatedLoginRequest, GetMeRequest, IssueUserTokenRequest, LoginMethod,
    Session,
};
use tonic::Status;

use crate::{Mesh, Stack};

/// Somebody who has signed in.
#[derive(Clone, Debug)]
pub struct User {
    /// UUID.
    pub user_id: String,
    /// Speaks with their token.
    pub mesh: Mesh,
    /// A living access token.
    pub token: String,
}

/// The demo user that tests call so: `administrator`, `manager`, `assistant`, `cashier` (Transaction Management),
/// `developer`, `neighbour` (another merchant's Administrator), `swede`, `dane`, `finn`.
pub fn person(name: &str) -> &'static UserPlan {
    USERS.iter().find(|user| user.name == name).unwrap_or_else(|| panic!("there is no demo user {name}"))
}

impl Stack {
    /// Signs a demo user in.
    pub async fn user(&self, name: &str) -> User {
        let person = person(name);
        let session = self.log_in(person.country, person.national_id).await.expect("they can sign in");
        self.signed_in(&session).await
    }

    /// Whoever has the session.
    pub async fn signed_in(&self, session: &Session) -> User {
        let nobody = Mesh::nobody(self);
        let request = IssueUserTokenRequest { session_secret: session.secret.clone() };
        let issued = nobody.sessions().issue_user_token(request).await.expect("a session gives a token");
        let token = issued.into_inner().access_token;
        let mesh = Mesh::with_token(self, &token);
        let me = mesh.users().get_me(GetMeRequest {}).await.expect("a user may know themselves").into_inner();
        User { user_id: me.user_id, mesh, token }
    }

    /// Signs a person in at the identity provider of their country.
    pub async fn log_in(&self, country: &str, national_id: &str) -> Result<Session, Status> {
        let method = match country {
            "DK" => LoginMethod::Mitid,
            "FI" => LoginMethod::Ftn,
            _ => LoginMethod::Bankid,
        };
        let nobody = Mesh::nobody(self);
        let request = BeginLoginRequest { country: country.to_owned(), method: method.into() };
        let login_id = nobody.sessions().begin_login(request).await?.into_inner().login_id;
        let request = CompleteSimulatedLoginRequest { login_id, national_id: national_id.to_owned() };
        let completed = nobody.sessions().complete_simulated_login(request).await?.into_inner();
        Ok(completed.session.expect("a session is answered"))
    }
}
