//! Operations of our own, for the sandbox: what upstream's test environment has no API for.

pub(crate) mod clock;
pub(crate) mod faults;
mod json;
