//! Coverage by list: every route and every rpc without a token, every reason provoked.

mod reasons;
mod routes;
mod rpcs;

pub(crate) use rpcs::channel;
