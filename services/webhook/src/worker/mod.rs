//! Long-running work: follow payment's log, send what is due, end what is silent.

mod beat;
mod decode;
pub(crate) mod due;
pub(crate) mod follow;
pub(crate) mod look;
pub(crate) mod send;
#[cfg(feature = "sandbox")]
pub(crate) mod settle;
