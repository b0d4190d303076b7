//! What happens without being called for, when its time has come.

pub(crate) mod accounts;
pub(crate) mod decide;
pub(crate) mod due;
pub(crate) mod expire;
pub(crate) mod provision;
pub(crate) mod units;

pub(crate) use due::{Pass, Work};

#[cfg(test)]
mod tests;
