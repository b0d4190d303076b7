//! Long-running loops.

pub(crate) mod rotate;
