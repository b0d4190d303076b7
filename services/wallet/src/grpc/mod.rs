//! The edge: decode, call a use case, encode. Decides nothing but who may call.

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

/// The services that may act for payers: payment, which has to find them, access, which makes some for merchants' tests,
/// and the operator. Merchants' clients reach none of it by themselves, so the gateway is not among them.
const FOR_PAYERS: &[ServiceName] = &[ServiceName::Access, ServiceName::Payment, ServiceName::Launcher];

/// Who asks for merchants whom they mean, and what they were told.
const FOR_CUSTOMERS: &[ServiceName] = &[ServiceName::Payment];

/// Who asks what a code or a token at the till stands for.
const FOR_CODES: &[ServiceName] = &[ServiceName::Qr];

/// The one service that moves money.
const FOR_MONEY: &[ServiceName] = &[ServiceName::Payment];

/// Passes for services that act for payers, and where payers are simulated for a client at the gateway, who plays one there.
#[cfg_attr(not(feature = "sandbox"), expect(unused_variables, reason = "only the sandbox plays payers"))]
fn may_play(app: &App, caller: &Caller) -> Result<(), Status> {
    #[cfg(feature = "sandbox")]
    if app.sandbox && caller.via == Some(ServiceName::Gateway) {
        return Ok(());
    }
    caller.is_service(FOR_PAYERS)
}
