//! Upstream's Management API v1 and v2 (contract-merchant section 15), an operation a file: who a merchant is, which
//! sales units there are, and what partners order for merchants.
//!
//! It is for everybody who manages sales units: keys of a unit, of a partner, and management keys, see `auth.rs`. No
//! sales unit is acted for, so no header names one. Its error body is its own, see `problem.rs`.

pub(crate) mod auth;
pub(crate) mod delete_order;
pub(crate) mod get_merchant;
pub(crate) mod get_order;
pub(crate) mod get_sales_unit;
pub(crate) mod json;
pub(crate) mod list_merchant_sales_units;
pub(crate) mod list_orders;
pub(crate) mod list_price_packages;
pub(crate) mod list_sales_units;
mod pages;
pub(crate) mod prefill_order;
pub(crate) mod problem;
