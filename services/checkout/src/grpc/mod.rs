//! `kvitt.checkout.v1` on the wire: who may, decode, call the use case, encode. Decides nothing.

mod decode;
mod payer;
mod refusal;
mod service;
#[cfg(test)]
mod tests;

use kvitt_runtime::ServiceName;

use crate::app::App;

/// The services that may represent payers: the operator, who moves no money by it. Merchants' clients may where the
/// sandbox is switched on.
const FOR_PAYERS: &[ServiceName] = &[ServiceName::Launcher];

/// The rpcs over the use cases.
#[derive(Clone)]
pub(crate) struct CheckoutGrpc {
    pub(crate) app: App,
}
