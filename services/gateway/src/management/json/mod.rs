//! Wire types of the Management API.

mod answer;
mod read;

pub(crate) use answer::{
    Deleted, Merchant, Order, PRODUCT_TYPES, Prefilled, PricePackage, Reading, SalesUnit, UnitName,
};
pub(crate) use read::{USE_CASES, prefill};
