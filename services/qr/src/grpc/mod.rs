//! `kvitt.qr.v1` on the wire: decode, call the use case, encode. Decides nothing.

mod authorized;
mod codes;
mod decode;
mod image;
mod link_decode;
mod link_encode;
mod links;
mod refusal;
mod requests;
mod scans;
mod shown;
mod wish;

use tonic::{Response, Status};

use crate::app::App;

/// The rpcs.
#[derive(Clone)]
pub(crate) struct Grpc {
    pub(crate) app: App,
}

/// The answer of an rpc.
type Answer<T> = Result<Response<T>, Status>;
