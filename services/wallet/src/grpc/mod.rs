//! The edge: decode, call a use case, encode. Decides nothing but who may call.

mod acquirer;
mod decode;
mod encode;
#[cfg(feature = "sandbox")]
mod faults;
mod refusal;
#[cfg(test)]
mod tests;
mod wallet;

pub(crate) use acquirer::AcquirerGrpc;
#[cfg(feature = "sandbox")]
pub(crate) use faults::FaultGrpc;
pub(crate) use wallet::WalletGrpc;

use kvitt_runtime::ServiceName;

/// The services that may act for payers: payment, which has to find them, access, which makes some for merchants' tests,
/// and the operator. Merchants' clients reach none of it, so the gateway is not among them.
const FOR_PAYERS: &[ServiceName] = &[ServiceName::Access, ServiceName::Payment, ServiceName::Launcher];

/// The one service that moves money.
const FOR_MONEY: &[ServiceName] = &[ServiceName::Payment];
