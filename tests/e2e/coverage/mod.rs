//! Coverage by list: every route and every rpc without a token, every rpc by every caller, every reason provoked.

mod callers;
mod reasons;
mod routes;
mod rpcs;

pub(crate) use rpcs::channel;
