//! Companies that sell.

mod create_merchant;
mod get_merchant;
mod update_company;

pub(crate) use create_merchant::{create_merchant, register};
pub(crate) use get_merchant::{Which, get_merchant, may_see};
pub(crate) use update_company::update_company;

#[cfg(test)]
mod tests;
