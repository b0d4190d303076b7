//! The subcommands, one file each, and what they share.

pub(crate) mod audit;
pub(crate) mod bench;
#[cfg(feature = "sandbox")]
pub(crate) mod clock;
mod installation;
pub(crate) mod migrate;
mod running;
mod screen;
pub(crate) mod serve;
pub(crate) mod token;
pub(crate) mod up;
