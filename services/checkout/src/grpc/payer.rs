//! Who may act as the payer, and for which session.

use kvitt_proto::{checkout::v1::SessionKey, error::v1::Reason, refusal};
use kvitt_runtime::{Action, Caller, Principal};
use tonic::Status;

use super::{CheckoutGrpc, FOR_PAYERS, decode};
use crate::{
    app::{
        Error,
        change::{Named, load},
    },
    domain::{Key, Token},
};

impl CheckoutGrpc {
    /// The session that the payer's side names, if the caller may act for its payer.
    pub(super) async fn for_payer(&self, caller: &Caller, key: Option<SessionKey>) -> Result<Named, Status> {
        let named = named(&key.unwrap_or_default())?;
        match caller.principal {
            Principal::Service(_) => caller.is_service(FOR_PAYERS)?,
            Principal::Client(_) | Principal::User(_) => {
                self.app.authority.may(caller, Action::ForceApprove, named.msn()).await?;
                if !self.app.sandbox {
                    let detail = "playing the payer is a power of the sandbox, which is switched off";
                    return Err(refusal::status(Reason::PermissionDenied, detail));
                }
            }
        }
        Ok(named)
    }

    /// The same, by the merchant's name of it.
    pub(super) async fn key_for_payer(
        &self,
        caller: &Caller,
        key: Option<SessionKey>,
    ) -> Result<Key, Status> {
        match self.for_payer(caller, key).await? {
            Named::ByReference(key) => Ok(key),
            named @ Named::ByToken(..) => Ok(load(&self.app, &named).await?.key),
        }
    }
}

fn named(key: &SessionKey) -> Result<Named, Status> {
    if key.token.is_empty() {
        let msn = decode::msn("key.msn", &key.msn)?;
        return Ok(Named::ByReference(decode::key(msn, &key.reference)?));
    }
    // A text that is no token was never given out.
    let (msn, token) = Token::presented(&key.token).ok_or(Error::NotFound)?;
    Ok(Named::ByToken(msn, token))
}
