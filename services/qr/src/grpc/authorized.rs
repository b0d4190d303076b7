//! Who may act for whom.

use kvitt_primitives::{Invalid, Msn};
use kvitt_proto::{
    error::v1::Reason,
    refusal::{self, FieldViolation},
};
use kvitt_runtime::{Action, Caller, Principal};
use tonic::{Request, Status};

use super::Grpc;

impl Grpc {
    /// What is asked for which sales unit, if the caller may. That comes before everything but the form of the MSN itself.
    pub(super) async fn authorized<T>(
        &self,
        request: Request<T>,
        msn: fn(&T) -> &str,
        action: Action,
    ) -> Result<(T, Msn), Status> {
        let caller = *Caller::of(&request)?;
        let request = request.into_inner();
        let msn = self::msn(msn(&request))?;
        self.app.authority.may(&caller, action, &msn).await?;
        Ok((request, msn))
    }

    /// Passes for services of the mesh, and in the sandbox for clients that may play the payers of the unit.
    pub(super) async fn plays_payer(&self, caller: &Caller, msn: &Msn) -> Result<(), Status> {
        match caller.principal {
            Principal::Service(_) => Ok(()),
            Principal::Client(_) | Principal::User(_) => {
                self.app.authority.may(caller, Action::ForceApprove, msn).await?;
                if self.app.sandbox {
                    return Ok(());
                }
                let detail = "playing the payer is a power of the sandbox, which is switched off";
                Err(refusal::status(Reason::PermissionDenied, detail))
            }
        }
    }
}

/// The sales unit that a request is about.
pub(super) fn msn(text: &str) -> Result<Msn, Status> {
    text.parse().map_err(|Invalid { rule }| refusal::fields(vec![FieldViolation::new("msn", rule)]))
}
