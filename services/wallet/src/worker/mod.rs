//! Long-running loops.

pub(crate) mod follow;
