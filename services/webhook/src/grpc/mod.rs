//! `kvitt.webhook.v1` on the wire: decode, call the use case, encode. Decides nothing.

mod callbacks;
mod dashboard;
mod deliveries;
mod encode;
#[cfg(feature = "sandbox")]
mod faults;
mod refusal;
mod webhooks;

use tonic::{Response, Status};

use crate::app::App;

/// The rpcs.
#[derive(Clone)]
pub(crate) struct Grpc {
    pub(crate) app: App,
}

/// The answer of an rpc.
type Answer<T> = Result<Response<T>, Status>;
