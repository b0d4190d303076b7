//! The edge: decode, call a use case, encode. Decides nothing but who may call.

mod decode;
mod encode;
mod feed;
mod payment;
mod refusal;

pub(crate) use feed::FeedGrpc;
pub(crate) use payment::PaymentGrpc;
