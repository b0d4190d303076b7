//! Wire types of the Management API.

mod answer;
mod read;

pub(crate) use answer::{Deleted, Merchant, Order, Prefilled, PricePackage, Reading, SalesUnit, UnitName};
pub(crate) use read::prefill;
