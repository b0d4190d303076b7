//! What happens by itself, one file each.

pub(crate) mod due;
pub(crate) mod follow;
pub(crate) mod look;
#[cfg(feature = "sandbox")]
pub(crate) mod settle;
