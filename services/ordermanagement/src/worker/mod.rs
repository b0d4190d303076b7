//! Long-running work beside the rpcs.

pub(crate) mod follow;
#[cfg(feature = "sandbox")]
pub(crate) mod settle;
