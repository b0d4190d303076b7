//! What every request passes on its way to an operation, one layer a file.

pub(crate) mod auth;
pub(crate) mod deadline;
pub(crate) mod headers;
pub(crate) mod load;
pub(crate) mod panic;
pub(crate) mod path;
pub(crate) mod refusal;
pub(crate) mod trace;
