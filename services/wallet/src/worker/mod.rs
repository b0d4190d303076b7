//! Long-running loops.

pub(crate) mod follow;
pub(crate) mod forget;
pub(crate) mod lapse;
#[cfg(feature = "sandbox")]
pub(crate) mod settle;
pub(crate) mod tell;
