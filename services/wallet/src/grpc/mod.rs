//! The edge: decode, call a use case, encode. Decides nothing but whether whoever the contract lets in may play a payer.

mod acquirer;
mod answers;
mod decode;
mod encode;
#[cfg(feature = "sandbox")]
mod faults;
mod payer;
mod people;
mod refusal;
mod scans;
#[cfg(test)]
mod tests;
mod userinfo;
mod wallet;

pub(crate) use acquirer::AcquirerGrpc;
#[cfg(feature = "sandbox")]
pub(crate) use kvitt_faults::grpc::FaultGrpc;
pub(crate) use payer::PayerGrpc;
pub(crate) use userinfo::UserinfoGrpc;
pub(crate) use wallet::WalletGrpc;

use kvitt_runtime::{Caller, ServiceName};
use tonic::Status;

use crate::app::App;

/// Passes for the operator, who may act for payers.
fn is_operator(caller: &Caller) -> Result<(), Status> {
    caller.is_service(&[ServiceName::Launcher])
}

/// Passes for the operator, and where payers are simulated for a client at the gateway, who plays one there.
#[cfg_attr(not(feature = "sandbox"), expect(unused_variables, reason = "only the sandbox plays payers"))]
fn may_play(app: &App, caller: &Caller) -> Result<(), Status> {
    #[cfg(feature = "sandbox")]
    if app.sandbox && caller.via == Some(ServiceName::Gateway) {
        return Ok(());
    }
    is_operator(caller)
}
