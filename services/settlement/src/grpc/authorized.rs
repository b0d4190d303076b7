//! Who may act for whom.

use kvitt_primitives::{Invalid, Msn};
use kvitt_proto::{
    error::v1::Reason,
    refusal::{self, FieldViolation},
};
use kvitt_runtime::{Action, Caller, Principal, ServiceName};
use tonic::Status;

use super::Grpc;
use crate::app::{Error, readable::Readable};

impl Grpc {
    /// The unit's ledger, opened or not, for the operator, and in the sandbox for clients and users that may play the payers of
    /// the unit: they have nobody else to ask.
    pub(super) async fn for_operator(&self, caller: &Caller, msn: &Msn) -> Result<Readable, Status> {
        match caller.principal {
            Principal::Service(_) => caller.is_service(&[ServiceName::Launcher])?,
            Principal::Client(_) | Principal::User(_) => {
                self.app.authority.may(caller, Action::ForceApprove, msn).await?;
                if !self.app.sandbox {
                    let detail = "playing the operator is a power of the sandbox, which is switched off";
                    return Err(refusal::status(Reason::PermissionDenied, detail));
                }
            }
        }
        Ok(self.app.ledger_of(msn).await?.ok_or(Error::UnitNotFound)?)
    }
}

/// The sales unit that a request is about.
pub(super) fn msn(text: &str) -> Result<Msn, Status> {
    text.parse().map_err(|Invalid { rule }| refusal::fields(vec![FieldViolation::new("msn", rule)]))
}
