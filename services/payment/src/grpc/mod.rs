//! The edge: decode, call a use case, encode. Decides nothing but who may call.

mod decode;
mod encode;
mod feed;
mod payment;
mod refusal;
mod transactions;

pub(crate) use feed::FeedGrpc;
pub(crate) use payment::PaymentGrpc;
pub(crate) use transactions::TransactionGrpc;
