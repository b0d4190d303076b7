//! `kvitt.settlement.v1` on the wire: decode, call the use case, encode. Decides nothing.

mod agreements;
mod authorized;
mod decode;
mod encode;
#[cfg(feature = "sandbox")]
mod faults;
mod ledgers;
mod page_token;
mod refusal;
mod reports;

use tonic::{Response, Status};

use crate::app::App;

/// The rpcs.
#[derive(Clone)]
pub(crate) struct Grpc {
    pub(crate) app: App,
}

/// The answer of an rpc.
type Answer<T> = Result<Response<T>, Status>;
