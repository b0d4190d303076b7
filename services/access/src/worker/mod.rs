//! Long-running loops.

pub(crate) mod rotate;
pub(crate) mod sweep;
pub(crate) mod test_users;
