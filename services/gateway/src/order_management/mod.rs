//! Upstream's Order Management API v2.1 (contract-merchant section 16), an operation a file: what merchants tell payers
//! about their orders. Each call is one rpc of `kvitt.ordermanagement.v1`. Its error body is its own, see `problem.rs`.
//!
//! The kind of payment is a word that upstream's specification writes in capitals, its guides in small letters and its
//! own examples as `eCom`, so it is taken however it is written. Of upstream's operations under `v1` only the pictures are
//! here: it has closed the others.

pub(crate) mod add_category;
pub(crate) mod add_image;
pub(crate) mod add_receipt;
mod call;
pub(crate) mod delete_category;
pub(crate) mod get_category;
pub(crate) mod get_order;
pub(crate) mod json;
pub(crate) mod list_categories;
pub(crate) mod problem;
pub(crate) mod set_category;
