//! The subcommands, one file each, and what they share.

pub(crate) mod audit;
mod installation;
pub(crate) mod migrate;
mod screen;
pub(crate) mod up;
