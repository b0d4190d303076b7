//! `/kvitt/v1/dashboard`: how calls to the APIs went. The figures come from `layers/count`.

pub(crate) mod get;
pub(crate) mod json;
